/**
 * Waits after failures: doubled from the shortest to the longest, jittered so that many who failed
 * together do not come back together, forgotten once it has gone well for long.
 */

export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
  /** After so long without a failure the next one is a first one. */
  readonly resetMs: number;
}

export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #nextMs: number;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(limits: BackoffLimits, random: () => number = Math.random) {
    this.#limits = limits;
    this.#random = random;
    this.#nextMs = limits.minMs;
  }

  /** How long to wait now, ms: between the step and twice the step, as client-go jitters. */
  take(nowMs: number): number {
    const { minMs, maxMs, resetMs } = this.#limits;
    if (nowMs - this.#failedAtMs > resetMs) this.#nextMs = minMs;
    this.#failedAtMs = nowMs;
    const waitMs = Math.min(this.#nextMs * (1 + this.#random()), maxMs);
    this.#nextMs = Math.min(this.#nextMs * 2, maxMs);
    return waitMs;
  }

  reset(): void {
    this.#nextMs = this.#limits.minMs;
  }
}
