/**
 * Remaining times of the leases that records hang on: asked at first sight and again before they
 * run out. A keepalive raises no watch event, so nothing else would tell. With the store away the
 * last time known stays.
 */

import type { RecordStore } from '../store/record-store.ts';
import type { RecordView } from '../store/skydns/record-view.ts';
import { LEASE_ASK_AGAIN_SECONDS, LEASE_ASKS_AT_ONCE, LEASE_POLL_MS } from './limits.ts';

interface AskedLease {
  readonly askedAt: number;
  /** undefined: the store knows no such lease. */
  readonly seconds: number | undefined;
}

export class LeaseTimes {
  readonly #view: RecordView;
  readonly #tell: (id: string, seconds: number | undefined) => Promise<void>;
  readonly #asked = new Map<string, AskedLease>();
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;

  /** `tell` takes in what the store said of a lease. */
  constructor(view: RecordView, tell: (id: string, seconds: number | undefined) => Promise<void>) {
    this.#view = view;
    this.#tell = tell;
  }

  start(store: RecordStore, signal: AbortSignal): void {
    this.#timer = setInterval(() => void this.#ask(store, signal), LEASE_POLL_MS);
    signal.addEventListener('abort', () => clearInterval(this.#timer), { once: true });
  }

  async #ask(store: RecordStore, signal: AbortSignal): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const now = performance.now();
      const leases = this.#view.leases();
      for (const id of this.#asked.keys()) if (!leases.has(id)) this.#asked.delete(id);
      const due = [...leases.keys()].filter((id) => isDue(this.#asked.get(id), now));
      for (const id of due.slice(0, LEASE_ASKS_AT_ONCE)) {
        const seconds = await store.leaseSecondsLeft(id, signal);
        if (signal.aborted) return;
        const isNews = !this.#asked.has(id) || this.#asked.get(id)?.seconds !== seconds;
        this.#asked.set(id, { askedAt: performance.now(), seconds });
        if (isNews) await this.#tell(id, seconds);
      }
    } catch {
      // The store is away: the watch says so; times known stay.
    } finally {
      this.#isAsking = false;
    }
  }
}

/** Half of the time told has gone by, or a lease once unknown may have come to be. */
function isDue(asked: AskedLease | undefined, now: number): boolean {
  if (asked === undefined) return true;
  const halfSeconds = asked.seconds === undefined ? LEASE_ASK_AGAIN_SECONDS : asked.seconds / 2;
  return now - asked.askedAt > Math.max(halfSeconds, LEASE_ASK_AGAIN_SECONDS) * 1000;
}
