/**
 * Lookup outcomes -> RRsets per section. Names what goes into a reply; respond.ts writes it.
 * RFC 1034 section 4.3.2 (chain, referral), 2308 (SOA), 8482 (ANY), 9471 (glue). Hot.
 */

import { Rcode, RRType } from '../dns/codes.ts';
import { NameKey } from '../dns/wire/name-key.ts';
import {
  hasFlag,
  type ImageNode,
  NodeFlag,
  nameAt,
  nameOctetsOf,
  rrsetOf,
} from './content/flat-node.ts';
import { countOf, hasTargets, targetAt, typeOf } from './content/flat-rrset.ts';
import type { ImageMemory } from './content/image-memory.ts';
import { findNode } from './content/node-table.ts';
import type { ZoneImage } from './image.ts';
import { ADDITIONAL_TARGETS_MAX, CHAIN_LENGTH_MAX } from './limits.ts';
import { Found, findSource, lookup, Outcome, scratch } from './lookup.ts';
import { findZone, type Zone, type Zones } from './zones.ts';

/** In the order in which they are written. */
export const Part = { ANSWER: 0, AUTHORITY: 1, GLUE: 2, ADDITIONAL: 3 } as const;

/** An owner that is the question's name, which stands in the reply already. */
export const QUESTION_OWNER = -1;

/** RRsets of one reply, in order; one object for each thread, its arrays grow and stay. */
export class Answer {
  rcode: number = Rcode.NOERROR;
  isAuthoritative = true;
  /** Outcome of the asked name itself: ALIAS when a chain began there. */
  firstOutcome: number = Outcome.NXDOMAIN;
  /** Node of the asked name; 0 when a wildcard spoke for it or it does not exist. */
  firstNode: ImageNode = 0;
  count = 0;
  readonly parts: number[] = [];
  /** Where the RRset lies, and its ref there. */
  readonly memories: ImageMemory[] = [];
  readonly rrsets: number[] = [];
  /** Where the owner's octets lie, and at which of them it begins, or QUESTION_OWNER. */
  readonly ownerMemories: ImageMemory[] = [];
  readonly ownerAts: number[] = [];

  reset(): void {
    this.rcode = Rcode.NOERROR;
    this.isAuthoritative = true;
    this.firstOutcome = Outcome.NXDOMAIN;
    this.firstNode = 0;
    this.count = 0;
  }

  add(part: number, owner: NamePlace, memory: ImageMemory, rrset: number): void {
    const index = this.count++;
    this.parts[index] = part;
    this.memories[index] = memory;
    this.rrsets[index] = rrset;
    this.ownerMemories[index] = owner.memory;
    this.ownerAts[index] = owner.at;
  }

  /** Whether the RRset is there under this owner (by a wildcard it may be there under others). */
  has(owner: NamePlace, memory: ImageMemory, rrset: number): boolean {
    for (let index = 0; index < this.count; index++) {
      if (this.rrsets[index] !== rrset || this.memories[index] !== memory) continue;
      const at = this.ownerAts[index] as number;
      if (at === QUESTION_OWNER) continue;
      const { bytes } = this.ownerMemories[index] as ImageMemory;
      if (isSameName(bytes, at, owner)) return true;
    }
    return false;
  }
}

/** Where a name stands; reused. */
class NamePlace {
  memory: ImageMemory = scratch.memory;
  at: number = QUESTION_OWNER;

  set(memory: ImageMemory, at: number): this {
    this.memory = memory;
    this.at = at;
    return this;
  }
}

// One query at a time in a thread: reused, so that a query allocates nothing.
const found = new Found();
const targetKey = new NameKey();
const addressKey = new NameKey();
const chainOwner = new NamePlace();
const otherOwner = new NamePlace();

/** `zone.image` must be loaded, `key` at or below its apex. */
export function collectAnswer(
  zones: Zones,
  question: { readonly zone: Zone; readonly key: NameKey; readonly type: number },
  answer: Answer,
): void {
  const { type } = question;
  let image = question.zone.image as ZoneImage;
  let key = question.key;
  scratch.empty();
  chainOwner.set(scratch.memory, QUESTION_OWNER);
  for (let chained = 0; ; chained++) {
    lookup(image, key, type, found);
    if (chained === 0) {
      answer.firstOutcome = found.outcome;
      answer.firstNode = found.isWildcard ? 0 : found.node;
    }
    if (found.outcome !== Outcome.ALIAS) break;
    // A loop: what was seen is the answer.
    if (chained === CHAIN_LENGTH_MAX || isSeen(answer, question.key)) return;
    const { memory, rrset } = found;
    answer.add(Part.ANSWER, chainOwner, memory, rrset);
    chainOwner.set(memory, targetAt(memory.words, rrset, 0));
    targetKey.setOctets(memory.bytes, chainOwner.at);
    key = targetKey;
    const next = findZone(zones, key, 0);
    // Out of our zones, or into one that is not loaded: the resolver asks on by itself.
    if (next?.image === undefined) return;
    image = next.image;
  }
  addOutcome(image, answer);
}

/** Whether the chain has been at where it is now. */
function isSeen(answer: Answer, asked: NameKey): boolean {
  if (chainOwner.at === QUESTION_OWNER) return false;
  for (let index = 0; index < answer.count; index++) {
    const at = answer.ownerAts[index] as number;
    const { bytes } = answer.ownerMemories[index] as ImageMemory;
    const isSame =
      at === QUESTION_OWNER
        ? targetKey.length === asked.length &&
          asked.isSuffixAt(0, targetKey.octets, 0, targetKey.length)
        : isSameName(bytes, at, chainOwner);
    if (isSame) return true;
  }
  return false;
}

function isSameName(bytes: Uint8Array, at: number, { memory, at: otherAt }: NamePlace): boolean {
  const other = memory.bytes;
  for (let step = 0; ; ) {
    const length = bytes[at + step] as number;
    for (let index = step + length; index >= step; index--) {
      if (bytes[at + index] !== other[otherAt + index]) return false;
    }
    if (length === 0) return true;
    step += length + 1;
  }
}

/** How the chain, or the asked name at once, ends in `image`. */
function addOutcome(image: ZoneImage, answer: Answer): void {
  const { memory, rrset } = found;
  switch (found.outcome) {
    case Outcome.HIT:
      answer.add(Part.ANSWER, chainOwner, memory, rrset);
      addTargets(image, answer);
      return;
    case Outcome.DELEGATION:
      // RFC 1035 section 4.1.1: AA speaks of the first owner, which after a CNAME was ours.
      answer.isAuthoritative = answer.count > 0;
      otherOwner.set(memory, nameAt(found.node));
      answer.add(Part.AUTHORITY, otherOwner, memory, rrset);
      addGlue(image, found.node, answer);
      return;
    default:
      if (found.outcome === Outcome.NXDOMAIN) answer.rcode = Rcode.NXDOMAIN;
      otherOwner.set(image.memory, nameAt(image.apexNode));
      answer.add(Part.AUTHORITY, otherOwner, image.memory, image.negativeSoa);
  }
}

/** Addresses of what NS, MX and SRV name, where they are this zone's own: useful, never required. */
function addTargets(image: ZoneImage, answer: Answer): void {
  const { memory, rrset } = found;
  const type = typeOf(memory.words, rrset);
  if (!hasTargets(type) || type === RRType.CNAME || type === RRType.PTR) return;
  const limit = Math.min(countOf(memory.words, rrset), ADDITIONAL_TARGETS_MAX);
  for (let index = 0; index < limit; index++) {
    const at = targetAt(memory.words, rrset, index);
    addressKey.setOctets(memory.bytes, at);
    if (!isInZone(image, addressKey)) continue;
    if (image.cutCount > 0 && cutAbove(image, addressKey) !== 0) continue;
    const exact = findNode(image, addressKey, 0);
    const node = exact === 0 ? findSource(image, addressKey) : exact;
    if (node === 0) continue;
    otherOwner.set(memory, at);
    addAddresses(image, { node, part: Part.ADDITIONAL }, answer);
  }
}

/**
 * Glue of a referral. RFC 9471: addresses of name servers below this very cut are required, for
 * without them nobody finds it; those below another cut or in our own data are a kindness.
 */
function addGlue(image: ZoneImage, cut: ImageNode, answer: Answer): void {
  const count = countOf(found.memory.words, found.rrset);
  for (let index = 0; index < count; index++) {
    addGlueOf(image, { index, cut, part: Part.GLUE }, answer);
  }
  const limit = Math.min(count, ADDITIONAL_TARGETS_MAX);
  for (let index = 0; index < limit; index++) {
    addGlueOf(image, { index, cut, part: Part.ADDITIONAL }, answer);
  }
}

function addGlueOf(
  image: ZoneImage,
  of: { readonly index: number; readonly cut: ImageNode; readonly part: number },
  answer: Answer,
): void {
  const { memory, rrset } = found;
  const at = targetAt(memory.words, rrset, of.index);
  addressKey.setOctets(memory.bytes, at);
  if (!isInZone(image, addressKey)) return;
  const isBelow = cutAbove(image, addressKey) === of.cut;
  if (isBelow !== (of.part === Part.GLUE)) return;
  const node = findNode(image, addressKey, 0);
  if (node === 0) return;
  otherOwner.set(memory, at);
  addAddresses(image, { node, part: of.part }, answer);
}

/** Those of `node`, under the name that `otherOwner` is. */
function addAddresses(
  image: ZoneImage,
  of: { readonly node: ImageNode; readonly part: number },
  answer: Answer,
): void {
  const { words } = image.memory;
  addAddress(image, { rrset: rrsetOf(words, of.node, RRType.A), part: of.part }, answer);
  addAddress(image, { rrset: rrsetOf(words, of.node, RRType.AAAA), part: of.part }, answer);
}

/** MX and SRV may name one target twice; NS cannot, so glue of a huge set needs no search. */
function addAddress(
  image: ZoneImage,
  of: { readonly rrset: number; readonly part: number },
  answer: Answer,
): void {
  if (of.rrset === 0) return;
  if (of.part === Part.ADDITIONAL && answer.has(otherOwner, image.memory, of.rrset)) return;
  answer.add(of.part, otherOwner, image.memory, of.rrset);
}

function isInZone(image: ZoneImage, key: NameKey): boolean {
  const label = key.labelCount - image.apexLabelCount;
  if (label < 0) return false;
  const { words, bytes } = image.memory;
  const { apexNode } = image;
  return key.isSuffixAt(label, bytes, nameAt(apexNode), nameOctetsOf(words, apexNode));
}

/** The highest cut at or above the key; 0: none. */
function cutAbove(image: ZoneImage, key: NameKey): ImageNode {
  const { words } = image.memory;
  for (let label = key.labelCount - image.apexLabelCount - 1; label >= 0; label--) {
    const node = findNode(image, key, label);
    if (node === 0 || hasFlag(words, node, NodeFlag.CUT)) return node;
  }
  return 0;
}
