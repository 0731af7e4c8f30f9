/**
 * Lookup outcomes -> RRsets per section. Names what goes into a reply; respond.ts writes it.
 * RFC 1034 section 4.3.2 (chain, referral), 2308 (SOA), 8482 (ANY), 9471 (glue). Hot.
 */

import { Rcode, RRType } from '../dns/codes.ts';
import type { DomainName } from '../dns/name.ts';
import { NameKey } from '../dns/wire/name-key.ts';
import type { ImageRRset } from './content/image-rrset.ts';
import { findNode } from './content/node-table.ts';
import type { ImageNode, ZoneImage } from './image.ts';
import { ADDITIONAL_TARGETS_MAX, CHAIN_LENGTH_MAX } from './limits.ts';
import { Found, findSource, lookup, Outcome, rrsetOf } from './lookup.ts';
import { findZone, type Zone, type Zones } from './zones.ts';

/** In the order in which they are written. */
export const Part = { ANSWER: 0, AUTHORITY: 1, GLUE: 2, ADDITIONAL: 3 } as const;

/** RRsets of one reply, in order; one object for each thread, its arrays grow and stay. */
export class Answer {
  rcode: number = Rcode.NOERROR;
  isAuthoritative = true;
  /** Outcome of the asked name itself: ALIAS when a chain began there. */
  firstOutcome: number = Outcome.NXDOMAIN;
  /** Node of the asked name; undefined when a wildcard spoke for it or it does not exist. */
  firstNode: ImageNode | undefined = undefined;
  count = 0;
  readonly rrsets: ImageRRset[] = [];
  /** undefined: the question's name. */
  readonly owners: (DomainName | undefined)[] = [];
  readonly parts: number[] = [];

  reset(): void {
    this.rcode = Rcode.NOERROR;
    this.isAuthoritative = true;
    this.firstOutcome = Outcome.NXDOMAIN;
    this.firstNode = undefined;
    this.count = 0;
  }

  add(part: number, owner: DomainName | undefined, rrset: ImageRRset): void {
    this.parts[this.count] = part;
    this.owners[this.count] = owner;
    this.rrsets[this.count] = rrset;
    this.count++;
  }

  has(owner: DomainName | undefined, rrset: ImageRRset): boolean {
    for (let index = 0; index < this.count; index++) {
      if (this.rrsets[index] === rrset && this.owners[index] === owner) return true;
    }
    return false;
  }
}

// One query at a time in a thread: reused, so that a query allocates nothing.
const found = new Found();
const targetKey = new NameKey();
const addressKey = new NameKey();

/** `zone.image` must be loaded, `key` at or below its apex. */
export function collectAnswer(
  zones: Zones,
  question: { readonly zone: Zone; readonly key: NameKey; readonly type: number },
  answer: Answer,
): void {
  const { type } = question;
  let image = question.zone.image as ZoneImage;
  let key = question.key;
  let owner: DomainName | undefined;
  for (let chained = 0; ; chained++) {
    lookup(image, key, type, found);
    if (chained === 0) {
      answer.firstOutcome = found.outcome;
      answer.firstNode = found.isWildcard ? undefined : found.node;
    }
    if (found.outcome !== Outcome.ALIAS) break;
    const alias = found.rrset as ImageRRset;
    // A loop: what was seen is the answer.
    if (chained === CHAIN_LENGTH_MAX || isSeen(answer, owner, question.key)) return;
    answer.add(Part.ANSWER, owner, alias);
    owner = alias.targets[0] as DomainName;
    targetKey.setName(owner);
    key = targetKey;
    const next = findZone(zones, key, 0);
    // Out of our zones, or into one that is not loaded: the resolver asks on by itself.
    if (next?.image === undefined) return;
    image = next.image;
  }
  addOutcome(image, owner, answer);
}

/** Whether the chain has been at `owner`. The asked name has no string: its bytes are compared. */
function isSeen(answer: Answer, owner: DomainName | undefined, asked: NameKey): boolean {
  if (owner === undefined) return false;
  for (let index = 0; index < answer.count; index++) {
    const seen = answer.owners[index];
    if (seen === undefined ? asked.isSuffix(0, owner) : seen === owner) return true;
  }
  return false;
}

/** How the chain, or the asked name at once, ends in `image`. */
function addOutcome(image: ZoneImage, owner: DomainName | undefined, answer: Answer): void {
  switch (found.outcome) {
    case Outcome.HIT: {
      const rrset = found.rrset as ImageRRset;
      answer.add(Part.ANSWER, owner, rrset);
      if (rrset.targets.length > 0) addTargets(image, rrset, answer);
      return;
    }
    case Outcome.DELEGATION: {
      const cut = found.node as ImageNode;
      // RFC 1035 section 4.1.1: AA speaks of the first owner, which after a CNAME was ours.
      answer.isAuthoritative = answer.count > 0;
      const rrset = found.rrset as ImageRRset;
      answer.add(Part.AUTHORITY, cut.name, rrset);
      addGlue(image, cut, answer);
      return;
    }
    default:
      if (found.outcome === Outcome.NXDOMAIN) answer.rcode = Rcode.NXDOMAIN;
      answer.add(Part.AUTHORITY, image.apex, image.negativeSoa as ImageRRset);
  }
}

/** Addresses of what NS, MX and SRV name, where they are this zone's own: useful, never required. */
function addTargets(image: ZoneImage, rrset: ImageRRset, answer: Answer): void {
  const { type, targets } = rrset;
  if (type !== RRType.NS && type !== RRType.MX && type !== RRType.SRV) return;
  const limit = Math.min(targets.length, ADDITIONAL_TARGETS_MAX);
  for (let index = 0; index < limit; index++) {
    const target = targets[index] as DomainName;
    addressKey.setName(target);
    if (!isInZone(image, addressKey)) continue;
    if (image.cutCount > 0 && cutAbove(image, addressKey) !== undefined) continue;
    const node = findNode(image.table, addressKey, 0) ?? findSource(image, addressKey);
    if (node !== undefined) addAddresses(node, { target, part: Part.ADDITIONAL }, answer);
  }
}

/**
 * Glue of a referral. RFC 9471: addresses of name servers below this very cut are required, for
 * without them nobody finds it; those below another cut or in our own data are a kindness.
 */
function addGlue(image: ZoneImage, cut: ImageNode, answer: Answer): void {
  const { targets } = found.rrset as ImageRRset;
  for (let index = 0; index < targets.length; index++) {
    addGlueOf(image, { target: targets[index] as DomainName, cut, part: Part.GLUE }, answer);
  }
  const limit = Math.min(targets.length, ADDITIONAL_TARGETS_MAX);
  for (let index = 0; index < limit; index++) {
    addGlueOf(image, { target: targets[index] as DomainName, cut, part: Part.ADDITIONAL }, answer);
  }
}

function addGlueOf(
  image: ZoneImage,
  of: { readonly target: DomainName; readonly cut: ImageNode; readonly part: number },
  answer: Answer,
): void {
  addressKey.setName(of.target);
  if (!isInZone(image, addressKey)) return;
  const isBelow = cutAbove(image, addressKey) === of.cut;
  if (isBelow !== (of.part === Part.GLUE)) return;
  const node = findNode(image.table, addressKey, 0);
  if (node !== undefined) addAddresses(node, of, answer);
}

function addAddresses(
  node: ImageNode,
  to: { readonly target: DomainName; readonly part: number },
  answer: Answer,
): void {
  addAddress(rrsetOf(node, RRType.A), to, answer);
  addAddress(rrsetOf(node, RRType.AAAA), to, answer);
}

/** MX and SRV may name one target twice; NS cannot, so glue of a huge set needs no search. */
function addAddress(
  rrset: ImageRRset | undefined,
  to: { readonly target: DomainName; readonly part: number },
  answer: Answer,
): void {
  if (rrset === undefined) return;
  if (to.part === Part.ADDITIONAL && answer.has(to.target, rrset)) return;
  answer.add(to.part, to.target, rrset);
}

function isInZone(image: ZoneImage, key: NameKey): boolean {
  const label = key.labelCount - image.apexLabelCount;
  return label >= 0 && key.isSuffix(label, image.apex);
}

/** The highest cut at or above the key. */
function cutAbove(image: ZoneImage, key: NameKey): ImageNode | undefined {
  for (let label = key.labelCount - image.apexLabelCount - 1; label >= 0; label--) {
    const node = findNode(image.table, key, label);
    if (node === undefined) return undefined;
    if (node.isCut) return node;
  }
  return undefined;
}
