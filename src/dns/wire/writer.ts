/**
 * MessageWriter: a cursor over the caller's buffer, with name compression (RFC 1035 section
 * 4.1.4). Whoever writes checks `hasOverflowed` once per RRset and goes back to where it began:
 * nothing is ever written past the limit.
 */

import { NAME_LABELS_MAX } from '../limits.ts';
import type { DomainName } from '../name.ts';
import { HEADER_OCTETS } from './header.ts';
import { FOLDED, NameKey } from './name-key.ts';

/** Our choice: slots of the suffix table; a message with more distinct names compresses less. */
const SLOTS = 512;
const SUFFIXES_MAX = 256;
const POINTER_OFFSET_MAX = 0x3fff;
const NO_OCTETS = new Uint8Array(0);

export class MessageWriter {
  out: Uint8Array = new Uint8Array(0);
  offset = 0;
  /** Octets that may be used; lowered by what is kept back for OPT. */
  limit = 0;
  hasOverflowed = false;

  /** The name being written, with a hash for each of its suffixes from one pass. */
  readonly #key = new NameKey();
  readonly #hashes = new Int32Array(SLOTS);
  readonly #offsets = new Uint16Array(SLOTS);
  /** A slot belongs to this message when its stamp is the message's: saves clearing 512 slots. */
  readonly #stamps = new Uint32Array(SLOTS);
  #stamp = 0;
  #suffixCount = 0;
  /** The name that `nameBeside` wrote last, where it stood and where it stands; -1: none. */
  #lastSource: Uint8Array = NO_OCTETS;
  #lastAt = -1;
  #lastOffset = 0;

  start(out: Uint8Array, offset: number, limit: number): void {
    this.out = out;
    this.offset = offset;
    this.limit = limit;
    this.hasOverflowed = false;
    this.#suffixCount = 0;
    this.#lastAt = -1;
    this.#stamp = (this.#stamp + 1) >>> 0;
    if (this.#stamp === 0) {
      this.#stamps.fill(0);
      this.#stamp = 1;
    }
  }

  /** Back to where an RRset began; suffixes noted above it are checked against bytes anyway. */
  rewind(offset: number): void {
    this.offset = offset;
    this.hasOverflowed = false;
    this.#lastAt = -1;
  }

  /** Whether `count` more octets fit; notes the overflow when they do not. */
  fits(count: number): boolean {
    if (this.offset + count <= this.limit) return true;
    this.hasOverflowed = true;
    return false;
  }

  uint16(value: number): void {
    if (!this.fits(2)) return;
    this.out[this.offset++] = value >>> 8;
    this.out[this.offset++] = value;
  }

  uint32(value: number): void {
    if (!this.fits(4)) return;
    this.out[this.offset++] = value >>> 24;
    this.out[this.offset++] = value >>> 16;
    this.out[this.offset++] = value >>> 8;
    this.out[this.offset++] = value;
  }

  /** `source[from, to)`. A loop for short runs: `set` of a subarray allocates. */
  copy(source: Uint8Array, from: number, to: number): void {
    if (!this.fits(to - from)) return;
    const { out } = this;
    let at = this.offset;
    if (to - from > 128) {
      out.set(source.subarray(from, to), at);
      this.offset = at + to - from;
      return;
    }
    for (let index = from; index < to; index++) out[at++] = source[index] as number;
    this.offset = at;
  }

  /** Notes the suffixes of an uncompressed name that stands at `offset` (the question). */
  noteName(offset: number, starts: Uint8Array, hashes: Int32Array, labelCount: number): void {
    for (let label = 0; label < labelCount; label++) {
      const at = offset + (starts[label] as number);
      if (at <= POINTER_OFFSET_MAX) this.#note(hashes[label] as number, at);
    }
  }

  /** A name, compressed against what the message holds already. */
  name(name: DomainName): void {
    this.#key.setName(name);
    this.#write();
  }

  /** The same of a lower-case, uncompressed name that stands at `at` in `source`. */
  nameOctets(source: Uint8Array, at: number): void {
    this.#key.setOctets(source, at);
    this.#write();
  }

  /**
   * The same, compressed against the question alone and the name that this wrote last: all that a
   * message of few names needs, and no name has to be hashed for it.
   */
  nameBeside(question: NameKey, source: Uint8Array, at: number): void {
    if (at === this.#lastAt && source === this.#lastSource) {
      this.uint16(0xc000 | this.#lastOffset);
      return;
    }
    const count = readStarts(source, at);
    let own = count;
    let asked = question.labelCount;
    while (
      own > 0 &&
      asked > 0 &&
      isSameLabel(question, asked - 1, source, at + startAt(own - 1))
    ) {
      own--;
      asked--;
    }
    const shared = HEADER_OCTETS + (question.starts[asked] as number);
    this.#lastAt = own === 0 || this.offset <= POINTER_OFFSET_MAX ? at : -1;
    this.#lastSource = source;
    this.#lastOffset = own === 0 ? shared : this.offset;
    this.copy(source, at, at + startAt(own));
    if (own < count) this.uint16(0xc000 | shared);
    else if (this.fits(1)) this.out[this.offset++] = 0;
  }

  #write(): void {
    const { octets, starts, hashes, labelCount } = this.#key;
    for (let label = 0; label < labelCount; label++) {
      const hash = hashes[label] as number;
      const known = this.#find(hash, starts[label] as number);
      if (known >= 0) {
        this.uint16(0xc000 | known);
        return;
      }
      if (this.offset <= POINTER_OFFSET_MAX) this.#note(hash, this.offset);
      this.copy(octets, starts[label] as number, starts[label + 1] as number);
      if (this.hasOverflowed) return;
    }
    if (this.fits(1)) this.out[this.offset++] = 0;
  }

  #note(hash: number, offset: number): void {
    if (this.#suffixCount >= SUFFIXES_MAX) return;
    let slot = slotOf(hash);
    while (this.#stamps[slot] === this.#stamp) slot = (slot + 1) & (SLOTS - 1);
    this.#stamps[slot] = this.#stamp;
    this.#hashes[slot] = hash;
    this.#offsets[slot] = offset;
    this.#suffixCount++;
  }

  /** Where the suffix of the key that begins at octet `start` stands already; -1: nowhere. */
  #find(hash: number, start: number): number {
    let slot = slotOf(hash);
    while (this.#stamps[slot] === this.#stamp) {
      const offset = this.#offsets[slot] as number;
      if (this.#hashes[slot] === hash && this.#isNameAt(offset, start)) return offset;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return -1;
  }

  /** Whether the bytes at `offset` spell the key from `start` on, case folded, pointers followed. */
  #isNameAt(offset: number, start: number): boolean {
    const { out } = this;
    const { octets } = this.#key;
    let at = offset;
    let index = start;
    for (;;) {
      let length = out[at] as number;
      while (length >= 0xc0) {
        // What a rewind left behind reaches past the cursor and will be overwritten: a pointer, too.
        if (at + 1 >= this.offset) return false;
        const target = ((length & 0x3f) << 8) | (out[at + 1] as number);
        if (target >= at) return false;
        at = target;
        length = out[at] as number;
      }
      if (at + length >= this.offset) return false;
      if (length !== octets[index]) return false;
      if (length === 0) return true;
      for (let step = 1; step <= length; step++) {
        if (FOLDED[out[at + step] as number] !== octets[index + step]) return false;
      }
      at += length + 1;
      index += length + 1;
    }
  }
}

/** Where the labels of the name at hand begin; after the last, where its zero octet stands. */
const labelStarts = new Uint8Array(NAME_LABELS_MAX + 1);

function startAt(label: number): number {
  return labelStarts[label] as number;
}

/** Fills `labelStarts` from the name that stands at `at`; gives the number of its labels. */
function readStarts(source: Uint8Array, at: number): number {
  let count = 0;
  let start = 0;
  for (let length = source[at] as number; length > 0; length = source[at + start] as number) {
    labelStarts[count++] = start;
    start += length + 1;
  }
  labelStarts[count] = start;
  return count;
}

function isSameLabel(key: NameKey, label: number, source: Uint8Array, at: number): boolean {
  const { octets } = key;
  const start = key.starts[label] as number;
  const length = source[at] as number;
  for (let index = 0; index <= length; index++) {
    if (octets[start + index] !== source[at + index]) return false;
  }
  return true;
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
