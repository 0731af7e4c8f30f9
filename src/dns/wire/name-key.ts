/**
 * NameKey: one name as octets with a hash for each of its suffixes, reused for every look-up of
 * a thread. Takes a question or a DomainName, gives what the zone's tables are searched with.
 * Our choice: no string is built for an asked name (saves about 0.4 us a query, bench/micro).
 */

import { NAME_LABELS_MAX, NAME_OCTETS_MAX } from '../limits.ts';
import type { DomainName } from '../name.ts';

/** FNV-1a, from the last octet backwards, so that one pass gives the hash of every suffix. */
let hashStart = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;
const STAR = 0x2a;
/** RFC 4343: A-Z compare as a-z, nothing else folds. */
export const FOLDED: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet,
);

/**
 * Makes the hashes of this process its own, so that whoever writes names cannot choose ones that
 * collide. To be called once in each thread, with the same seed in all that share images, and
 * before the first of them is built: hashes are kept in images.
 */
export function seedNameHash(seed: number): void {
  hashStart = (seed ^ 0x811c9dc5) | 0;
}

/** Hash of the root; `hashOctet` makes of it that of a longer name, octet by octet from the last. */
export function rootHash(): number {
  return hashStart;
}

export function hashOctet(hash: number, folded: number): number {
  return Math.imul(hash ^ folded, HASH_PRIME);
}

export class NameKey {
  /** Wire form, A-Z folded. */
  readonly octets = new Uint8Array(NAME_OCTETS_MAX + 1);
  /** Octets in use, the final zero included. */
  length = 0;
  /** Labels, the root excluded. */
  labelCount = 0;
  /** Offset of label i; at `labelCount` that of the root. */
  readonly starts = new Uint8Array(NAME_LABELS_MAX + 1);
  /** Hash of the suffix that begins with label i. */
  readonly hashes = new Int32Array(NAME_LABELS_MAX + 1);

  /**
   * Reads an uncompressed name (a question: RFC 9267, no pointers). Gives the offset after it, or
   * -1 when it is no legal name.
   */
  readQuestion(message: Uint8Array, offset: number): number {
    const end = message.length;
    let at = offset;
    let count = 0;
    for (;;) {
      if (at >= end) return -1;
      const length = message[at] as number;
      if (length === 0) break;
      if (length > 63 || at + 1 + length - offset >= NAME_OCTETS_MAX) return -1;
      this.starts[count++] = at - offset;
      at += length + 1;
    }
    const total = at + 1 - offset;
    const octets = this.octets;
    for (let index = 0; index < total; index++) {
      octets[index] = FOLDED[message[offset + index] as number] as number;
    }
    this.starts[count] = total - 1;
    this.labelCount = count;
    this.length = total;
    this.#hash();
    return at + 1;
  }

  setName(name: DomainName): void {
    const octets = this.octets;
    const length = name.length;
    for (let index = 0; index < length; index++) octets[index] = name.charCodeAt(index);
    this.#index();
  }

  /** A lower-case, uncompressed name that stands at `at` in `source`. */
  setOctets(source: Uint8Array, at: number): void {
    this.#append(source, at, 0);
    this.#index();
  }

  /**
   * The first `count` labels of another key in front of the name that stands at `at` in `suffix`;
   * false when that is too long.
   */
  setSuffixed(
    from: { readonly key: NameKey; readonly count: number },
    suffix: Uint8Array,
    at: number,
  ): boolean {
    const head = from.key.starts[from.count] as number;
    const { octets } = this;
    for (let index = 0; index < head; index++) octets[index] = from.key.octets[index] as number;
    if (!this.#append(suffix, at, head)) return false;
    this.#index();
    return true;
  }

  /** Whether the suffix that begins with label `label` is `name`. */
  isSuffix(label: number, name: DomainName): boolean {
    const start = this.starts[label] as number;
    const length = name.length;
    if (this.length - start !== length) return false;
    const octets = this.octets;
    for (let index = 0; index < length; index++) {
      if (octets[start + index] !== name.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Whether that suffix is the name of `length` octets that stands at `at` in `source`. */
  isSuffixAt(label: number, source: Uint8Array, at: number, length: number): boolean {
    const start = this.starts[label] as number;
    if (this.length - start !== length) return false;
    const octets = this.octets;
    for (let index = 0; index < length; index++) {
      if (octets[start + index] !== source[at + index]) return false;
    }
    return true;
  }

  /** Whether that name is `*` put in front of the suffix that begins with label `label`. */
  isWildcardAt(label: number, source: Uint8Array, at: number, length: number): boolean {
    if (source[at] !== 1 || source[at + 1] !== STAR) return false;
    return this.isSuffixAt(label, source, at + 2, length - 2);
  }

  /** The suffix as a value. Cold: builds a string. */
  toName(label = 0): DomainName {
    let text = '';
    for (let index = this.starts[label] as number; index < this.length; index++) {
      text += String.fromCharCode(this.octets[index] as number);
    }
    return text as DomainName;
  }

  /** The name at `at` behind the first `head` octets; false when the whole is too long. */
  #append(source: Uint8Array, at: number, head: number): boolean {
    const { octets } = this;
    let from = at;
    let to = head;
    for (;;) {
      const length = source[from] as number;
      if (to + length + 1 > NAME_OCTETS_MAX) return false;
      for (let index = 0; index <= length; index++) {
        octets[to + index] = source[from + index] as number;
      }
      if (length === 0) return true;
      from += length + 1;
      to += length + 1;
    }
  }

  #index(): void {
    const { octets, starts } = this;
    let count = 0;
    let at = 0;
    while ((octets[at] as number) > 0) {
      starts[count++] = at;
      at += (octets[at] as number) + 1;
    }
    starts[count] = at;
    this.labelCount = count;
    this.length = at + 1;
    this.#hash();
  }

  #hash(): void {
    const { octets, starts, hashes } = this;
    let hash = hashStart;
    let end = this.length - 1;
    hashes[this.labelCount] = hash;
    for (let label = this.labelCount - 1; label >= 0; label--) {
      const start = starts[label] as number;
      for (let index = end - 1; index >= start; index--) {
        hash = Math.imul(hash ^ (octets[index] as number), HASH_PRIME);
      }
      end = start;
      hashes[label] = hash;
    }
  }
}

/** Hash of a name's suffix that begins at octet `start`, equal to a NameKey's. */
export function hashName(name: DomainName, start = 0): number {
  let hash = hashStart;
  for (let index = name.length - 2; index >= start; index--) {
    hash = Math.imul(hash ^ name.charCodeAt(index), HASH_PRIME);
  }
  return hash;
}

/** Hash of `*` in front of a name whose hash is given. */
export function hashWildcard(parentHash: number): number {
  return Math.imul(Math.imul(parentHash ^ STAR, HASH_PRIME) ^ 1, HASH_PRIME);
}
