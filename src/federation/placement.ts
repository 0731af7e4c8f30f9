/**
 * Placement: which of the registered clusters an object is wanted in. Pure.
 *
 * Source: specs of KubeFed 0.10, "Sync controller", Placement.
 */

import type { PlacementWish } from '../api/kubefed/federated-object.ts';
import { type LabelSelector, matchesLabels } from '../api/label-selector.ts';
import type { Read } from '../api/read.ts';

/** Labels of each registered cluster. */
export type ClusterLabels = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface NamespaceWish {
  readonly placement: Read<PlacementWish>;
  /** A tenant's limit: intersected with every placement in the namespace. */
  readonly limit: Read<LabelSelector> | undefined;
}

export interface PlacementInputs {
  readonly clusters: ClusterLabels;
  readonly placement: Read<PlacementWish>;
  /**
   * Of namespaced types: what the FederatedNamespace says; `none` where there is none, in a control
   * plane that wants one; undefined where nobody asks (its scope is a namespace). Of a
   * FederatedNamespace what it says itself: its limit is one for itself, too.
   */
  readonly namespace: NamespaceWish | 'none' | undefined;
}

export type Placed =
  | {
      readonly kind: 'placed';
      readonly clusters: ReadonlySet<string>;
      /** Where it would be, were its namespace not limited; sorted. */
      readonly limitedOut: readonly string[];
    }
  /** Reason NamespaceNotFederated: wanted nowhere. */
  | { readonly kind: 'no namespace' }
  /** Reason ComputePlacementFailed: nothing is known, so nothing changes. */
  | { readonly kind: 'failed'; readonly problem: string };

export function placeObject({ clusters, placement, namespace }: PlacementInputs): Placed {
  if (namespace === 'none') return { kind: 'no namespace' };
  const own = selectClusters(placement, clusters);
  if (own.kind === 'failed' || namespace === undefined) return own;
  const within = selectClusters(namespace.placement, clusters);
  if (within.kind === 'failed') {
    return { kind: 'failed', problem: `FederatedNamespace: ${within.problem}` };
  }
  const { limit } = namespace;
  if (limit?.kind === 'bad') return { kind: 'failed', problem: limit.problem };
  const isAllowed = (cluster: string) =>
    limit === undefined || matchesLabels(limit.value, clusters.get(cluster) ?? new Map());
  const wanted = [...own.clusters].filter((cluster) => within.clusters.has(cluster));
  const limitedOut = wanted.filter((cluster) => !isAllowed(cluster)).sort();
  return { kind: 'placed', clusters: new Set(wanted.filter(isAllowed)), limitedOut };
}

type Selected = Extract<Placed, { kind: 'placed' | 'failed' }>;

/** Of the registered ones; a name that nobody has registered selects nothing. */
export function selectClusters(placement: Read<PlacementWish>, clusters: ClusterLabels): Selected {
  if (placement.kind === 'bad') return { kind: 'failed', problem: placement.problem };
  const { clusters: names, selector } = placement.value;
  if (names !== undefined) {
    return inAll(names.filter((name) => clusters.has(name)));
  }
  if (selector === undefined) return inAll([]);
  const selected = [...clusters].filter(([, labels]) => matchesLabels(selector, labels));
  return inAll(selected.map(([name]) => name));
}

function inAll(clusters: Iterable<string>): Selected {
  return { kind: 'placed', clusters: new Set(clusters), limitedOut: [] };
}
