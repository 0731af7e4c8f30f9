/** What is not as its owners would have it, over all services: for `fedns doctor`. */

import type { ShardBook } from '../../../publish/book/shard-book.ts';
import type { MembersSource } from '../../../publish/members/members-source.ts';
import type { FederationView } from '../../../publish/seen/federation-view.ts';

export interface FederationSource {
  readonly view: FederationView;
  readonly source: MembersSource;
  readonly book: ShardBook;
  /** Over half of what the last round of probes found was about us. */
  readonly probesInTrouble: () => boolean;
}

/** Rows of one kind told by name; of the others a count. */
const ROWS_MAX = 50;

export function federationFacts({ view, source, book, probesInTrouble }: FederationSource): object {
  const empty = new Rows<{ readonly service: string }>();
  const bare = new Rows<{ readonly service: string; readonly place: string }>();
  const silent = new Rows<{ readonly service: string; readonly cluster: string }>();
  for (const key of source.plans.keys()) {
    const shards = source.plans.get(key)?.decided.shards ?? [];
    const healthy = shards.filter(({ health }) => health.kind === 'healthy');
    if (healthy.length === 0) empty.add({ service: key });
    else {
      const placesOf = (of: typeof shards) =>
        new Set(of.flatMap(({ cluster }) => placesOfMember(view, cluster)));
      const served = placesOf(healthy);
      for (const place of placesOf(shards)) {
        if (!served.has(place)) bare.add({ service: key, place });
      }
    }
    for (const { cluster, probed } of healthy) {
      if (probed.signal === 'down') silent.add({ service: key, cluster });
    }
  }
  const leftOut = new Rows<{ readonly object: string; readonly reason: string }>();
  for (const [object, reason] of source.leftOut) leftOut.add({ object, reason });
  return {
    services: source.plans.count,
    empty: empty.told,
    bare: bare.told,
    silent: silent.told,
    leftOut: leftOut.told,
    drains: [...book.drains],
    probesInTrouble: probesInTrouble(),
  };
}

/** Where a copy of it answers first: its region, and each of its zones. */
function placesOfMember({ members }: FederationView, cluster: string): string[] {
  const { region, topologyZones = [] } = members.get(cluster)?.locality ?? {};
  if (region === undefined) return [];
  return [`region ${region}`, ...topologyZones.map((zone) => `zone ${zone}.${region}`)];
}

class Rows<Row> {
  readonly #rows: Row[] = [];
  #count = 0;

  add(row: Row): void {
    this.#count++;
    if (this.#rows.length < ROWS_MAX) this.#rows.push(row);
  }

  get told(): { readonly count: number; readonly rows: readonly Row[] } {
    return { count: this.#count, rows: this.#rows };
  }
}
