/**
 * (image, name, type) -> hit | alias | nodata | nxdomain | delegation. RFC 1034 section 4.3.2 and
 * 4592 section 3.3, on a hash table instead of label by label. Hot: fills a reused Found.
 */

import { RRType } from '../dns/codes.ts';
import type { NameKey } from '../dns/wire/name-key.ts';
import type { ImageRRset } from './content/image-rrset.ts';
import { findNode, findWildcard } from './content/node-table.ts';
import type { ImageNode, ZoneImage } from './image.ts';
import { synthesize } from './synthesis/fallback.ts';
import { matchQueryWildcards } from './synthesis/query-wildcard.ts';

export const Outcome = { HIT: 0, ALIAS: 1, NODATA: 2, NXDOMAIN: 3, DELEGATION: 4 } as const;

export class Found {
  outcome: number = Outcome.NXDOMAIN;
  /** The node that answers: exact, wildcard, or the cut. Of NXDOMAIN: none. */
  node: ImageNode | undefined = undefined;
  /** HIT: the asked RRset; ALIAS: the CNAME; DELEGATION: the NS of the cut. */
  rrset: ImageRRset | undefined = undefined;
  isWildcard = false;
}

/** The key must lie at or below the image's apex. */
export function lookup(image: ZoneImage, key: NameKey, type: number, found: Found): void {
  found.isWildcard = false;
  found.rrset = undefined;
  if (image.cutCount > 0 && isDelegated(image, key, type, found)) return;
  let node = findNode(image.table, key, 0);
  if (image.fallbacks.labelsMax > 0 && (node === undefined || !node.isStored)) {
    if (isSynthesized(image, key, type, found)) return;
  }
  if (node === undefined) {
    node = findSource(image, key);
    found.isWildcard = node !== undefined;
  }
  found.node = node;
  if (node === undefined) {
    found.outcome = Outcome.NXDOMAIN;
    if (image.hasQueryWildcards) matchWildcards(image, key, type, found);
    return;
  }
  if (type === RRType.ANY) {
    found.rrset = smallest(node);
    found.outcome = found.rrset === undefined ? Outcome.NODATA : Outcome.HIT;
    return;
  }
  const exact = rrsetOf(node, type);
  // DS at a cut is the parent's to answer, and nothing else there is (RFC 4035 section 3.1.4.1).
  const alias = exact === undefined && !node.isCut ? rrsetOf(node, RRType.CNAME) : undefined;
  found.rrset = exact ?? alias;
  found.outcome =
    exact !== undefined ? Outcome.HIT : alias !== undefined ? Outcome.ALIAS : Outcome.NODATA;
}

export function rrsetOf(node: ImageNode, type: number): ImageRRset | undefined {
  const { rrsets } = node;
  for (let index = 0; index < rrsets.length; index++) {
    const rrset = rrsets[index] as ImageRRset;
    if (rrset.type === type) return rrset;
  }
  return undefined;
}

/**
 * The wildcard that speaks for a name that does not exist: `*` right under its closest encloser,
 * RFC 4592 section 3.3.1; one higher up never does. The apex always exists, so the walk ends.
 */
export function findSource(image: ZoneImage, key: NameKey): ImageNode | undefined {
  const apexLabel = key.labelCount - image.apexLabelCount;
  for (let label = 1; label <= apexLabel; label++) {
    const encloser = findNode(image.table, key, label);
    if (encloser === undefined) continue;
    return encloser.hasWildcardChild ? findWildcard(image.table, key, label) : undefined;
  }
  return undefined;
}

/** From the apex down, so that the highest cut wins. */
function isDelegated(image: ZoneImage, key: NameKey, type: number, found: Found): boolean {
  const lowest = type === RRType.DS ? 1 : 0;
  for (let label = key.labelCount - image.apexLabelCount - 1; label >= lowest; label--) {
    const node = findNode(image.table, key, label);
    if (node === undefined) return false;
    if (!node.isCut) continue;
    found.node = node;
    found.rrset = rrsetOf(node, RRType.NS);
    found.outcome = Outcome.DELEGATION;
    return true;
  }
  return false;
}

/** A rule speaks for the name as a wildcard would: no node of its own answers. */
function isSynthesized(image: ZoneImage, key: NameKey, type: number, found: Found): boolean {
  const synthesis = synthesize(image.table, image.fallbacks.labelsMax, key);
  if (synthesis === undefined) return false;
  found.node = undefined;
  found.isWildcard = true;
  if (synthesis.kind === 'empty') {
    found.outcome = Outcome.NODATA;
    return true;
  }
  found.rrset = synthesis.rrset;
  const isAsked = type === RRType.CNAME || type === RRType.ANY;
  found.outcome = isAsked ? Outcome.HIT : Outcome.ALIAS;
  return true;
}

/** A question that holds `*` or `any` itself, in zones that know such questions. */
function matchWildcards(image: ZoneImage, key: NameKey, type: number, found: Found): void {
  const match = matchQueryWildcards(image, key, type);
  if (match === undefined || match.kind === 'nxdomain') return;
  found.isWildcard = true;
  if (match.kind === 'hit') found.rrset = match.rrset;
  found.outcome = match.kind === 'hit' ? Outcome.HIT : Outcome.NODATA;
}

/** RFC 8482 section 4.1, our choice: the fewest octets, then the lowest type. */
function smallest(node: ImageNode): ImageRRset | undefined {
  let best: ImageRRset | undefined;
  for (let index = 0; index < node.rrsets.length; index++) {
    const rrset = node.rrsets[index] as ImageRRset;
    if (best === undefined || rrset.records.length < best.records.length) best = rrset;
  }
  return best;
}
