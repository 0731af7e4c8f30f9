/**
 * What ends a request before its time: the caller's signal, or a clock that is wound up again
 * with each sign of life. One for each request; `end` lets go of signal and timer.
 */

import { ApiError } from '../api-error.ts';

export class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onAbort = () => this.#controller.abort(this.#outer?.reason);
  #timer: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#outer = signal;
    signal?.throwIfAborted();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on so long; `message` is the error's. The timer alone keeps no process alive. */
  wind(timeoutMs: number, message: string): void {
    clearTimeout(this.#timer);
    const expire = () => this.#controller.abort(new ApiError('API_TIMEOUT', message));
    this.#timer = setTimeout(expire, timeoutMs).unref();
  }

  /** What comes first: the promise, or the end. A promise left behind may fail unheard. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#controller;
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onAbort);
  }
}
