/**
 * KeyRevisions: the mod revision of each of very many keys, told apart by 64 bits of hash: 16 octets
 * a key, and half as much room to grow, outside the heap (a Map took 49 octets a key at 150,000 keys,
 * and kept the key beside). Two keys of one hash would look as a lost event does: of 3,000,000 keys
 * any two, with a chance of one in four million.
 */

const SLOTS_MIN = 1024;
/** Of its slots that are taken before it grows. */
const LOAD_MAX = 0.7;

/** A key by its hash. */
export type KeyId = string;

export interface DifferingKey {
  readonly id: KeyId;
  /** undefined: it is known here, and not there; only its hash is. */
  readonly key: string | undefined;
}

export class KeyRevisions {
  /** Of each slot the two halves of the hash; the revision, 0: the slot is free. */
  #hashes = new Uint32Array(2 * SLOTS_MIN);
  #revisions = new Float64Array(SLOTS_MIN);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): number | undefined {
    return this.#revisions[this.#slotOf(...hash(key))] || undefined;
  }

  set(key: string, revision: number): void {
    const [first, second] = hash(key);
    let slot = this.#slotOf(first, second);
    if (this.#revisions[slot] === 0) {
      if (++this.#size > this.#revisions.length * LOAD_MAX) {
        this.#grow();
        slot = this.#slotOf(first, second);
      }
      this.#hashes[2 * slot] = first;
      this.#hashes[2 * slot + 1] = second;
    }
    this.#revisions[slot] = revision;
  }

  delete(key: string): void {
    const free = this.#slotOf(...hash(key));
    if (this.#revisions[free] === 0) return;
    this.#size--;
    this.#revisions[free] = 0;
    this.#closeGap(free);
  }

  /** Those that differ: keys of another revision, keys that are not known, keys that are not there. */
  differing(there: ReadonlyMap<string, { readonly modRevision: number }>): DifferingKey[] {
    const isSeen = new Uint8Array(this.#revisions.length);
    const differing: DifferingKey[] = [];
    for (const [key, { modRevision }] of there) {
      const slot = this.#slotOf(...hash(key));
      isSeen[slot] = 1;
      if (this.#revisions[slot] !== modRevision) differing.push({ id: keyId(key), key });
    }
    for (let slot = 0; slot < isSeen.length; slot++) {
      if (isSeen[slot] === 1 || this.#revisions[slot] === 0) continue;
      const id = idOf(this.#hashes[2 * slot] ?? 0, this.#hashes[2 * slot + 1] ?? 0);
      differing.push({ id, key: undefined });
    }
    return differing;
  }

  /** Where it is, or the free slot where it would be. */
  #slotOf(first: number, second: number): number {
    const mask = this.#revisions.length - 1;
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      if (this.#revisions[slot] === 0) return slot;
      if (this.#hashes[2 * slot] === first && this.#hashes[2 * slot + 1] === second) return slot;
    }
  }

  /** Whoever would be looked for over a slot that is free now moves into it. */
  #closeGap(gap: number): void {
    const mask = this.#revisions.length - 1;
    let free = gap;
    for (let slot = (gap + 1) & mask; this.#revisions[slot] !== 0; slot = (slot + 1) & mask) {
      const home = (this.#hashes[2 * slot] ?? 0) & mask;
      const isPastFree = ((slot - home) & mask) >= ((slot - free) & mask);
      if (!isPastFree) continue;
      this.#move(slot, free);
      free = slot;
    }
  }

  #move(from: number, to: number): void {
    this.#hashes[2 * to] = this.#hashes[2 * from] ?? 0;
    this.#hashes[2 * to + 1] = this.#hashes[2 * from + 1] ?? 0;
    this.#revisions[to] = this.#revisions[from] ?? 0;
    this.#revisions[from] = 0;
  }

  #grow(): void {
    const [hashes, revisions] = [this.#hashes, this.#revisions];
    this.#hashes = new Uint32Array(2 * hashes.length);
    this.#revisions = new Float64Array(2 * revisions.length);
    for (let slot = 0; slot < revisions.length; slot++) {
      const revision = revisions[slot] ?? 0;
      if (revision === 0) continue;
      const [first, second] = [hashes[2 * slot] ?? 0, hashes[2 * slot + 1] ?? 0];
      const to = this.#slotOf(first, second);
      this.#hashes[2 * to] = first;
      this.#hashes[2 * to + 1] = second;
      this.#revisions[to] = revision;
    }
  }
}

export function keyId(key: string): KeyId {
  return idOf(...hash(key));
}

function idOf(first: number, second: number): KeyId {
  return `${first} ${second}`;
}

/** Two halves that have nothing to do with each other: FNV-1a, and the step of MurmurHash2. */
function hash(key: string): [first: number, second: number] {
  let first = 0x811c9dc5;
  let second = key.length;
  for (let index = 0; index < key.length; index++) {
    const octet = key.charCodeAt(index);
    first = Math.imul(first ^ octet, 0x01000193);
    second = Math.imul(second ^ octet, 0x5bd1e995);
    second ^= second >>> 15;
  }
  // The low bits choose the slot: those of FNV alone follow the last octets.
  first ^= first >>> 16;
  return [first >>> 0, second >>> 0];
}
