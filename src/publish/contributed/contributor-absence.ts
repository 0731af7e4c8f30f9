/**
 * For how long a contributor gives no sign of life, and what follows: after `forgetAfterMs` its
 * shards go, as if it had left. Counted on our own monotonic clock and kept in the store, so that
 * neither a clock that jumps nor a restart of ours makes it sooner:
 *
 *   /fedns-contributed/<contributor>/absent   {"seconds":86400}
 */

import type { Logger } from '../../runtime/logger.ts';
import type { Fence } from '../../store/control/control-keys.ts';
import type { RecordStore, StoreCompare } from '../../store/record-store.ts';
import { octetsOfText } from '../../store/skydns/entry.ts';
import { rangeOfPrefix } from '../../store/skydns/key.ts';
import { type BookEntry, saveBook } from '../book/book-commits.ts';
import { ABSENCE_NOTE_MS, ABSENCE_TICK_MS } from '../limits.ts';
import type { Attendance } from './contributed-cluster.ts';
import { contributedBase } from './contributed-keys.ts';
import type { ContributedMembers } from './contributed-members.ts';

export interface ContributorAbsenceOptions {
  readonly contributed: ContributedMembers;
  readonly controlPrefix: string;
  readonly forgetAfterMs: number;
  readonly logger: Logger;
}

interface Place {
  readonly store: RecordStore;
  readonly fence: Fence | undefined;
}

export class ContributorAbsence {
  readonly #options: ContributorAbsenceOptions;
  readonly #base: string;
  /** Contributor -> what of its absence is not noted in the store yet, ms. */
  readonly #unnotedMs = new Map<string, number>();
  #lookedAtMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ContributorAbsenceOptions) {
    this.#options = options;
    this.#base = contributedBase(options.controlPrefix);
  }

  start(place: Place): void {
    const periodMs = Math.min(ABSENCE_TICK_MS, this.#options.forgetAfterMs / 5);
    this.#lookedAtMs = performance.now();
    this.#timer = setInterval(() => {
      this.#running ??= this.#look(place).finally(() => {
        this.#running = undefined;
      });
    }, periodMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #look(place: Place): Promise<void> {
    const { contributed, logger } = this.#options;
    const passedMs = performance.now() - this.#lookedAtMs;
    this.#lookedAtMs += passedMs;
    try {
      for (const one of contributed.attendance) {
        if (one.isAlive) await this.#isBack(place, one);
        else await this.#isAway(place, one, passedMs);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn('absence of a contributor not noted, trying again', { reason });
    }
  }

  async #isBack(place: Place, { name, absentMs }: Attendance): Promise<void> {
    this.#unnotedMs.delete(name);
    if (absentMs > 0) await this.#write(place, [[this.#noteKey(name), undefined]], []);
  }

  async #isAway(
    place: Place,
    { name, absentMs, beat }: Attendance,
    passedMs: number,
  ): Promise<void> {
    const { forgetAfterMs, logger } = this.#options;
    if (absentMs >= forgetAfterMs) return;
    const unnotedMs = (this.#unnotedMs.get(name) ?? 0) + passedMs;
    this.#unnotedMs.set(name, unnotedMs);
    const sumMs = absentMs + unnotedMs;
    if (unnotedMs < ABSENCE_NOTE_MS && sumMs < forgetAfterMs) return;
    const isForgotten = sumMs >= forgetAfterMs;
    const entries = isForgotten ? await this.#everythingOf(place.store, name) : [];
    const note = octetsOfText(JSON.stringify({ seconds: Math.ceil(sumMs / 1000) }));
    // Last: what fails midway is begun again. Of one that is back meanwhile nothing goes.
    await this.#write(place, [...entries, [this.#noteKey(name), note]], [beat]);
    this.#unnotedMs.delete(name);
    if (!isForgotten) return;
    logger.warn('contributor forgotten: away for too long', {
      key: name,
      durationMs: Math.round(sumMs),
      count: entries.length,
    });
  }

  async #everythingOf(store: RecordStore, name: string): Promise<BookEntry[]> {
    const range = rangeOfPrefix(`${this.#base}${octetsOfText(name)}/`);
    const { values } = await store.read([range]);
    const note = this.#noteKey(name);
    return [...values.keys()]
      .filter((key) => key !== note)
      .map((key): BookEntry => [key, undefined]);
  }

  async #write(
    { store, fence }: Place,
    entries: readonly BookEntry[],
    also: readonly StoreCompare[],
  ): Promise<void> {
    const { error } = await saveBook(store, fence, entries, also);
    if (error !== undefined) throw error;
  }

  #noteKey(name: string): string {
    return `${this.#base}${octetsOfText(name)}/absent`;
  }
}
