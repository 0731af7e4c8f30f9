/**
 * HashedRows: some words (32 bits) for each of very many texts, told apart by 64 bits of hash. Rows
 * lie in one array outside the heap, open addressing: no key is kept and no collector walks them
 * (a Map took 49 octets a key at 150,000 keys, and the key beside). Of 3,000,000 texts any two have
 * one hash with a chance of one in four million.
 */

import type { TextHash } from './text-hash.ts';

const SLOTS_MIN = 64;
/** Of its slots that are taken before it grows, and by how much: what is free rests there, too. */
const LOAD_MAX = 0.8;
const GROWTH = 1.5;
const HASH_VALUES = 2 ** 32;
const HASH_WORDS = 2;

export class HashedRows {
  readonly #stride: number;
  /** Of each slot the two halves of the hash, both 0 where it is free; then what is kept. */
  #words: Uint32Array;
  #slotCount = SLOTS_MIN;
  #size = 0;

  /** `wordCount`: kept of each text. */
  constructor(wordCount: number) {
    this.#stride = HASH_WORDS + wordCount;
    this.#words = new Uint32Array(this.#stride * SLOTS_MIN);
  }

  get size(): number {
    return this.#size;
  }

  /** Its row, -1: there is none. Stands until something is taken in or out. */
  find(hash: TextHash): number {
    const slot = this.#slotOf(...hash);
    return this.#isTaken(slot) ? slot : -1;
  }

  /** Its row; made, all 0, where there is none. */
  take(hash: TextHash): number {
    let slot = this.#slotOf(...hash);
    if (this.#isTaken(slot)) return slot;
    if (++this.#size > this.#slotCount * LOAD_MAX) {
      this.#grow();
      slot = this.#slotOf(...hash);
    }
    const at = slot * this.#stride;
    this.#words[at] = hash[0];
    this.#words[at + 1] = hash[1];
    return slot;
  }

  /** Gives whether there was one. */
  drop(hash: TextHash): boolean {
    const slot = this.find(hash);
    if (slot < 0) return false;
    this.#size--;
    this.#clear(slot);
    this.#closeGap(slot);
    return true;
  }

  #isTaken(row: number): boolean {
    const at = row * this.#stride;
    return this.#words[at] !== 0 || this.#words[at + 1] !== 0;
  }

  /** Every row that is taken. */
  *rows(): Generator<number, void, undefined> {
    for (let row = 0; row < this.#slotCount; row++) if (this.#isTaken(row)) yield row;
  }

  hashAt(row: number): TextHash {
    const at = row * this.#stride;
    return [this.#words[at] ?? 0, this.#words[at + 1] ?? 0];
  }

  word(row: number, index: number): number {
    return this.#words[row * this.#stride + HASH_WORDS + index] ?? 0;
  }

  /** `value`: a whole number, 32 bits. */
  setWord(row: number, index: number, value: number): void {
    this.#words[row * this.#stride + HASH_WORDS + index] = value;
  }

  /** Where it is, or the free slot where it would be. */
  #slotOf(first: number, second: number): number {
    for (let slot = this.#homeOf(second); ; slot = this.#after(slot)) {
      const at = slot * this.#stride;
      if (this.#words[at] === first && this.#words[at + 1] === second) return slot;
      if (!this.#isTaken(slot)) return slot;
    }
  }

  #homeOf(second: number): number {
    return Math.floor((second / HASH_VALUES) * this.#slotCount);
  }

  #after(slot: number): number {
    return slot + 1 === this.#slotCount ? 0 : slot + 1;
  }

  /** Whoever would be looked for over a slot that is free now moves into it. */
  #closeGap(gap: number): void {
    let free = gap;
    for (let slot = this.#after(gap); this.#isTaken(slot); slot = this.#after(slot)) {
      const home = this.#homeOf(this.#words[slot * this.#stride + 1] ?? 0);
      if (this.#distance(home, slot) < this.#distance(free, slot)) continue;
      const from = slot * this.#stride;
      this.#words.copyWithin(free * this.#stride, from, from + this.#stride);
      this.#clear(slot);
      free = slot;
    }
  }

  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#slotCount;
  }

  #clear(slot: number): void {
    this.#words.fill(0, slot * this.#stride, (slot + 1) * this.#stride);
  }

  #grow(): void {
    const words = this.#words;
    this.#slotCount = Math.ceil(this.#slotCount * GROWTH);
    this.#words = new Uint32Array(this.#stride * this.#slotCount);
    for (let at = 0; at < words.length; at += this.#stride) {
      const [first, second] = [words[at] ?? 0, words[at + 1] ?? 0];
      if (first === 0 && second === 0) continue;
      const to = this.#slotOf(first, second) * this.#stride;
      // A view of each row would cost more than all the rest.
      for (let word = 0; word < this.#stride; word++)
        this.#words[to + word] = words[at + word] ?? 0;
    }
  }
}
