/** Whoever waits until all that was wanted at this moment is written. */

import { StoreError } from '../../store/store-error.ts';
import { SAVED_WAIT_MS } from '../limits.ts';

export class SavedSignal {
  #waiting = new Set<PromiseWithResolvers<void>>();

  /** Rejects with a StoreError where it fails, or takes longer than SAVED_WAIT_MS. */
  async next(): Promise<void> {
    const waiter = Promise.withResolvers<void>();
    this.#waiting.add(waiter);
    const late = new StoreError(
      'STORE_UNREACHABLE',
      `the store took longer than ${SAVED_WAIT_MS} ms`,
    );
    const timer = setTimeout(() => waiter.reject(late), SAVED_WAIT_MS);
    try {
      await waiter.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(waiter);
    }
  }

  done(): void {
    for (const { resolve } of this.#waiting) resolve();
  }

  fail(error: unknown): void {
    for (const { reject } of this.#waiting) reject(error);
  }
}
