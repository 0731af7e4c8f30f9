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
  const held = heldThere(object, cluster);
  if (placed.clusters.has(cluster))
    return held === undefined ? 'is placed there' : `is placed there; ${held}`;
  if (valueAt(object.status, 'observedGeneration') !== object.generation) {
    return 'is placed elsewhere, which the control plane has not seen yet';
  }
  const copy = copyIn(object, cluster);
  if (copy === undefined) return undefined;
  const words = [textAt(copy, 'status') ?? 'its copy is there', textAt(copy, 'message')];
  return words.filter((word) => word !== undefined && word !== '').join(': ');
}

/** Why its copy may not go, or run nothing, until a person accepts that; undefined: it may. */
export function heldThere(object: FederatedObject, cluster: string): string | undefined {
  const copy = copyIn(object, cluster);
  const isHeld = textAt(copy, 'status') === 'RemovalHeld';
  return isHeld ? `RemovalHeld: ${textAt(copy, 'message') ?? ''}` : undefined;
}

function copyIn({ status }: FederatedObject, cluster: string): unknown {
  return listAt(status, 'clusters').find((one) => textAt(one, 'name') === cluster);
}
