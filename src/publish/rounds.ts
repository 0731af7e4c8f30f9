/**
 * Work that is done whenever it is asked for: one round at a time, another when it was asked for
 * meanwhile, and again after a failure, with growing waits. It has a place (a store) to work in, or
 * rests.
 */

import { RECONCILE_RETRY_MAX_MS, RECONCILE_RETRY_MS } from './limits.ts';

export interface RoundsOptions<Place> {
  /** Until nothing is left, or `isCurrent` says no. Throws what failed. */
  readonly run: (place: Place, isCurrent: () => boolean) => Promise<void>;
  readonly hasMore: () => boolean;
  /** Asked for while there is no place. */
  readonly onIdle: () => void;
  /** Tried again after this, ms. */
  readonly onFailed: (error: unknown, waitMs: number) => void;
}

export class Rounds<Place> {
  readonly #options: RoundsOptions<Place>;
  #place: Place | undefined;
  #running: Promise<void> | undefined;
  #mustRunAgain = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RECONCILE_RETRY_MS;

  constructor(options: RoundsOptions<Place>) {
    this.#options = options;
  }

  get place(): Place | undefined {
    return this.#place;
  }

  begin(place: Place): void {
    this.#place = place;
  }

  /** Rests from now on; resolves once a round under way has ended. */
  async end(): Promise<void> {
    this.#place = undefined;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    await this.#running;
  }

  /** A part of it has gone well: the next failure is the first one again. */
  wentWell(): void {
    this.#retryMs = RECONCILE_RETRY_MS;
  }

  wake(): void {
    const place = this.#place;
    if (place === undefined) {
      this.#options.onIdle();
      return;
    }
    if (this.#retry !== undefined) return;
    if (this.#running !== undefined) {
      // It may have looked already at what has changed just now.
      this.#mustRunAgain = true;
      return;
    }
    this.#mustRunAgain = false;
    this.#running = this.#run(place).finally(() => {
      this.#running = undefined;
      if (this.#mustRunAgain || this.#options.hasMore()) this.wake();
    });
  }

  async #run(place: Place): Promise<void> {
    try {
      await this.#options.run(place, () => place === this.#place);
    } catch (error) {
      if (this.#place === undefined) return;
      const waitMs = this.#retryMs;
      this.#retryMs = Math.min(waitMs * 2, RECONCILE_RETRY_MAX_MS);
      this.#options.onFailed(error, waitMs);
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.wake();
      }, waitMs);
    }
  }
}
