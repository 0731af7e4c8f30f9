/** The registered clusters as a record's status sees them: where they are, and what they have of it. */

import { listAt, textAt } from '../../api/untyped.ts';
import type { SeenCluster, SeenCopy } from '../../discovery/kubefed-records/record-status.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';

/** `look`: at a cluster that is ready; `unknown`: it was not read yet. */
export function seenClusters(
  clusters: Pick<FederatedClusters, 'get' | 'names'>,
  look: (cluster: string) => SeenCopy | 'absent' | 'unknown',
): SeenCluster[] {
  return clusters.names.flatMap((name): SeenCluster[] => {
    const cluster = clusters.get(name);
    if (cluster === undefined) return [];
    const zones = listAt(cluster.object, 'status', 'zones').filter(
      (zone): zone is string => typeof zone === 'string' && zone !== '',
    );
    return [
      {
        cluster: name,
        region: textAt(cluster.object, 'status', 'region') || undefined,
        topologyZones: [...new Set(zones)].sort(),
        copy: cluster.isReady ? look(name) : 'unknown',
      },
    ];
  });
}
