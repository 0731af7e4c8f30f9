/**
 * Who is asked when: a wheel of short slots, then a queue of those whose time has come, let out at a
 * bounded rate, the urgent first: behind a million that were wanted at once they would wait for
 * minutes. Each entry is in one place at most. O(1) an entry; one that is gone is dropped
 * when its slot comes.
 */

import { Fifo } from '../runtime/tables/fifo.ts';
import { PROBE_BURST_MAX, PROBE_TICK_MS, PROBES_PER_SECOND_MAX } from './limits.ts';

/** One turn in so many is not of the urgent. */
const URGENT_TURNS = 4;

export interface Scheduled {
  /** Monotonic. */
  dueMs: number;
  /** What one probe takes of the rate, in TCP probes. */
  readonly weight: number;
  /** Wanted no more. */
  isGone: boolean;
  /** Its last answer is against its verdict: asked before the others that are due. */
  readonly isUrgent: boolean;
}

export class ProbeSchedule<T extends Scheduled> {
  readonly #slots = new Map<number, T[]>();
  readonly #due = new Fifo<T>();
  readonly #urgent = new Fifo<T>();
  #slotIndex: number;
  #nowMs: number;
  #allowance = 0;
  #turn = 0;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
    this.#slotIndex = Math.floor(nowMs / PROBE_TICK_MS);
  }

  /** Enters it by its `dueMs`. */
  plan(entry: T): void {
    const slotIndex = Math.max(Math.ceil(entry.dueMs / PROBE_TICK_MS), this.#slotIndex + 1);
    const slot = this.#slots.get(slotIndex);
    if (slot === undefined) this.#slots.set(slotIndex, [entry]);
    else slot.push(entry);
  }

  /** Call before `take`; grants what may be started from here on. */
  advance(nowMs: number): void {
    const granted = ((nowMs - this.#nowMs) * PROBES_PER_SECOND_MAX) / 1000;
    this.#allowance = Math.min(this.#allowance + granted, PROBE_BURST_MAX);
    this.#nowMs = nowMs;
    const lastIndex = Math.floor(nowMs / PROBE_TICK_MS);
    while (this.#slotIndex < lastIndex) {
      this.#slotIndex++;
      for (const entry of this.#slots.get(this.#slotIndex) ?? []) {
        (entry.isUrgent ? this.#urgent : this.#due).put(entry);
      }
      this.#slots.delete(this.#slotIndex);
    }
  }

  /**
   * The urgent one that waited longest; at each fourth turn, and where none is urgent, that of the
   * others. undefined: nobody is due, or the rate is used up.
   */
  take(): T | undefined {
    if (this.#allowance < 1) return undefined;
    // Where all are urgent the others must not be forgotten.
    const isTheirs = ++this.#turn % URGENT_TURNS === 0;
    const [first, second] = isTheirs ? [this.#due, this.#urgent] : [this.#urgent, this.#due];
    return this.#takeFrom(first) ?? this.#takeFrom(second);
  }

  #takeFrom(due: Fifo<T>): T | undefined {
    for (let entry = due.take(); entry !== undefined; entry = due.take()) {
      if (entry.isGone) continue;
      this.#allowance -= entry.weight;
      return entry;
    }
    return undefined;
  }
}
