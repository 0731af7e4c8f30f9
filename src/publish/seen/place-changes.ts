/**
 * How often a member may be somewhere else: every name of every service is planned anew then, so a
 * member whose nodes flap would keep all others waiting.
 */

import { PLACE_CHANGES_MAX, PLACE_CHANGES_MS } from '../limits.ts';

export class PlaceChanges {
  /** Cluster -> changes left, and when (monotonic, ms) there are as many as at first. */
  readonly #left = new Map<string, { count: number; readonly freshAtMs: number }>();
  #dueAtMs = Number.POSITIVE_INFINITY;

  /** Whether one that was held may be taken now. */
  get isDue(): boolean {
    return performance.now() >= this.#dueAtMs;
  }

  /** Before all members are looked at anew. */
  begin(): void {
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  /** False: it stays where it was for now. */
  take(cluster: string): boolean {
    const nowMs = performance.now();
    const known = this.#left.get(cluster);
    const isFresh = known === undefined || nowMs >= known.freshAtMs;
    const left = isFresh
      ? { count: PLACE_CHANGES_MAX, freshAtMs: nowMs + PLACE_CHANGES_MS }
      : known;
    this.#left.set(cluster, left);
    if (left.count > 0) {
      left.count--;
      return true;
    }
    this.#dueAtMs = Math.min(this.#dueAtMs, left.freshAtMs);
    return false;
  }
}
