/**
 * In which order clusters are served: the heavier first; among equals a hash of cluster and object
 * decides, so that not every object's odd replica lands in the cluster first in the alphabet.
 *
 * Source: specs of KubeFed 0.10, Plan, step 2; Federation v1 orders alike.
 */

export interface Weighed {
  /** Of the cluster. */
  readonly name: string;
  readonly weight: number;
}

/** `key` is `namespace/name` of what is spread. Our choice: the name decides between equal hashes. */
export function inSpreadOrder<T extends Weighed>(clusters: readonly T[], key: string): T[] {
  return clusters
    .map((cluster) => ({ cluster, hash: fnv1(cluster.name + key) }))
    .sort(
      (left, right) =>
        right.cluster.weight - left.cluster.weight ||
        left.hash - right.hash ||
        (left.cluster.name < right.cluster.name ? -1 : 1),
    )
    .map(({ cluster }) => cluster);
}

/** FNV-1 of 32 bits over UTF-8: multiplied first, then mixed (1a does it the other way round). */
export function fnv1(text: string): number {
  let hash = 0x811c9dc5;
  for (const octet of new TextEncoder().encode(text)) hash = Math.imul(hash, 0x01000193) ^ octet;
  return hash >>> 0;
}
