/**
 * ImageEdit: the one way an image comes to be. Takes RRsetChanges in any order, keeps ancestors,
 * wildcard marks, cuts and counts right after each, gives an image at a serial. Build starts it
 * from nothing, apply from the image before.
 */

import { RRType } from '../../dns/codes.ts';
import type { FallbackRule } from '../../dns/fallback-rule.ts';
import { type DomainName, isAtOrBelow, labelCount, parentName } from '../../dns/name.ts';
import { makeRRset, type Rdata, type RRset } from '../../dns/rrset.ts';
import type { RRsetChange } from '../../dns/rrset-change.ts';
import { hashName } from '../../dns/wire/name-key.ts';
import type { SoaSource, ZoneImage } from '../image.ts';
import { NEGATIVE_TTL_SECONDS_MIN } from '../limits.ts';
import { type Fallbacks, makeFallbacks, NO_FALLBACKS } from '../synthesis/fallback.ts';
import { flatName } from './flat-name.ts';
import type { ImageNode } from './image-node.ts';
import { encodeRRset, type ImageRRset, withTtl } from './image-rrset.ts';
import { EMPTY_TABLE, NodeTableEdit } from './node-table.ts';

const NO_RRSETS: readonly ImageRRset[] = [];

export class ImageEdit {
  readonly #apex: DomainName;
  readonly #table: NodeTableEdit;
  #soaSource: SoaSource | undefined;
  #fallbacks: Fallbacks;
  #liveRoots: ReadonlySet<DomainName>;
  #cutCount = 0;
  /** Kept by every image made from this one. */
  hasQueryWildcards = false;
  #cappedCount = 0;
  #ignoredCount = 0;

  constructor(apex: DomainName, from?: ZoneImage) {
    this.#apex = apex;
    this.#table = new NodeTableEdit(from?.table ?? EMPTY_TABLE);
    this.#soaSource = from?.soaSource;
    this.#fallbacks = from?.fallbacks ?? NO_FALLBACKS;
    this.#liveRoots = from?.liveRoots ?? new Set();
    this.hasQueryWildcards = from?.hasQueryWildcards ?? false;
    this.#cutCount = from?.cutCount ?? 0;
    this.#cappedCount = from?.cappedCount ?? 0;
    this.#ignoredCount = from?.ignoredCount ?? 0;
    if (from === undefined) this.#table.put(emptyNode(apex));
  }

  change(change: RRsetChange): void {
    const { owner } = change;
    if (!isAtOrBelow(owner, this.#apex)) {
      this.#ignoredCount++;
      return;
    }
    if (owner === this.#apex) this.#soaSource = soaSourceOf(change.rrsets);
    const held = this.#table.get(owner);
    if (change.rrsets === undefined) this.#clear(held);
    else this.#store(held, owner, change.rrsets);
  }

  /** Replaces all rules; they take effect with `finish`. */
  setFallbackRules(rules: readonly FallbackRule[]): void {
    for (const root of this.#liveRoots) this.#setLive(root, false);
    this.#liveRoots = new Set();
    this.#fallbacks = makeFallbacks(this.#apex, rules);
  }

  finish(serial: number): ZoneImage {
    this.#refreshFallbacks();
    const soa = this.#soaSource && soaAt(this.#apex, this.#soaSource, serial);
    const apexNode = this.#table.get(this.#apex) as ImageNode;
    const others = apexNode.rrsets.filter((rrset) => rrset.type !== RRType.SOA);
    const rrsets = soa === undefined ? others : sorted([...others, soa.positive]);
    this.#table.put({ ...apexNode, rrsets });
    return {
      apex: this.#apex,
      apexLabelCount: labelCount(this.#apex),
      serial,
      table: this.#table.finish(),
      cutCount: this.#cutCount,
      negativeSoa: soa?.negative,
      soaSource: this.#soaSource,
      fallbacks: this.#fallbacks,
      liveRoots: this.#liveRoots,
      hasQueryWildcards: this.hasQueryWildcards,
      cappedCount: this.#cappedCount,
      ignoredCount: this.#ignoredCount,
    };
  }

  #store(held: ImageNode | undefined, owner: DomainName, given: readonly RRset[]): void {
    const rrsets = this.#encode(owner, given);
    const isCut = owner !== this.#apex && rrsets.some((rrset) => rrset.type === RRType.NS);
    if (held !== undefined) this.#uncount(held);
    if (isCut) this.#cutCount++;
    if (held === undefined) this.#addToParent(owner);
    this.#table.put({ ...(held ?? emptyNode(owner)), rrsets, isStored: true, isCut });
  }

  #clear(held: ImageNode | undefined): void {
    if (held === undefined || !held.isStored) return;
    this.#uncount(held);
    this.#keepOrRemove({ ...held, rrsets: NO_RRSETS, isStored: false, isCut: false });
  }

  /** A name that nothing holds any more is gone, and so are ancestors that lived for it. */
  #keepOrRemove(node: ImageNode): void {
    const isHeld = node.isStored || node.childCount > 0 || node.fallback !== undefined;
    if (isHeld || node.name === this.#apex) {
      this.#table.put(node);
    } else {
      this.#table.remove(node);
      this.#takeFromParent(node.name);
    }
  }

  /** Suffixes of rules come and go with the names they lead to, as if the aliases were stored. */
  #refreshFallbacks(): void {
    for (const root of this.#fallbacks.byRoot.keys()) {
      const isLive = this.#table.get(root) !== undefined;
      if (isLive === this.#liveRoots.has(root)) continue;
      this.#setLive(root, isLive);
      const roots = new Set(this.#liveRoots);
      if (isLive) roots.add(root);
      else roots.delete(root);
      this.#liveRoots = roots;
    }
  }

  #setLive(root: DomainName, isLive: boolean): void {
    for (const rule of this.#fallbacks.byRoot.get(root) ?? []) {
      const held = this.#table.get(rule.suffix);
      const fallback = isLive ? rule : undefined;
      if (held !== undefined) this.#keepOrRemove({ ...held, fallback });
      else if (isLive) {
        this.#addToParent(rule.suffix);
        this.#table.put({ ...emptyNode(rule.suffix), fallback });
      }
    }
  }

  #uncount(held: ImageNode): void {
    if (held.isCut) this.#cutCount--;
    for (const rrset of held.rrsets) if (rrset.droppedCount > 0) this.#cappedCount--;
  }

  #encode(owner: DomainName, given: readonly RRset[]): readonly ImageRRset[] {
    if (given.length === 0) return NO_RRSETS;
    // A name beside addresses is left out: an alias there would hide or double what answers.
    const hasAddress = given.some((one) => one.type === RRType.A || one.type === RRType.AAAA);
    const rrsets: ImageRRset[] = [];
    for (const rrset of given) {
      // The SOA is set at `finish`; below the apex it means nothing (RFC 1034 section 4.2.1).
      if (rrset.type === RRType.SOA) continue;
      if (rrset.type === RRType.CNAME && hasAddress) continue;
      const encoded = encodeRRset({ ...rrset, owner });
      if (encoded === undefined) continue;
      if (encoded.droppedCount > 0) this.#cappedCount++;
      rrsets.push(encoded);
    }
    return sorted(rrsets);
  }

  /** Makes the ancestors that are missing; at most 127 steps. */
  #addToParent(owner: DomainName): void {
    let child = owner;
    while (child !== this.#apex) {
      const name = parentName(child) as DomainName;
      const parent = this.#table.get(name);
      const hasWildcardChild = parent?.hasWildcardChild === true || isWildcard(child);
      const childCount = (parent?.childCount ?? 0) + 1;
      this.#table.put({ ...(parent ?? emptyNode(name)), childCount, hasWildcardChild });
      if (parent !== undefined) return;
      child = name;
    }
  }

  /** Removes the ancestors that lived only for this name. */
  #takeFromParent(owner: DomainName): void {
    let child = owner;
    while (child !== this.#apex) {
      const name = parentName(child) as DomainName;
      const parent = this.#table.get(name) as ImageNode;
      const childCount = parent.childCount - 1;
      const isHeld = childCount > 0 || parent.isStored || parent.fallback !== undefined;
      if (isHeld || name === this.#apex) {
        const hasWildcardChild = parent.hasWildcardChild && !isWildcard(child);
        this.#table.put({ ...parent, childCount, hasWildcardChild });
        return;
      }
      this.#table.remove(parent);
      child = name;
    }
  }
}

function emptyNode(name: DomainName): ImageNode {
  return {
    name: flatName(name),
    hash: hashName(name),
    rrsets: NO_RRSETS,
    isStored: false,
    childCount: 0,
    hasWildcardChild: false,
    isCut: false,
    fallback: undefined,
  };
}

function isWildcard(name: DomainName): boolean {
  return name.charCodeAt(0) === 1 && name.charCodeAt(1) === 0x2a;
}

function sorted(rrsets: ImageRRset[]): readonly ImageRRset[] {
  return rrsets.sort((left, right) => left.type - right.type);
}

function soaSourceOf(rrsets: readonly RRset[] | undefined): SoaSource | undefined {
  const soa = rrsets?.find((rrset) => rrset.type === RRType.SOA);
  const rdata = soa?.rdatas[0];
  if (soa === undefined || rdata === undefined || rdata.length < SOA_NUMBERS_OCTETS + 2) {
    return undefined;
  }
  return { rdata, ttlSeconds: soa.ttlSeconds };
}

/** serial, refresh, retry, expire, minimum: the last 20 octets. */
const SOA_NUMBERS_OCTETS = 20;

function soaAt(
  apex: DomainName,
  source: SoaSource,
  serial: number,
): { readonly positive: ImageRRset; readonly negative: ImageRRset } | undefined {
  const numbers = source.rdata.length - SOA_NUMBERS_OCTETS;
  const rdata = (source.rdata.slice(0, numbers) +
    uint32Octets(serial) +
    source.rdata.slice(numbers + 4)) as Rdata;
  const { ttlSeconds } = source;
  const positive = encodeRRset(makeRRset(apex, RRType.SOA, { ttlSeconds, rdatas: [rdata] }));
  if (positive === undefined) return undefined;
  const minimum = readMinimum(rdata);
  const negativeTtl = Math.max(NEGATIVE_TTL_SECONDS_MIN, Math.min(ttlSeconds, minimum));
  return { positive, negative: withTtl(positive, negativeTtl) };
}

function readMinimum(rdata: Rdata): number {
  let value = 0;
  for (let index = rdata.length - 4; index < rdata.length; index++) {
    value = value * 256 + rdata.charCodeAt(index);
  }
  return value;
}

function uint32Octets(value: number): string {
  const wrapped = value >>> 0;
  return String.fromCharCode(
    wrapped >>> 24,
    (wrapped >>> 16) & 255,
    (wrapped >>> 8) & 255,
    wrapped & 255,
  );
}
