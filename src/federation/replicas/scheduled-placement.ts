/**
 * Whether a workload that a preference schedules is still in a cluster: placed there, or its copy not
 * gone yet. Pure.
 */

import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import { listAt, textAt, valueAt } from '../../api/untyped.ts';
import { type ClusterLabels, selectClusters } from '../placement.ts';

/** Why it is, for people; undefined: it is not. */
export function stillPlaced(
  object: FederatedObject,
  cluster: string,
  clusters: ClusterLabels,
): string | undefined {
  const placed = selectClusters(object.placement, clusters);
  if (placed.kind === 'failed') return placed.problem;
  if (placed.clusters.has(cluster)) return 'is placed there';
  if (valueAt(object.status, 'observedGeneration') !== object.generation) {
    return 'is placed elsewhere, which the control plane has not seen yet';
  }
  const copy = listAt(object.status, 'clusters').find((one) => textAt(one, 'name') === cluster);
  if (copy === undefined) return undefined;
  const words = [textAt(copy, 'status') ?? 'its copy is there', textAt(copy, 'message')];
  return words.filter((word) => word !== undefined && word !== '').join(': ');
}
