/** Waits of a loop that ends: all by its end, those after a failure also when there is hope. */

import { setTimeout as sleep } from 'node:timers/promises';

export class Waits {
  readonly #ended: AbortSignal;
  /** While it waits after a failure. */
  #hoping: AbortController | undefined;

  constructor(ended: AbortSignal) {
    this.#ended = ended;
  }

  async pause(waitMs: number, signal = this.#ended): Promise<void> {
    if (waitMs <= 0) return;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }

  /** Ends early by `hurry`. */
  async afterFailure(waitMs: number): Promise<void> {
    this.#hoping = new AbortController();
    await this.pause(waitMs, AbortSignal.any([this.#ended, this.#hoping.signal]));
    this.#hoping = undefined;
  }

  hurry(): void {
    this.#hoping?.abort();
  }
}
