/**
 * How long a thread kept its event loop waiting. On the main thread watches, JSON and images are
 * worked on, in slices: this shows whether they are short enough. On an answering thread it is time
 * in which queries waited.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A timer this often is what is measured, ms. */
const RESOLUTION_MS = 10;

export interface LoopDelay {
  readonly p99Seconds: number;
  readonly maxSeconds: number;
}

/** The delays of the thread that makes it. */
export class EventLoopDelay {
  readonly #delay: ReturnType<typeof monitorEventLoopDelay>;

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
  }

  /** Since the last reset. */
  read(): LoopDelay {
    // What is recorded is the whole time between two timers.
    const seconds = (ns: number) => Math.max(0, ns / 1e9 - RESOLUTION_MS / 1000);
    return {
      p99Seconds: seconds(this.#delay.percentile(99)),
      maxSeconds: seconds(this.#delay.max),
    };
  }

  reset(): void {
    this.#delay.reset();
  }
}
