/**
 * Waits after failures: doubled from the shortest to the longest, each between its half and its
 * whole, so that many who failed together do not come back together.
 */

export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #stepMs: number;

  constructor(limits: BackoffLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
    this.#stepMs = limits.minMs * 2;
  }

  /** How long to wait now, ms; never outside the limits. */
  next(): number {
    const waitMs = (this.#stepMs * (1 + this.#random())) / 2;
    this.#stepMs = Math.min(this.#stepMs * 2, this.#limits.maxMs);
    return waitMs;
  }

  /** It goes well again. */
  reset(): void {
    this.#stepMs = this.#limits.minMs * 2;
  }
}
