/** The registered clusters as a record's status sees them: where they are, and what they have of it. */

import { listAt, textAt } from '../../api/untyped.ts';
import type { SeenCluster } from '../../discovery/kubefed-records/record-status.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';

/** A ready cluster is only now being read: within a moment more is known. */
export function isReading(
  clusters: Pick<FederatedClusters, 'get' | 'names'>,
  collections: readonly { isAwaited(cluster: string): boolean }[],
): boolean {
  return clusters.names.some((name) => {
    const isReady = clusters.get(name)?.isReady === true;
    return isReady && collections.some((collection) => collection.isAwaited(name));
  });
}

/** `look`: at a cluster that is ready, by these collections. */
export function seenClusters(
  clusters: Pick<FederatedClusters, 'get' | 'names'>,
  collections: readonly { problem(cluster: string): string | undefined }[],
  look: (cluster: string) => SeenCluster['copy'],
): SeenCluster[] {
  return clusters.names.flatMap((name): SeenCluster[] => {
    const cluster = clusters.get(name);
    if (cluster === undefined) return [];
    const zones = listAt(cluster.object, 'status', 'zones').filter(
      (zone): zone is string => typeof zone === 'string' && zone !== '',
    );
    const copy = cluster.isReady ? look(name) : 'not ready';
    const problems = collections.flatMap((collection) => collection.problem(name) ?? []);
    return [
      {
        cluster: name,
        region: textAt(cluster.object, 'status', 'region') || undefined,
        topologyZones: [...new Set(zones)].sort(),
        copy,
        ...(copy === 'not read' && { problem: problems[0] }),
      },
    ];
  });
}
