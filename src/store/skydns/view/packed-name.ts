/**
 * A name at rest in one text: what was last said of it, its facts, the keys of what may answer there
 * from one level below. Names are many and seldom looked at: as objects a fact took some
 * 130 octets beside its texts (heap snapshot, 150,000 facts), and the collector's time with each; in
 * a text it takes its key's last label, its value and some ten octets.
 *
 *   said and flags | facts: leaf, value, revision, TTL, marks[, lease] | raised keys
 *
 * Numbers are in base 128, low digits first; each text after its length.
 */

import type { Fact } from './fact.ts';
import type { NameSlot } from './name-slot.ts';

const SAID = 0x03;
const HAS_LEASES = 0x04;
const HAS_RAISED = 0x08;

/** What was last said of the name. */
export function saidOf(packed: string): number {
  return packed.charCodeAt(0) & SAID;
}

/** Whether any of its facts hangs on a lease. */
export function hasLeases(packed: string): boolean {
  return (packed.charCodeAt(0) & HAS_LEASES) !== 0;
}

export function packName({ path, said, facts, raised = [] }: NameSlot): string {
  const isLeased = facts.some(({ leaseId }) => leaseId !== undefined);
  const flags = (isLeased ? HAS_LEASES : 0) | (raised.length > 0 ? HAS_RAISED : 0);
  packer.begin();
  packer.number(said | flags);
  packer.number(facts.length);
  for (const { key, value, modRevision, ttlSeconds, marks, leaseId } of facts) {
    // Nearly always a key begins with its name's path.
    const shared = key.startsWith(path) ? path.length : 0;
    packer.number(shared === 0 ? 0 : 1);
    packer.text(shared === 0 ? key : key.slice(shared));
    packer.text(value);
    packer.number(modRevision);
    packer.number(ttlSeconds);
    packer.number(marks);
    if (isLeased) packer.text(leaseId ?? '');
  }
  if (raised.length > 0) {
    packer.number(raised.length);
    for (const key of raised) packer.text(key);
  }
  return packer.end();
}

/** Not dirty; its texts are pieces of `packed`. */
export function unpackName(path: string, packed: string): NameSlot {
  const unpacker = new Unpacker(packed);
  const flags = unpacker.number();
  const isLeased = (flags & HAS_LEASES) !== 0;
  const facts: Fact[] = [];
  for (let count = unpacker.number(); count > 0; count--) {
    const isBelow = unpacker.number() === 1;
    const text = unpacker.text();
    const value = unpacker.text();
    const modRevision = unpacker.number();
    const ttlSeconds = unpacker.number();
    const marks = unpacker.number();
    const leaseId = isLeased ? unpacker.text() || undefined : undefined;
    const key = isBelow ? path + text : text;
    facts.push({ key, value, modRevision, leaseId, ttlSeconds, marks, entry: undefined });
  }
  let raised: string[] | undefined;
  if ((flags & HAS_RAISED) !== 0) {
    raised = Array.from({ length: unpacker.number() }, () => unpacker.text());
  }
  return { path, facts, raised, said: flags & SAID, isDirty: false };
}

class Packer {
  #octets = Buffer.alloc(16_384);
  #at = 0;

  begin(): void {
    this.#at = 0;
  }

  /** A whole number from 0. */
  number(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest > 0x7f) {
      this.#octets[this.#at++] = 0x80 | (rest % 128);
      rest = Math.floor(rest / 128);
    }
    this.#octets[this.#at++] = rest;
  }

  /** One character an octet. */
  text(text: string): void {
    this.number(text.length);
    this.#room(text.length);
    this.#octets.write(text, this.#at, 'latin1');
    this.#at += text.length;
  }

  end(): string {
    return this.#octets.toString('latin1', 0, this.#at);
  }

  #room(octets: number): void {
    if (this.#at + octets <= this.#octets.length) return;
    const larger = Buffer.alloc(2 * (this.#at + octets));
    this.#octets.copy(larger, 0, 0, this.#at);
    this.#octets = larger;
  }
}

const packer = new Packer();

class Unpacker {
  readonly #packed: string;
  #at = 0;

  constructor(packed: string) {
    this.#packed = packed;
  }

  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const digit = this.#packed.charCodeAt(this.#at++);
      value += (digit & 0x7f) * factor;
      if (digit < 0x80) return value;
    }
  }

  text(): string {
    const length = this.number();
    this.#at += length;
    return this.#packed.slice(this.#at - length, this.#at);
  }
}
