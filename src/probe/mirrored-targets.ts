/**
 * MirroredTargets: the targets that the probing thread is asked for and what it found, in rows of
 * numbers: there are as many as addresses (as objects some 300 octets each, by a heap snapshot of 50,000).
 *
 * A target goes by a number that is never given again: its row, and how often that was used before.
 */

import { type ProbeTarget, parseTcpKey } from './probe-target.ts';
import type { ProbeState, ProbeVerdict } from './verdict.ts';

const ROWS_MIN = 256;
const ROWS_MAX = 2 ** 24;
const VERDICTS: readonly ProbeVerdict[] = ['unknown', 'up', 'down'];
const Bit = { VERDICT: 0x03, EVER_UP: 0x04, IN_DOUBT: 0x08, ORDERED: 0x10 } as const;
/** There are few; an error of a kind that we do not know may hold anything. */
const REASONS_MAX = 1000;

export class MirroredTargets {
  readonly #rowOf = new Map<string, number>();
  readonly #keys: (string | undefined)[] = [];
  readonly #free: number[] = [];
  /** By row: of those that ask more than TCP. */
  readonly #targets = new Map<number, ProbeTarget>();
  /** From 1 on; of those with 0 it stands by itself. */
  readonly #reasons: string[] = [''];
  readonly #rareReasons = new Map<number, string>();
  readonly #reasonIndexes = new Map<string, number>();
  #bits = new Uint8Array(ROWS_MIN);
  #sinceMs = new Float64Array(ROWS_MIN);
  #reasonOf = new Uint16Array(ROWS_MIN);
  #addCounts = new Uint32Array(ROWS_MIN);
  /** How often a row was used before. */
  #uses = new Uint32Array(ROWS_MIN);

  get size(): number {
    return this.#rowOf.size;
  }

  rowOf(key: string): number | undefined {
    return this.#rowOf.get(key);
  }

  rows(): IterableIterator<number> {
    return this.#rowOf.values();
  }

  /** Nobody has added it, and the thread does not know of it. Throws RangeError for very many. */
  enter(key: string, target: ProbeTarget, state: ProbeState): number {
    const row = this.#free.pop() ?? this.#keys.length;
    if (row >= ROWS_MAX) throw new RangeError(`more than ${ROWS_MAX} targets`);
    if (row >= this.#bits.length) this.#grow();
    this.#rowOf.set(key, row);
    this.#keys[row] = key;
    if (target.check.kind !== 'tcp') this.#targets.set(row, target);
    this.#bits[row] = 0;
    this.#addCounts[row] = 0;
    this.setState(row, state);
    return row;
  }

  leave(row: number): void {
    this.#rowOf.delete(this.keyAt(row));
    this.#keys[row] = undefined;
    this.#targets.delete(row);
    this.#rareReasons.delete(row);
    this.#uses[row] = (this.#uses[row] ?? 0) + 1;
    this.#free.push(row);
  }

  keyAt(row: number): string {
    return this.#keys[row] ?? '';
  }

  targetAt(row: number): ProbeTarget {
    return this.#targets.get(row) ?? parseTcpKey(this.keyAt(row));
  }

  idAt(row: number): number {
    return (this.#uses[row] ?? 0) * ROWS_MAX + row;
  }

  /** undefined: it was let go. */
  rowOfId(id: number): number | undefined {
    const row = id % ROWS_MAX;
    return this.#keys[row] !== undefined && this.idAt(row) === id ? row : undefined;
  }

  stateAt(row: number): ProbeState {
    const bits = this.#bits[row] ?? 0;
    const reason = this.#reasons[this.#reasonOf[row] ?? 0] ?? '';
    return {
      verdict: VERDICTS[bits & Bit.VERDICT] ?? 'unknown',
      sinceMs: this.#sinceMs[row] ?? 0,
      reason: this.#rareReasons.get(row) ?? reason,
      lastMs: undefined,
      everUp: (bits & Bit.EVER_UP) !== 0,
      isInDoubt: (bits & Bit.IN_DOUBT) !== 0,
    };
  }

  setState(row: number, { verdict, sinceMs, reason, everUp, isInDoubt }: ProbeState): void {
    this.#bits[row] =
      ((this.#bits[row] ?? 0) & Bit.ORDERED) |
      VERDICTS.indexOf(verdict) |
      (everUp ? Bit.EVER_UP : 0) |
      (isInDoubt ? Bit.IN_DOUBT : 0);
    this.#sinceMs[row] = sinceMs;
    const index = this.#reasonIndex(reason);
    this.#reasonOf[row] = index;
    if (index === 0) this.#rareReasons.set(row, reason);
    else if (this.#rareReasons.size > 0) this.#rareReasons.delete(row);
  }

  /** `add` less `remove`; gives how often it is wanted then. */
  want(row: number, by: 1 | -1): number {
    const count = (this.#addCounts[row] ?? 0) + by;
    this.#addCounts[row] = count;
    return count;
  }

  /** The thread that is running knows of it. */
  isOrdered(row: number): boolean {
    return ((this.#bits[row] ?? 0) & Bit.ORDERED) !== 0;
  }

  setOrdered(row: number, isOrdered: boolean): void {
    const bits = this.#bits[row] ?? 0;
    this.#bits[row] = isOrdered ? bits | Bit.ORDERED : bits & ~Bit.ORDERED;
  }

  #reasonIndex(reason: string): number {
    const known = this.#reasonIndexes.get(reason);
    if (known !== undefined) return known;
    if (this.#reasons.length > REASONS_MAX) return 0;
    this.#reasons.push(reason);
    this.#reasonIndexes.set(reason, this.#reasons.length - 1);
    return this.#reasons.length - 1;
  }

  #grow(): void {
    const grown = <T extends { set(from: T): void }>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    const length = 2 * this.#bits.length;
    this.#bits = grown(this.#bits, new Uint8Array(length));
    this.#sinceMs = grown(this.#sinceMs, new Float64Array(length));
    this.#reasonOf = grown(this.#reasonOf, new Uint16Array(length));
    this.#addCounts = grown(this.#addCounts, new Uint32Array(length));
    this.#uses = grown(this.#uses, new Uint32Array(length));
  }
}
