/**
 * Which clusters a ReplicaSchedulingPreference may give replicas. KubeFed's rule: all, or with
 * `intersectWithClusterSelector` those of the selectors of the workload and its namespace. Ours beside
 * it: never where the namespace is limited not to be (`clusterLimit`), for they would run nowhere.
 */

import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import type { ReplicaSchedulingPreference } from '../../api/kubefed/replica-scheduling-preference.ts';
import { type ClusterLabels, type NamespaceWish, placeObject } from '../../federation/placement.ts';

export interface AllowedInputs {
  readonly clusters: ClusterLabels;
  readonly namespace: NamespaceWish | 'none' | undefined;
}

/** undefined: all. A selector that is wrong allows none: then nothing changes. */
export function allowedClusters(
  {
    intersectWithClusterSelector,
  }: Pick<ReplicaSchedulingPreference, 'intersectWithClusterSelector'>,
  { placement }: Pick<FederatedObject, 'placement'>,
  { clusters, namespace }: AllowedInputs,
): ReadonlySet<string> | undefined {
  if (!intersectWithClusterSelector) {
    const limit = typeof namespace === 'object' ? namespace.limit : undefined;
    return (
      limit &&
      placedIn({ clusters, placement: ANYWHERE, namespace: { placement: ANYWHERE, limit } })
    );
  }
  const within = typeof namespace === 'object' ? selectorOnly(namespace) : namespace;
  return placedIn({
    clusters,
    placement: selectorOnly({ placement }).placement,
    namespace: within,
  });
}

/** Names in it are those that were planned, or nobody's: they say nothing here. */
function selectorOnly<T extends Pick<FederatedObject, 'placement'>>(said: T): T {
  const { placement } = said;
  if (placement.kind === 'bad') return said;
  return {
    ...said,
    placement: { kind: 'good', value: { ...placement.value, clusters: undefined } },
  };
}

const ANYWHERE = {
  kind: 'good',
  value: { clusters: undefined, selector: { labels: new Map(), expressions: [] } },
} as const;

function placedIn(inputs: Parameters<typeof placeObject>[0]): ReadonlySet<string> {
  const placed = placeObject(inputs);
  return placed.kind === 'placed' ? placed.clusters : new Set();
}
