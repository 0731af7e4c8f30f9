/** Objects that make every loop of the controllers ask and write: to see whether it may. */

import { NAMESPACE } from '../host-with-pods.ts';

const labels = { app: 'web' };
const pod = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } };
const everywhere = { placement: { clusterSelector: {} } };

/** One of every kind that a loop of the controllers follows, in a namespace of this name. */
export function objectsOfEveryLoop(namespace: string): readonly object[] {
  const metadata = { name: 'web', namespace };
  const types = { apiVersion: 'types.kubefed.io/v1beta1', metadata };
  const dns = { apiVersion: 'multiclusterdns.kubefed.io/v1alpha1', metadata };
  const deployment = { spec: { replicas: 1, selector: { matchLabels: labels }, template: pod } };
  const service = { spec: { type: 'LoadBalancer', selector: labels, ports: [{ port: 80 }] } };
  const placement = { clusters: [{ name: 'west' }] };
  return [
    { ...types, kind: 'FederatedDeployment', spec: { template: deployment, placement } },
    { ...types, kind: 'FederatedService', spec: { template: service, placement } },
    {
      ...{
        apiVersion: 'scheduling.kubefed.io/v1alpha1',
        kind: 'ReplicaSchedulingPreference',
        metadata,
      },
      spec: { targetKind: 'FederatedDeployment', totalReplicas: 3 },
    },
    {
      ...{ ...dns, kind: 'Domain', metadata: { name: 'test-domain', namespace: NAMESPACE } },
      domain: 'example.com',
    },
    {
      ...{ ...dns, kind: 'ServiceDNSRecord' },
      spec: { domainRef: 'test-domain', recordTTL: 300, allowServiceWithoutEndpoints: true },
    },
    { ...dns, kind: 'IngressDNSRecord', spec: { hosts: ['ingress.example.com'], recordTTL: 300 } },
  ];
}

/** Four by four, to be shared by the clusters. */
export function sharedJob(namespace: string): object {
  const annotations = { 'federation.kubernetes.io/job-preferences': '{}' };
  const template = { spec: { ...pod.spec, restartPolicy: 'Never' } };
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedJob',
    metadata: { name: 'sum', namespace, annotations },
    spec: { ...everywhere, template: { spec: { parallelism: 4, completions: 4, template } } },
  };
}

/** Two to six, to be shared by the clusters. */
export function sharedAutoscaler(namespace: string): object {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scaled' };
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedHorizontalPodAutoscaler',
    metadata: { name: 'scaled', namespace, annotations: { 'fedns.io/share-limits': 'true' } },
    spec: {
      ...everywhere,
      template: { spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 6 } },
    },
  };
}

/** Of the FederatedTypeConfig `services`: what its copies say is collected; KubeFed's older object for it. */
export const COLLECTS_STATUS = {
  spec: {
    statusCollection: 'Enabled',
    statusType: {
      group: 'core.kubefed.io',
      version: 'v1alpha1',
      kind: 'FederatedServiceStatus',
      pluralName: 'federatedservicestatuses',
      scope: 'Namespaced',
    },
  },
};

/**
 * Roles are federated too, and a member's account has rights on them only where `--allow-escalate` said so:
 * elsewhere each look at them is refused.
 */
export function exceptRoles(refusals: readonly string[]): readonly string[] {
  return refusals.filter((line) => !line.includes('/rbac.authorization.k8s.io/v1/clusterroles'));
}
