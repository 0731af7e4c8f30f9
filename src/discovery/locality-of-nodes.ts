/**
 * Labels of a cluster's nodes -> where the cluster is. Every zone counts, not the first one
 * (Federation v1's mistake); nodes that say nothing say nothing against the others.
 */

import type { SlimNode } from '../api/core.ts';
import { InputError } from '../dns/errors.ts';
import { checkedLabel } from './owner-names.ts';
import type { Locality } from './shard.ts';

export interface ReadLocality {
  readonly locality: Locality;
  readonly problems: readonly string[];
}

/**
 * Our choice: a cluster has one region, that of most of its nodes (the first by name among
 * equals), and its zones are those of the nodes in it; nodes of other regions are told as a
 * problem, for their clients have no zone names.
 */
export function localityOfNodes(nodes: Iterable<SlimNode>): ReadLocality {
  const problems = new Set<string>();
  const checked = (text: string | undefined, what: string): string | undefined => {
    if (text === undefined) return undefined;
    try {
      return checkedLabel(text, what);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.add(error.message);
      return undefined;
    }
  };
  const counts = new Map<string, number>();
  const places: { region: string | undefined; topologyZone: string | undefined }[] = [];
  for (const node of nodes) {
    const region = checked(node.region, 'node label region');
    const topologyZone = checked(node.topologyZone, 'node label zone');
    if (region !== undefined) counts.set(region, (counts.get(region) ?? 0) + 1);
    places.push({ region, topologyZone });
  }
  const ranked = [...counts].sort(([leftName, left], [rightName, right]) => {
    return right - left || (leftName < rightName ? -1 : 1);
  });
  const region = ranked[0]?.[0];
  if (ranked.length > 1) {
    const others = ranked.slice(1).map(([name]) => name);
    problems.add(`nodes in several regions: ${region} counts, not ${others.sort().join(', ')}`);
  }
  const zones = places.flatMap((place) => {
    const isHere = place.region === region || place.region === undefined;
    return isHere && place.topologyZone !== undefined ? [place.topologyZone] : [];
  });
  return {
    locality: { region, topologyZones: [...new Set(zones)].sort() },
    problems: [...problems].sort(),
  };
}
