/** Lets one call in `intervalMs` through per key, and tells how many it kept back meanwhile. */

import { LRUCache } from 'lru-cache';

/** Keys remembered; an unbounded set of keys would be a leak in the hands of a stranger. */
const KEYS_MAX = 1000;

export class RateLimited {
  readonly #intervalMs: number;
  readonly #seen = new LRUCache<string, { nextAt: number; suppressed: number }>({ max: KEYS_MAX });

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Calls `act` with the count kept back since the last one, or counts this one. */
  run(key: string, act: (suppressedCount: number) => void): void {
    const now = performance.now();
    const seen = this.#seen.get(key);
    if (seen !== undefined && now < seen.nextAt) {
      seen.suppressed++;
      return;
    }
    this.#seen.set(key, { nextAt: now + this.#intervalMs, suppressed: 0 });
    act(seen?.suppressed ?? 0);
  }
}
