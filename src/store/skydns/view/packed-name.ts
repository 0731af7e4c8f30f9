/**
 * A name at rest in one text: what was last said of it, its facts, the keys of what may answer there
 * from one level below. Names are many and seldom looked at: as objects a fact took some
 * 130 octets beside its texts (heap snapshot, 150,000 facts), and the collector's time with each.
 * In a text one of our IPv4 addresses takes some 25 octets.
 *
 *   said and flags | facts: kind, leaf, value, revision, TTL, marks[, lease] | raised keys
 *
 * Numbers, texts and leaves as in packed/octets.ts, values as in packed/value.ts.
 */

import { LEAF_LENGTH } from '../own-leaf.ts';
import { Packer, Unpacker } from '../packed/octets.ts';
import { packValue, skipValue, unpackValue } from '../packed/value.ts';
import type { Fact } from './fact.ts';
import type { NameSlot } from './name-slot.ts';

const SAID = 0x03;
const HAS_LEASES = 0x04;
const HAS_RAISED = 0x08;

const IS_BELOW = 0x01;
const IS_LEAF = 0x02;
/** Of an entry of ours, below its name. */
const LEAF = new RegExp(`^/[0-9a-f]{${LEAF_LENGTH}}$`);

const packer = new Packer();

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
    // Nearly always a key begins with its name's path, and ours go on with a leaf.
    const isBelow = key.startsWith(path);
    const rest = isBelow ? key.slice(path.length) : key;
    const isLeaf = isBelow && LEAF.test(rest);
    packer.octet((isBelow ? IS_BELOW : 0) | (isLeaf ? IS_LEAF : 0));
    if (isLeaf) packer.hex(rest.slice(1));
    else packer.text(rest);
    packValue(packer, value);
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

export type KeyRevision = readonly [key: string, modRevision: number];

/** The keys of its facts, and the revision each is from. */
export function* revisionsIn(
  path: string,
  packed: string,
): Generator<KeyRevision, void, undefined> {
  const unpacker = new Unpacker(packed);
  const isLeased = (unpacker.number() & HAS_LEASES) !== 0;
  for (let count = unpacker.number(); count > 0; count--) {
    const key = unpackKey(unpacker, path);
    skipValue(unpacker);
    const modRevision = unpacker.number();
    unpacker.number();
    unpacker.number();
    if (isLeased) unpacker.skip(unpacker.number());
    yield [key, modRevision];
  }
}

/** Not dirty. Its texts may be pieces of `packed`. */
export function unpackName(path: string, packed: string): NameSlot {
  const unpacker = new Unpacker(packed);
  const flags = unpacker.number();
  const isLeased = (flags & HAS_LEASES) !== 0;
  const facts: Fact[] = [];
  for (let count = unpacker.number(); count > 0; count--) {
    const key = unpackKey(unpacker, path);
    const value = unpackValue(unpacker);
    const modRevision = unpacker.number();
    const ttlSeconds = unpacker.number();
    const marks = unpacker.number();
    const leaseId = isLeased ? unpacker.text() || undefined : undefined;
    facts.push({ key, value, modRevision, leaseId, ttlSeconds, marks, entry: undefined });
  }
  let raised: string[] | undefined;
  if ((flags & HAS_RAISED) !== 0) {
    raised = Array.from({ length: unpacker.number() }, () => unpacker.text());
  }
  return { path, facts, raised, said: flags & SAID, isDirty: false };
}

function unpackKey(unpacker: Unpacker, path: string): string {
  const kind = unpacker.octet();
  const rest = (kind & IS_LEAF) === 0 ? unpacker.text() : `/${unpacker.hex(LEAF_LENGTH)}`;
  return (kind & IS_BELOW) === 0 ? rest : path + rest;
}
