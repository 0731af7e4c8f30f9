/**
 * RemovalWindow: how many names of one zone went within the last minute without a marker, and
 * whether that is too much. Pure; the caller's monotonic milliseconds.
 */

import { HOLD_NAMES, HOLD_SHARE, HOLD_WINDOW_MS } from '../limits.ts';

export interface HoldLimits {
  readonly windowMs: number;
  /** Both must be exceeded: the share of the zone's names, and the count. */
  readonly share: number;
  readonly names: number;
}

export const HOLD_LIMITS: HoldLimits = {
  windowMs: HOLD_WINDOW_MS,
  share: HOLD_SHARE,
  names: HOLD_NAMES,
};

export class RemovalWindow {
  readonly #limits: HoldLimits;
  #removals: { readonly atMs: number; readonly count: number }[] = [];

  constructor(limits: HoldLimits) {
    this.#limits = limits;
  }

  /** `nameCount`: names the zone holds before these removals. */
  isTooMuch(removedNow: number, nameCount: number, nowMs: number): boolean {
    this.#removals = this.#removals.filter(({ atMs }) => nowMs - atMs < this.#limits.windowMs);
    const before = this.#removals.reduce((sum, { count }) => sum + count, 0);
    const removed = before + removedNow;
    const { share, names } = this.#limits;
    return removedNow > 0 && removed > names && removed > share * (nameCount + before);
  }

  note(count: number, nowMs: number): void {
    if (count > 0) this.#removals.push({ atMs: nowMs, count });
  }

  clear(): void {
    this.#removals = [];
  }
}
