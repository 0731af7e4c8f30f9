/**
 * Which lists are believed, and when the next may be taken. A list of the past is refused; a server
 * whose data really went back (an etcd restored) is believed in the end:
 *
 *   "too large a version" three times in a row   -> its latest list is believed
 *   four older lists in a row, two of them latest -> the fifth is believed
 */

import type { ListWatchLimits } from '../limits.ts';
import { HOPE_PERIOD_MS, OLD_LISTS_MAX, TOO_LARGE_MAX } from '../limits.ts';

/** Of another history, versions and states may bear the names of those we knew. */
export type ListVerdict = 'news' | 'another history' | 'refused';

export class ListTrust {
  readonly #limits: ListWatchLimits;
  readonly #random: () => number;
  #tooLargeCount = 0;
  #oldCount = 0;
  #allowedAtMs = Number.NEGATIVE_INFINITY;
  #resyncAtMs = Number.POSITIVE_INFINITY;
  #nextHopeMs = Number.NEGATIVE_INFINITY;

  constructor(limits: ListWatchLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Not "not older than", but the latest state the server has: settles who is right. */
  get wantsLatest(): boolean {
    return this.#isRestored || this.#oldCount * 2 >= OLD_LISTS_MAX;
  }

  /** Until a list may be taken, ms; not above 0: now. */
  get waitMs(): number {
    return this.#allowedAtMs - performance.now();
  }

  /** The server came back: its next list need not wait. Such a favour is rare. */
  hope(nowMs: number): void {
    if (nowMs < this.#nextHopeMs) return;
    this.#nextHopeMs = nowMs + HOPE_PERIOD_MS;
    this.#allowedAtMs = Math.min(this.#allowedAtMs, nowMs);
  }

  get resyncAtMs(): number {
    return this.#resyncAtMs;
  }

  get #isRestored(): boolean {
    return this.#tooLargeCount >= TOO_LARGE_MAX;
  }

  /** The server never reached the version we know. */
  sawTooLarge(): void {
    this.#tooLargeCount++;
  }

  /** A list was read to its end. */
  judge({ isOld }: { readonly isOld: boolean }, nowMs: number): ListVerdict {
    const { listPeriodMs, resyncMs } = this.#limits;
    const jitter = 1 + this.#random() / 10;
    const isOtherHistory = this.#isRestored || (isOld && this.#oldCount >= OLD_LISTS_MAX);
    const isRefused = isOld && !isOtherHistory;
    // The first refusal may be one bad server of several: asked again without that wait.
    if (!isRefused || this.#oldCount > 0) this.#allowedAtMs = nowMs + listPeriodMs * jitter;
    if (isRefused) {
      this.#oldCount++;
      return 'refused';
    }
    this.#tooLargeCount = 0;
    this.#oldCount = 0;
    this.#resyncAtMs = nowMs + resyncMs * jitter;
    return isOtherHistory ? 'another history' : 'news';
  }
}
