/**
 * What ends a request before its time: the caller's signal, or a clock that is wound up again
 * with each sign of life. One for each request; `end` lets go of signal and timer.
 *
 * While our own thread stood still nothing could be heard: that was nobody's silence. A clock that
 * comes late is wound up again by as much.
 */

import { ApiError } from '../api-error.ts';
import { OWN_STALL_MS } from '../limits.ts';

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
    const endsAtMs = performance.now() + timeoutMs;
    const expire = () => {
      const lateMs = performance.now() - endsAtMs;
      if (lateMs > OWN_STALL_MS) this.wind(Math.min(lateMs, timeoutMs), message);
      else this.#controller.abort(new ApiError('API_TIMEOUT', message));
    };
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
