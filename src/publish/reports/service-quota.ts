/**
 * How many services one member may have published: a member that floods us, by mistake or by
 * malice, fills its own share of the store and of our time and nobody else's.
 *
 * Those that are published stay; the rest gets its turn by name, as soon as there is room. What is
 * refused is told once a minute at most, with the counts.
 */

import type { Alarms } from '../../runtime/alarms.ts';
import type { Logger } from '../../runtime/logger.ts';
import { RateLimited } from '../../runtime/rate-limited.ts';
import type { ShardBook } from '../book/shard-book.ts';
import { QUOTA_LOG_INTERVAL_MS } from '../limits.ts';
import type { SeenMembers } from '../seen/seen-members.ts';

export interface ServiceQuotaOptions {
  readonly book: ShardBook;
  readonly seen: SeenMembers;
  /** Of one member. */
  readonly servicesMax: number;
  readonly alarms: Alarms;
  readonly logger: Logger;
}

export interface RefusedServices {
  readonly cluster: string;
  readonly published: number;
  readonly refused: number;
}

export class ServiceQuota {
  readonly #options: ServiceQuotaOptions;
  /** Cluster -> service keys; all of them objects that we hold of it. */
  readonly #refused = new Map<string, Set<string>>();
  readonly #complaints = new RateLimited(QUOTA_LOG_INTERVAL_MS);

  constructor(options: ServiceQuotaOptions) {
    this.#options = options;
  }

  /** Whether this service of the member may be published; one that is, may. */
  admits(cluster: string, key: string): boolean {
    const { book, servicesMax } = this.#options;
    if (book.shardsOf(key).has(cluster) || book.countOf(cluster) < servicesMax) {
      this.forget(cluster, key);
      return true;
    }
    const refused = this.#refused.get(cluster);
    if (refused === undefined) this.#refused.set(cluster, new Set([key]));
    else refused.add(key);
    return false;
  }

  /** It does not ask to be published (any more). */
  forget(cluster: string, key: string): void {
    const refused = this.#refused.get(cluster);
    refused?.delete(key);
    if (refused?.size === 0) this.#refused.delete(cluster);
  }

  /** Some may be gone: the member was read anew. */
  refusedOf(cluster: string): Iterable<string> {
    return this.#refused.get(cluster) ?? [];
  }

  /** Sorted by cluster; those of whom nothing is refused are not in it. */
  get counts(): RefusedServices[] {
    return [...this.#refused]
      .map(([cluster, { size }]) => {
        return { cluster, published: this.#options.book.countOf(cluster), refused: size };
      })
      .sort((left, right) => (left.cluster < right.cluster ? -1 : 1));
  }

  /** Refused ones for which there is room now, by name; and tells what there is to be told. */
  tick(): (readonly [cluster: string, key: string])[] {
    const { book, seen, servicesMax } = this.#options;
    const returning: [string, string][] = [];
    for (const [cluster, refused] of this.#refused) {
      const status = seen.get(cluster)?.status;
      if (status === undefined) this.#refused.delete(cluster);
      // What is held of a member that cannot be seen is old.
      if (!status?.hasSynced || status.api !== 'fresh') continue;
      const room = servicesMax - book.countOf(cluster);
      if (room <= 0) continue;
      for (const key of firstOf(refused, room)) returning.push([cluster, key]);
    }
    this.#tell();
    return returning;
  }

  #tell(): void {
    const { alarms, logger } = this.#options;
    const { counts } = this;
    for (const { cluster, published, refused } of counts) {
      this.#complaints.run(cluster, () =>
        logger.warn('services refused: the member has more than members.servicesMax', {
          cluster,
          count: published,
          skipped: refused,
        }),
      );
    }
    const [first] = counts;
    if (first === undefined) alarms.clear('services-refused', 'no service is refused any more');
    else {
      alarms.raise('services-refused', 'members have more services than are published of one', {
        cluster: first.cluster,
        skipped: first.refused,
      });
    }
  }
}

/** The first by name. One place at a time is the usual case: no sorting of 100,000 for it. */
function firstOf(keys: ReadonlySet<string>, count: number): string[] {
  if (count > 1) return [...keys].sort().slice(0, count);
  let first: string | undefined;
  for (const key of keys) if (first === undefined || key < first) first = key;
  return first === undefined ? [] : [first];
}
