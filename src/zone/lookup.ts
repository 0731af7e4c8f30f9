/**
 * (image, name, type) -> hit | alias | nodata | nxdomain | delegation. RFC 1034 section 4.3.2 and
 * 4592 section 3.3, on a hash table instead of label by label. Hot: fills a reused Found.
 */

import { RRType } from '../dns/codes.ts';
import type { NameKey } from '../dns/wire/name-key.ts';
import { AnswerScratch } from './content/answer-scratch.ts';
import { hasFlag, type ImageNode, NodeFlag, rrsetOf, rrsetsOf } from './content/flat-node.ts';
import { recordsOctetsOf } from './content/flat-rrset.ts';
import type { ImageMemory } from './content/image-memory.ts';
import { findNode, findWildcard } from './content/node-table.ts';
import type { ZoneImage } from './image.ts';
import { putAlias, Synthesis, synthesize } from './synthesis/fallback.ts';
import { matchQueryWildcards } from './synthesis/query-wildcard.ts';

export const Outcome = { HIT: 0, ALIAS: 1, NODATA: 2, NXDOMAIN: 3, DELEGATION: 4 } as const;

/** What is made for the answer at hand; whoever collects an answer empties it first. */
export const scratch = new AnswerScratch();

export class Found {
  outcome: number = Outcome.NXDOMAIN;
  /** The node that answers: exact, wildcard, or the cut. 0: none. */
  node: ImageNode = 0;
  /** HIT: the asked RRset; ALIAS: the CNAME; DELEGATION: the NS of the cut. Ref in `memory`. */
  rrset = 0;
  /** The image's, or the scratch's where the RRset was made for this answer. */
  memory: ImageMemory = scratch.memory;
  isWildcard = false;
}

/** The key must lie at or below the image's apex. */
export function lookup(image: ZoneImage, key: NameKey, type: number, found: Found): void {
  found.isWildcard = false;
  found.rrset = 0;
  found.memory = image.memory;
  if (image.cutCount > 0 && isDelegated(image, key, type, found)) return;
  const { words } = image.memory;
  let node = findNode(image, key, 0);
  if (image.fallbackLabelsMax > 0 && (node === 0 || !hasFlag(words, node, NodeFlag.STORED))) {
    if (isSynthesized(image, key, type, found)) return;
  }
  if (node === 0) {
    node = findSource(image, key);
    found.isWildcard = node !== 0;
  }
  found.node = node;
  if (node === 0) {
    found.outcome = Outcome.NXDOMAIN;
    if (image.hasQueryWildcards) matchWildcards(image, key, type, found);
    return;
  }
  if (type === RRType.ANY) {
    found.rrset = smallest(words, node);
    found.outcome = found.rrset === 0 ? Outcome.NODATA : Outcome.HIT;
    return;
  }
  const exact = rrsetOf(words, node, type);
  // DS at a cut is the parent's to answer, and nothing else there is (RFC 4035 section 3.1.4.1).
  const mayAlias = exact === 0 && !hasFlag(words, node, NodeFlag.CUT);
  const alias = mayAlias ? rrsetOf(words, node, RRType.CNAME) : 0;
  found.rrset = exact === 0 ? alias : exact;
  found.outcome = exact !== 0 ? Outcome.HIT : alias !== 0 ? Outcome.ALIAS : Outcome.NODATA;
}

/**
 * The wildcard that speaks for a name that does not exist: `*` right under its closest encloser,
 * RFC 4592 section 3.3.1; one higher up never does. The apex always exists, so the walk ends.
 */
export function findSource(image: ZoneImage, key: NameKey): ImageNode {
  const apexLabel = key.labelCount - image.apexLabelCount;
  for (let label = 1; label <= apexLabel; label++) {
    const encloser = findNode(image, key, label);
    if (encloser === 0) continue;
    const hasChild = hasFlag(image.memory.words, encloser, NodeFlag.WILDCARD_CHILD);
    return hasChild ? findWildcard(image, key, label) : 0;
  }
  return 0;
}

/** From the apex down, so that the highest cut wins. */
function isDelegated(image: ZoneImage, key: NameKey, type: number, found: Found): boolean {
  const lowest = type === RRType.DS ? 1 : 0;
  const { words } = image.memory;
  for (let label = key.labelCount - image.apexLabelCount - 1; label >= lowest; label--) {
    const node = findNode(image, key, label);
    if (node === 0) return false;
    if (!hasFlag(words, node, NodeFlag.CUT)) continue;
    found.node = node;
    found.rrset = rrsetOf(words, node, RRType.NS);
    found.outcome = Outcome.DELEGATION;
    return true;
  }
  return false;
}

/** A rule speaks for the name as a wildcard would: no node of its own answers. */
function isSynthesized(image: ZoneImage, key: NameKey, type: number, found: Found): boolean {
  const synthesis = synthesize(image, image.fallbackLabelsMax, key);
  if (synthesis === Synthesis.NONE) return false;
  found.node = 0;
  found.isWildcard = true;
  if (synthesis === Synthesis.EMPTY) {
    found.outcome = Outcome.NODATA;
    return true;
  }
  found.memory = scratch.memory;
  found.rrset = putAlias(image, key, scratch);
  if (found.rrset === 0) return false;
  const isAsked = type === RRType.CNAME || type === RRType.ANY;
  found.outcome = isAsked ? Outcome.HIT : Outcome.ALIAS;
  return true;
}

/** A question that holds `*` or `any` itself, in zones that know such questions. */
function matchWildcards(image: ZoneImage, key: NameKey, type: number, found: Found): void {
  const match = matchQueryWildcards(image, { key, type }, scratch);
  if (match === undefined || match.kind === 'nxdomain') return;
  found.isWildcard = true;
  found.outcome = match.kind === 'hit' ? Outcome.HIT : Outcome.NODATA;
  if (match.kind !== 'hit') return;
  found.memory = scratch.memory;
  found.rrset = match.rrset;
}

/** RFC 8482 section 4.1, our choice: the fewest octets, then the lowest type. */
function smallest(words: Int32Array, node: ImageNode): number {
  let best = 0;
  for (const rrset of rrsetsOf(words, node)) {
    if (best === 0 || recordsOctetsOf(words, rrset) < recordsOctetsOf(words, best)) best = rrset;
  }
  return best;
}
