/** A host cluster of the lab with KubeFed's kinds as deploy/crds has them. */

import { join } from 'node:path';
import { type Clusters, type KubernetesCluster, startClusters } from '../lab/kubernetes.ts';
import { DEPLOY } from './admission-table.ts';

export interface HostWithKinds {
  readonly clusters: Clusters;
  readonly host: KubernetesCluster;
  /** Throws with what the API server said; its warnings are errors. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
}

export const NAMESPACE = 'kube-federation-system';
const CRDS = join(DEPLOY, 'crds');

export async function startHostWithKinds(): Promise<HostWithKinds> {
  const clusters = await startClusters(['host'], { withWorkloads: false });
  const host = clusters.clusters.get('host');
  if (host === undefined) throw new Error('no host');
  const kubectl = (args: readonly string[], input?: string) =>
    host.kubectl([...args, '--warnings-as-errors'], input);
  await kubectl(['create', 'namespace', NAMESPACE]);
  await kubectl(['create', 'namespace', 'shop']);
  await kubectl(['apply', '-f', CRDS]);
  await kubectl(['create', '-f', join(CRDS, 'external-dns')]);
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  await kubectl(['apply', '-n', NAMESPACE, '-f', join(CRDS, 'types')]);
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  return { clusters, host, kubectl };
}

/** What it says where it is refused; undefined: it is taken. */
export async function refusal(of: Promise<string>): Promise<string | undefined> {
  return of.then(
    () => undefined,
    (error: Error) => error.message,
  );
}
