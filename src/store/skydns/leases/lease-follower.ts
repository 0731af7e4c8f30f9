/**
 * LeaseFollower: asks the store what the leases of entries have left, at first sight and again
 * before they run out, and gives it to the view. With the store away the last TTL stays: a lease
 * that ended shows as deleted keys, and those come by the watch.
 */

import {
  LEASE_ASK_AT_ONCE,
  LEASE_ASK_MIN_MS,
  LEASE_FORGET_MS,
  LEASE_TTL_MAX_SECONDS,
} from '../../limits.ts';
import type { RecordStore } from '../../record-store.ts';
import type { RecordView } from '../view/record-view.ts';

/** What the store said of a lease; `undefined` seconds: it knows none. */
export interface LeaseAnswer {
  readonly leaseId: string;
  readonly seconds: number | undefined;
}

export class LeaseFollower {
  readonly #store: RecordStore;
  readonly #view: RecordView;
  /** Lease -> monotonic milliseconds at which it is to be asked (again). */
  readonly #askAt = new Map<string, number>();
  #forgetAt = 0;

  constructor(store: RecordStore, view: RecordView) {
    this.#store = store;
    this.#view = view;
  }

  /**
   * Asks those that are due; gives what is news, for `view.setLeaseSeconds` (which must wait until
   * the view is between no two revisions). Call it now and then. `nowMs`: monotonic. Never throws.
   */
  async ask(nowMs: number, signal?: AbortSignal): Promise<LeaseAnswer[]> {
    const leases = this.#view.leases();
    if (leases.size > 0 && nowMs >= this.#forgetAt) {
      this.#forgetAt = nowMs + LEASE_FORGET_MS;
      this.#view.forgetIdleLeases();
    }
    for (const id of this.#askAt.keys()) if (!leases.has(id)) this.#askAt.delete(id);
    const due = [...leases.keys()].filter((id) => (this.#askAt.get(id) ?? 0) <= nowMs);
    const news: LeaseAnswer[] = [];
    for (let index = 0; index < due.length; index += LEASE_ASK_AT_ONCE) {
      const batch = due.slice(index, index + LEASE_ASK_AT_ONCE);
      const asked = batch.map((id) => this.#store.leaseSecondsLeft(id, signal));
      const answers = await Promise.allSettled(asked);
      for (const [place, answer] of answers.entries()) {
        const id = batch[place] ?? '';
        if (answer.status === 'rejected') {
          this.#askAt.set(id, nowMs + LEASE_ASK_MIN_MS);
          continue;
        }
        const seconds = answer.value;
        const waitMs = ((seconds ?? LEASE_TTL_MAX_SECONDS) * 1_000) / 2;
        this.#askAt.set(id, nowMs + Math.max(LEASE_ASK_MIN_MS, waitMs));
        if (leases.get(id) !== seconds) news.push({ leaseId: id, seconds });
      }
    }
    return news;
  }
}
