/**
 * Shards of one service by where they are: grouped once, asked for every region and zone of all
 * members. In the order of their clusters' names.
 */

import type { Locality, Place, Shard } from '../shard.ts';

export class ShardsByPlace {
  readonly all: readonly Shard[];
  readonly #inRegion = new Map<string | undefined, Shard[]>();
  readonly #inZone = new Map<string, Shard[]>();

  /** Shards of clusters that are nowhere are left out. */
  constructor(shards: readonly Shard[], localities: ReadonlyMap<string, Locality>) {
    this.all = shards
      .filter(({ cluster }) => localities.has(cluster))
      .sort((left, right) => (left.cluster < right.cluster ? -1 : 1));
    for (const shard of this.all) {
      const { region, topologyZones = [] } = localities.get(shard.cluster) ?? {};
      addTo(this.#inRegion, region, shard);
      const zones = topologyZones.length > 1 ? new Set(topologyZones) : topologyZones;
      for (const topologyZone of zones) {
        addTo(this.#inZone, zoneId({ region, topologyZone }), shard);
      }
    }
  }

  inRegion(region: string): readonly Shard[] {
    return this.#inRegion.get(region) ?? NO_SHARDS;
  }

  /** `id`: zoneId. */
  inZone(id: string): readonly Shard[] {
    return this.#inZone.get(id) ?? NO_SHARDS;
  }
}

const NO_SHARDS: readonly Shard[] = [];

function addTo<K>(groups: Map<K, Shard[]>, key: K, shard: Shard): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [shard]);
  else group.push(shard);
}

/** Made once for each zone, for it is asked for with each service. Labels hold no space. */
export function zoneId({ region = '', topologyZone }: Place): string {
  return `${topologyZone} ${region}`;
}
