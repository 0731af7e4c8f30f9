/** Shards by member, in the answers or out of them: counted as they are decided, not when asked. */

import type { DecidedService } from '../../discovery/health/decide-service.ts';

export interface ShardCount {
  readonly cluster: string;
  readonly inCount: number;
  readonly outCount: number;
}

export class ShardCounts {
  readonly #counts = new Map<string, { inCount: number; outCount: number }>();

  /** One decision takes the place of another; undefined: there is none. */
  replace(before: DecidedService | undefined, after: DecidedService | undefined): void {
    this.#add(before, -1);
    this.#add(after, 1);
  }

  clear(): void {
    this.#counts.clear();
  }

  *all(): Generator<ShardCount, void, undefined> {
    for (const [cluster, counts] of this.#counts) yield { cluster, ...counts };
  }

  #add(decided: DecidedService | undefined, by: 1 | -1): void {
    for (const { cluster, health } of decided?.shards ?? []) {
      const count = this.#counts.get(cluster) ?? { inCount: 0, outCount: 0 };
      if (health.kind === 'healthy') count.inCount += by;
      else count.outCount += by;
      if (count.inCount + count.outCount === 0) this.#counts.delete(cluster);
      else this.#counts.set(cluster, count);
    }
  }
}
