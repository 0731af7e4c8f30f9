/** An account of a member that may do too little at first: what a person has not granted yet. */

import type { KubernetesCluster } from '../../lab/kubernetes.ts';

const ACCOUNT = { namespace: 'default', serviceAccount: 'narrow' };

/** Path of its kubeconfig. It may have nodes, namespaces and what is plain in them: no workloads, no Services. */
export function narrowAccount(member: KubernetesCluster): Promise<string> {
  const resources = ['nodes', 'namespaces', 'configmaps', 'secrets', 'serviceaccounts', 'pods'];
  return member.kubeconfigFor({
    ...ACCOUNT,
    rules: [{ apiGroups: [''], resources, verbs: ['*'] }],
  });
}

export async function grantAll(member: KubernetesCluster): Promise<void> {
  const { namespace, serviceAccount } = ACCOUNT;
  const subject = `--serviceaccount=${namespace}:${serviceAccount}`;
  const role = '--clusterrole=cluster-admin';
  await member.kubectl(['create', 'clusterrolebinding', 'narrow-admin', role, subject]);
}
