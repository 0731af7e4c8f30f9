/**
 * FlatTexts: a map of texts to texts, of one character an octet each, outside the heap: for millions
 * that live for long. No collector walks them, and what is taken in leaves no object behind (a Map takes
 * 197 octets for a name of 80 and what is said of it in 50, and two texts to mark; this way 167).
 *
 *   hash -> row -> place in a block:   row, lengths, room | key | value [| room]
 *
 * Rows stay while there is a text, so that going over them may be interrupted: what is there all the time
 * comes once, in no order; what is put in meanwhile is perhaps not come to.
 */

import { assertDefined, InvariantError } from '../assert.ts';
import { HashedRows } from './hashed-rows.ts';
import { type TextHash, textHash } from './text-hash.ts';

const BLOCK_OCTETS = 2 ** 20;
const FIRST_BLOCK_OCTETS = 4096;
/** Places are counted in words: 16 GB. 0 is no place, for no block begins with an entry. */
const WORD = 4;
const BLOCK_WORDS = BLOCK_OCTETS / WORD;
const HEAD_WORDS = 4;
const Head = { ROW: 0, KEY_LENGTH: 1, VALUE_LENGTH: 2, ROOM: 3 } as const;
const BLOCKS_MAX = 2 ** 32 / BLOCK_WORDS;
/** A value that shrank stays where it was until its room is so many times what the entry needs. */
const ROOM_MAX = 2;
const ROOM_SPARE = 64;
/** Of a block: what is left of it moves when so much of it is waste. */
const WASTE_MAX = 0.5;

interface Block {
  readonly octets: Buffer;
  readonly words: Uint32Array;
  /** Of the first free octet. */
  end: number;
  wasteOctets: number;
}

/** Where an entry is: its block, and the word in it. */
interface Spot {
  readonly block: Block;
  readonly word: number;
}

export class FlatTexts<K extends string = string> {
  #rows = new HashedRows(1);
  /** Row -> place, 0: the row is free. */
  #places = new Uint32Array(64);
  #rowCount = 0;
  #freeRows: number[] = [];
  readonly #blocks: (Block | undefined)[] = [];
  /** Which block is written to. */
  #open = -1;
  #freeBlocks: number[] = [];
  /** To be moved out of. */
  #wasted: Block[] = [];
  /** Of the same hash as one that is there: of millions mostly none. */
  readonly #twins = new Map<K, string>();
  #size = 0;

  get size(): number {
    return this.#size + this.#twins.size;
  }

  /** Of all blocks, waste and all. */
  get octetCount(): number {
    return this.#blocks.reduce((sum, block) => sum + (block?.octets.length ?? 0), 0);
  }

  get(key: K): string | undefined {
    const row = this.#find(key, textHash(key));
    return row < 0 ? this.#twins.get(key) : this.#valueAt(row);
  }

  has(key: K): boolean {
    return this.#find(key, textHash(key)) >= 0 || this.#twins.has(key);
  }

  /** Both of one character an octet. */
  set(key: K, value: string): void {
    const hash = textHash(key);
    const known = this.#find(key, hash);
    if (known >= 0) {
      this.#replace(known, key, value);
      return;
    }
    const slot = this.#twins.has(key) ? -1 : this.#rows.take(hash);
    if (slot < 0 || this.#rows.word(slot, 0) !== 0) {
      this.#twins.set(key, value);
      return;
    }
    const row = this.#freeRows.pop() ?? this.#rowCount++;
    if (row >= this.#places.length) this.#grow();
    this.#places[row] = this.#write(row, key, value);
    this.#rows.setWord(slot, 0, row + 1);
    this.#size++;
    this.#tidy();
  }

  delete(key: K): boolean {
    const hash = textHash(key);
    const row = this.#find(key, hash);
    if (row < 0) return this.#twins.delete(key);
    const place = this.#places[row] ?? 0;
    this.#places[row] = 0;
    this.#rows.drop(hash);
    this.#freeRows.push(row);
    this.#size--;
    this.#waste(place);
    this.#tidy();
    if (this.#size === 0) this.#giveBack();
    return true;
  }

  clear(): void {
    this.#rows = new HashedRows(1);
    this.#places = new Uint32Array(64);
    this.#rowCount = 0;
    this.#freeRows = [];
    this.#twins.clear();
    this.#size = 0;
    this.#giveBack();
  }

  #giveBack(): void {
    this.#blocks.length = 0;
    this.#freeBlocks = [];
    this.#wasted = [];
    this.#open = -1;
  }

  *keys(): Generator<K, void, undefined> {
    for (let row = 0; row < this.#rowCount; row++) {
      if (this.#places[row] !== 0) yield this.#keyAt(row);
    }
    yield* this.#twins.keys();
  }

  *[Symbol.iterator](): Generator<[key: K, value: string], void, undefined> {
    for (let row = 0; row < this.#rowCount; row++) {
      if (this.#places[row] !== 0) yield [this.#keyAt(row), this.#valueAt(row)];
    }
    yield* this.#twins;
  }

  /** Its row; negative: it has none. */
  #find(key: K, hash: TextHash): number {
    const slot = this.#rows.find(hash);
    if (slot < 0) return -1;
    const row = this.#rows.word(slot, 0) - 1;
    return row >= 0 && this.#isKeyAt(row, key) ? row : -1;
  }

  #isKeyAt(row: number, key: K): boolean {
    const { block, word } = this.#spotOf(row);
    const { octets, words } = block;
    if (words[word + Head.KEY_LENGTH] !== key.length) return false;
    const from = (word + HEAD_WORDS) * WORD;
    for (let index = 0; index < key.length; index++) {
      if (octets[from + index] !== key.charCodeAt(index)) return false;
    }
    return true;
  }

  #keyAt(row: number): K {
    const { block, word } = this.#spotOf(row);
    const from = (word + HEAD_WORDS) * WORD;
    const to = from + (block.words[word + Head.KEY_LENGTH] ?? 0);
    return block.octets.toString('latin1', from, to) as K;
  }

  #valueAt(row: number): string {
    const { block, word } = this.#spotOf(row);
    const from = (word + HEAD_WORDS) * WORD + (block.words[word + Head.KEY_LENGTH] ?? 0);
    const to = from + (block.words[word + Head.VALUE_LENGTH] ?? 0);
    return block.octets.toString('latin1', from, to);
  }

  #spotOf(row: number): Spot {
    return this.#spotAt(this.#places[row] ?? 0);
  }

  #spotAt(place: number): Spot {
    const block = assertDefined(
      this.#blocks[Math.floor(place / BLOCK_WORDS)],
      'a place in no block',
    );
    return { block, word: place % BLOCK_WORDS };
  }

  #replace(row: number, key: K, value: string): void {
    const { block, word } = this.#spotOf(row);
    const room = block.words[word + Head.ROOM] ?? 0;
    const isTooMuch = room > ROOM_MAX * (key.length + value.length) + ROOM_SPARE;
    if (value.length <= room && !isTooMuch) {
      block.words[word + Head.VALUE_LENGTH] = value.length;
      block.octets.write(value, (word + HEAD_WORDS) * WORD + key.length, 'latin1');
      return;
    }
    const before = this.#places[row] ?? 0;
    // What grows grows again: of a name that is read entry by entry.
    const spare = value.length > room ? Math.floor(value.length / 4) : 0;
    this.#places[row] = this.#write(row, key, value, spare);
    this.#waste(before);
    this.#tidy();
  }

  #write(row: number, key: K, value: string, spare = 0): number {
    const octetCount = roundedUp(key.length + value.length + spare);
    const { block, word, place } = this.#roomFor(HEAD_WORDS * WORD + octetCount);
    block.words[word + Head.ROW] = row;
    block.words[word + Head.KEY_LENGTH] = key.length;
    block.words[word + Head.VALUE_LENGTH] = value.length;
    block.words[word + Head.ROOM] = octetCount - key.length;
    const from = (word + HEAD_WORDS) * WORD;
    block.octets.write(key, from, 'latin1');
    block.octets.write(value, from + key.length, 'latin1');
    return place;
  }

  /** So many octets, a multiple of words, at the end of the open block. */
  #roomFor(octetCount: number): Spot & { readonly place: number } {
    let block = this.#blocks[this.#open];
    if (block === undefined || block.end + octetCount > block.octets.length) {
      block = this.#begin(octetCount);
    }
    const word = block.end / WORD;
    block.end += octetCount;
    return { block, word, place: this.#open * BLOCK_WORDS + word };
  }

  #begin(octetCount: number): Block {
    const usual = Math.min(BLOCK_OCTETS, FIRST_BLOCK_OCTETS * 4 ** this.#blocks.length);
    // Larger than a block an entry is alone in one: its place is that block's first.
    const size = Math.max(usual, octetCount + WORD);
    const octets = Buffer.allocUnsafeSlow(size);
    const words = new Uint32Array(octets.buffer, 0, size / WORD);
    const block = { octets, words, end: WORD, wasteOctets: 0 };
    const full = this.#blocks[this.#open];
    if (full !== undefined) {
      // What is free at its end is lost, too.
      full.wasteOctets += full.octets.length - full.end;
      if (isWasted(full)) this.#wasted.push(full);
    }
    this.#open = this.#freeBlocks.pop() ?? this.#blocks.length;
    if (this.#open >= BLOCKS_MAX) throw new InvariantError('more than 16 GB of texts');
    this.#blocks[this.#open] = block;
    return block;
  }

  #waste(place: number): void {
    const { block, word } = this.#spotAt(place);
    block.wasteOctets += octetsOf(block, word);
    const isOpen = block === this.#blocks[this.#open];
    if (!isOpen && isWasted(block)) this.#wasted.push(block);
  }

  /** Between two changes: what moves may itself fill blocks. */
  #tidy(): void {
    for (let block = this.#wasted.pop(); block; block = this.#wasted.pop()) this.#moveOut(block);
  }

  /** Whatever is left in it goes to the end of all, and the block is given back. */
  #moveOut(from: Block): void {
    const index = this.#blocks.indexOf(from);
    if (index < 0) return;
    for (let word = 1; word * WORD < from.end; ) {
      const octetCount = octetsOf(from, word);
      const row = from.words[word + Head.ROW] ?? 0;
      if (this.#places[row] === index * BLOCK_WORDS + word) {
        const to = this.#roomFor(octetCount);
        from.octets.copy(to.block.octets, to.word * WORD, word * WORD, word * WORD + octetCount);
        this.#places[row] = to.place;
      }
      word += octetCount / WORD;
    }
    this.#blocks[index] = undefined;
    this.#freeBlocks.push(index);
  }

  #grow(): void {
    const larger = new Uint32Array(2 * this.#places.length);
    larger.set(this.#places);
    this.#places = larger;
  }
}

function octetsOf({ words }: Block, word: number): number {
  const content = (words[word + Head.KEY_LENGTH] ?? 0) + (words[word + Head.ROOM] ?? 0);
  return HEAD_WORDS * WORD + content;
}

function isWasted({ octets, wasteOctets }: Block): boolean {
  return wasteOctets > octets.length * WASTE_MAX;
}

function roundedUp(octets: number): number {
  return Math.ceil(octets / WORD) * WORD;
}
