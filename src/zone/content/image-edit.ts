/**
 * ImageEdit: the one way an image comes to be. Takes RRsetChanges in any order, keeps ancestors,
 * wildcard marks, cuts and counts right after each, gives an image at a serial. Build starts it
 * from nothing, apply from the image before, which stays as it was. An edit that fails is
 * given up: `abandon` takes its blocks back.
 */

import { RRType } from '../../dns/codes.ts';
import type { FallbackRule } from '../../dns/fallback-rule.ts';
import { type DomainName, isAtOrBelow, labelCount } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { RRsetChange } from '../../dns/rrset-change.ts';
import { hashName } from '../../dns/wire/name-key.ts';
import { type BuiltImage, IMAGE_WORDS, type SoaSource, writeImage } from '../image.ts';
import { type Fallbacks, makeFallbacks, NO_FALLBACKS, writeRules } from '../synthesis/fallback.ts';
import type { BlockSpace } from './block-space.ts';
import { EditedNodes, emptyNode } from './edited-nodes.ts';
import {
  childCountOf,
  fallbackOf,
  flagsOf,
  hasFlag,
  type ImageNode,
  NodeFlag,
  rrsetsOf,
  setFallback,
} from './flat-node.ts';
import {
  droppedCountOf,
  planRRset,
  type RRsetPlan,
  readRRset,
  typeOf,
  writeRRset,
} from './flat-rrset.ts';
import { soaAt, soaSourceOf } from './served-soa.ts';

const NO_RRSETS: readonly RRsetPlan[] = [];

export class ImageEdit {
  readonly #apex: DomainName;
  readonly #nodes: EditedNodes;
  readonly #from: BuiltImage | undefined;
  #soaSource: SoaSource | undefined;
  #fallbacks: Fallbacks;
  #ruleRefs: ReadonlyMap<DomainName, number>;
  #liveRoots: ReadonlySet<DomainName>;
  #cutCount: number;
  #storedCount: number;
  #cappedCount: number;
  #ignoredCount: number;
  /** Kept by every image made from this one. */
  hasQueryWildcards: boolean;

  constructor(apex: DomainName, space: BlockSpace, from?: BuiltImage) {
    this.#apex = apex;
    this.#from = from;
    this.#nodes = new EditedNodes(apex, space, from);
    this.#soaSource = from?.soaSource;
    this.#fallbacks = from?.fallbacks ?? NO_FALLBACKS;
    this.#ruleRefs = from?.ruleRefs ?? new Map();
    this.#liveRoots = from?.liveRoots ?? new Set();
    this.#cutCount = from?.cutCount ?? 0;
    this.#storedCount = from?.storedCount ?? 0;
    this.#cappedCount = from?.cappedCount ?? 0;
    this.#ignoredCount = from?.ignoredCount ?? 0;
    this.hasQueryWildcards = from?.hasQueryWildcards ?? false;
  }

  change(change: RRsetChange): void {
    const { owner } = change;
    if (!isAtOrBelow(owner, this.#apex)) {
      this.#ignoredCount++;
      return;
    }
    if (owner === this.#apex) this.#soaSource = soaSourceOf(change.rrsets);
    const hash = hashName(owner);
    const held = this.#nodes.get(owner, hash);
    if (change.rrsets !== undefined) this.#store(held, { owner, hash }, change.rrsets);
    else if (held !== 0 && hasFlag(this.#words, held, NodeFlag.STORED)) this.#clear(held, owner);
  }

  /** Replaces all rules; they take effect with `finish`. */
  setFallbackRules(rules: readonly FallbackRule[]): void {
    for (const root of this.#liveRoots) this.#setLive(root, false);
    this.#liveRoots = new Set();
    for (const ref of this.#ruleRefs.values()) this.#nodes.leave(ref);
    this.#fallbacks = makeFallbacks(this.#apex, rules);
    this.#ruleRefs = writeRules(this.#nodes.space, this.#nodes.edit, this.#fallbacks);
  }

  abandon(): void {
    this.#nodes.space.abandon(this.#nodes.edit);
  }

  finish(serial: number): BuiltImage {
    this.#refreshFallbacks();
    const soa = this.#soaSource && soaAt(this.#apex, this.#soaSource, serial);
    const apexNode = this.#apexWith(soa?.positive);
    const negativeSoa = soa === undefined ? 0 : this.#writeSoa(soa.negative);
    const { space, edit, retired } = this.#nodes;
    if (this.#from !== undefined) retired.push(this.#from.root);
    if (this.#from !== undefined && this.#from.negativeSoa !== 0) {
      retired.push(this.#from.negativeSoa);
    }
    const root = space.allocate(IMAGE_WORDS, edit);
    const image: BuiltImage = {
      ...this.#nodes.finish(),
      serial: serial | 0,
      apexLabelCount: labelCount(this.#apex),
      apexNode,
      negativeSoa,
      cutCount: this.#cutCount,
      fallbackLabelsMax: this.#fallbacks.labelsMax,
      hasQueryWildcards: this.hasQueryWildcards,
      apex: this.#apex,
      root,
      soaSource: this.#soaSource,
      fallbacks: this.#fallbacks,
      ruleRefs: this.#ruleRefs,
      liveRoots: this.#liveRoots,
      storedCount: this.#storedCount,
      cappedCount: this.#cappedCount,
      ignoredCount: this.#ignoredCount,
      retired,
    };
    writeImage(space.memory, root, image);
    return image;
  }

  #store(
    held: ImageNode,
    { owner, hash }: { readonly owner: DomainName; readonly hash: number },
    given: readonly RRset[],
  ): void {
    const rrsets = this.#plan(owner, given);
    const isCut = owner !== this.#apex && rrsets.some((rrset) => rrset.type === RRType.NS);
    if (held !== 0) this.#uncount(held);
    if (isCut) this.#cutCount++;
    this.#storedCount++;
    const words = this.#words;
    const marks = held === 0 ? 0 : flagsOf(words, held) & NodeFlag.WILDCARD_CHILD;
    this.#nodes.put(held, {
      name: owner,
      hash,
      flags: marks | NodeFlag.STORED | (isCut ? NodeFlag.CUT : 0),
      fallback: held === 0 ? 0 : fallbackOf(words, held),
      childCount: held === 0 ? 0 : childCountOf(words, held),
      rrsets,
    });
  }

  #clear(held: ImageNode, owner: DomainName): void {
    this.#uncount(held);
    const words = this.#words;
    const childCount = childCountOf(words, held);
    const fallback = fallbackOf(words, held);
    if (childCount === 0 && fallback === 0 && owner !== this.#apex) {
      this.#nodes.remove(held, owner);
      return;
    }
    const flags = flagsOf(words, held) & NodeFlag.WILDCARD_CHILD;
    const hash = hashName(owner);
    this.#nodes.put(held, { name: owner, hash, flags, fallback, childCount, rrsets: NO_RRSETS });
  }

  /** Suffixes of rules come and go with the names they lead to, as if the aliases were stored. */
  #refreshFallbacks(): void {
    for (const root of this.#fallbacks.byRoot.keys()) {
      const isLive = this.#nodes.get(root) !== 0;
      if (isLive === this.#liveRoots.has(root)) continue;
      this.#setLive(root, isLive);
      const roots = new Set(this.#liveRoots);
      if (isLive) roots.add(root);
      else roots.delete(root);
      this.#liveRoots = roots;
    }
  }

  #setLive(root: DomainName, isLive: boolean): void {
    for (const { suffix } of this.#fallbacks.byRoot.get(root) ?? []) {
      const held = this.#nodes.get(suffix);
      const fallback = isLive ? (this.#ruleRefs.get(suffix) ?? 0) : 0;
      if (held === 0) {
        if (isLive) this.#nodes.put(0, { ...emptyNode(suffix), fallback });
        continue;
      }
      const node = this.#nodes.owned(held);
      const words = this.#words;
      setFallback(words, node, fallback);
      const isHeld =
        isLive || hasFlag(words, node, NodeFlag.STORED) || childCountOf(words, node) > 0;
      if (!isHeld && suffix !== this.#apex) this.#nodes.remove(node, suffix);
    }
  }

  #uncount(held: ImageNode): void {
    const words = this.#words;
    if (hasFlag(words, held, NodeFlag.CUT)) this.#cutCount--;
    if (hasFlag(words, held, NodeFlag.STORED)) this.#storedCount--;
    for (const rrset of rrsetsOf(words, held)) {
      if (droppedCountOf(words, rrset) > 0) this.#cappedCount--;
    }
  }

  #plan(owner: DomainName, given: readonly RRset[]): readonly RRsetPlan[] {
    if (given.length === 0) return NO_RRSETS;
    // A name beside addresses is left out: an alias there would hide or double what answers.
    const hasAddress = given.some((one) => one.type === RRType.A || one.type === RRType.AAAA);
    const rrsets: RRsetPlan[] = [];
    for (const rrset of given) {
      // The SOA is set at `finish`; below the apex it means nothing (RFC 1034 section 4.2.1).
      if (rrset.type === RRType.SOA) continue;
      if (rrset.type === RRType.CNAME && hasAddress) continue;
      const plan = planRRset(rrset.owner === owner ? rrset : { ...rrset, owner });
      if (plan === undefined) continue;
      if (plan.droppedCount > 0) this.#cappedCount++;
      rrsets.push(plan);
    }
    return rrsets.length > 1 ? sorted(rrsets) : rrsets;
  }

  /** The apex as it is, with this SOA in the place of the one before. */
  #apexWith(soa: RRsetPlan | undefined): ImageNode {
    const held = this.#nodes.get(this.#apex);
    const { memory } = this.#nodes.space;
    const words = this.#words;
    const others = rrsetsOf(words, held).filter((rrset) => typeOf(words, rrset) !== RRType.SOA);
    const plans = others.map((ref) => {
      const plan = planRRset(readRRset(memory, ref, this.#apex));
      return plan && { ...plan, droppedCount: droppedCountOf(words, ref) };
    });
    return this.#nodes.put(held, {
      name: this.#apex,
      hash: hashName(this.#apex),
      flags: flagsOf(words, held),
      fallback: fallbackOf(words, held),
      childCount: childCountOf(words, held),
      rrsets: sorted([...plans, soa].filter((plan) => plan !== undefined)),
    });
  }

  #writeSoa(plan: RRsetPlan): number {
    const { space, edit } = this.#nodes;
    const ref = space.allocate(plan.words, edit);
    writeRRset(space.memory, ref, plan);
    return ref;
  }

  /** Anew for each use: the memory may have grown meanwhile. */
  get #words(): Int32Array {
    return this.#nodes.space.memory.words;
  }
}

function sorted(rrsets: RRsetPlan[]): readonly RRsetPlan[] {
  return rrsets.sort((left, right) => left.type - right.type);
}
