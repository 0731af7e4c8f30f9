/**
 * So many requests a second to one cluster, with a burst: who asks waits its turn, first come first
 * served. client-go's QPS and burst.
 */

import { Fifo } from '../../runtime/tables/fifo.ts';

export interface Pace {
  readonly perSecond: number;
  readonly burst: number;
}

export class TokenBucket {
  readonly #pace: Pace;
  readonly #waiting = new Fifo<() => void>();
  #tokens: number;
  #filledMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(pace: Pace) {
    this.#pace = pace;
    this.#tokens = pace.burst;
  }

  /** Resolves when it is the caller's turn. */
  take(): Promise<void> {
    if (this.#hasEnded) return Promise.resolve();
    this.#fill();
    if (this.#waiting.size === 0 && this.#tokens >= 1) {
      this.#tokens--;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#waiting.put(resolve);
      this.#wind();
    });
  }

  /** Nobody waits any longer: whoever did goes on now, to find that its client is closed. */
  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) next();
  }

  #fill(): void {
    const nowMs = performance.now();
    const { perSecond, burst } = this.#pace;
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledMs) / 1000) * perSecond);
    this.#filledMs = nowMs;
  }

  #wind(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#fill();
        while (this.#tokens >= 1 && this.#waiting.size > 0) {
          this.#tokens--;
          this.#waiting.take()?.();
        }
        if (this.#waiting.size > 0) this.#wind();
      },
      Math.max(1, ((1 - this.#tokens) / this.#pace.perSecond) * 1000),
    );
  }
}
