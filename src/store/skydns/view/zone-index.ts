/**
 * ZoneIndex: the facts of one zone by the paths they answer at, and what was last said of each
 * name. Takes facts in and out, gives RRsetChanges of the names they touch. Source of the owner
 * rule: issue 3 section 4; of the subtree reading: CoreDNS plugin/etcd (Records).
 */

import { childName, type DomainName } from '../../../dns/name.ts';
import type { RRset } from '../../../dns/rrset.ts';
import { ENTRIES_KEPT_FROM, SUBTREE_UNION_ENTRIES_MAX } from '../../limits.ts';
import type { StoredValue } from '../../record-store.ts';
import { type AnsweringEntry, type ContentNote, contentOf } from '../content.ts';
import { isPathAtOrBelow, keyOfName, nameOfPath, pathAbove } from '../key.ts';
import { isReverseName } from '../own-leaf.ts';
import { answeringEntries, basePathOf, type Fact, type FactPlace, pathOf } from './fact.ts';
import { inserted, merged, NO_FACTS, taken } from './fact-list.ts';
import { NameRemarks } from './name-remarks.ts';
import { SortedKeys } from './sorted-keys.ts';
import type { ViewChange } from './view-update.ts';
import { ZoneSpecials } from './zone-specials.ts';

export interface ViewZone {
  readonly apex: DomainName;
  /**
   * `owner`: a name holds the entries that are its leaves. `subtree`: as CoreDNS, a name holds
   * all entries below it; reverse zones are read by owner all the same.
   */
  readonly mode: 'owner' | 'subtree';
}

export interface ZoneIndexOptions extends ViewZone {
  readonly prefix: string;
  /** Owner names with an entry of these writers hold their entries only. */
  readonly writers: ReadonlySet<string>;
}

/** Entries at a name, told apart: those that answer and those another rule put aside. */
export interface NameFacts {
  readonly answering: readonly AnsweringEntry[];
  readonly ignored: readonly AnsweringEntry[];
  readonly notes: readonly ContentNote[];
}

const Said = { NOTHING: 0, EMPTY: 1, RECORDS: 2 } as const;

/** One name; small, because there are as many as names. */
interface Slot {
  facts: Fact[];
  /** From one level below; most slots have none, so none is allocated. */
  raised: Fact[] | undefined;
  said: number;
}

export class ZoneIndex {
  readonly apex: DomainName;
  readonly place: FactPlace;
  lastChangedRevision = 0;
  /** All keys of a state have been read once; until then there is nothing to compare with. */
  isLoaded = false;
  readonly remarks = new NameRemarks();
  readonly #writers: ReadonlySet<string>;
  readonly #facts = new Map<string, Fact>();
  readonly #slots = new Map<string, Slot>();
  readonly #dirty = new Set<string>();
  /** Said, but not yet taken. */
  #news: ViewChange[] = [];
  readonly #specials: ZoneSpecials;
  readonly #keys: SortedKeys | undefined;

  constructor(options: ZoneIndexOptions) {
    const { apex, prefix } = options;
    this.apex = apex;
    const dnsPath = keyOfName(prefix, childName('dns', apex));
    this.place = { prefix, apexPath: keyOfName(prefix, apex), dnsPath };
    this.#specials = new ZoneSpecials(this.place);
    this.#writers = options.writers;
    const isSubtree = options.mode === 'subtree' && !isReverseName(apex);
    this.#keys = isSubtree ? new SortedKeys() : undefined;
  }

  fact(key: string): Fact | undefined {
    return this.#facts.get(key);
  }

  facts(): MapIterator<Fact> {
    return this.#facts.values();
  }

  /** The same value under a new revision: nothing is to be said. False when it is another. */
  renew(key: string, stored: StoredValue): boolean {
    const held = this.#facts.get(key);
    if (held === undefined || held.stored.value !== stored.value) return false;
    if (held.stored.leaseId !== stored.leaseId) return false;
    held.stored = stored;
    return true;
  }

  put(fact: Fact): void {
    this.remove(fact.key);
    this.#facts.set(fact.key, fact);
    this.#keys?.add(fact.key);
    const path = pathOf(this.place, fact);
    if (this.#keys === undefined) {
      const slot = this.#slot(basePathOf(this.place, fact, path));
      slot.facts = inserted(slot.facts, fact);
      if (fact.isRaised) {
        const above = this.#slot(pathAbove(this.place.prefix, path));
        above.raised = inserted(above.raised ?? NO_FACTS, fact);
      }
    }
    this.#touch(fact, path);
  }

  remove(key: string): boolean {
    const fact = this.#facts.get(key);
    if (fact === undefined) return false;
    this.#facts.delete(key);
    this.#keys?.remove(key);
    const path = pathOf(this.place, fact);
    taken(this.#slots.get(basePathOf(this.place, fact, path))?.facts, fact);
    if (fact.isRaised) taken(this.#slots.get(pathAbove(this.place.prefix, path))?.raised, fact);
    this.#touch(fact, path);
    return true;
  }

  /** Says anew what the fact's names hold; for a TTL that moved with its lease. */
  retime(fact: Fact, ttlSeconds: number): void {
    if (fact.ttlSeconds === ttlSeconds) return;
    fact.ttlSeconds = ttlSeconds;
    this.#touch(fact, pathOf(this.place, fact));
  }

  /** Names to be said anew; `settle` does it. */
  get dirtyCount(): number {
    return this.#dirty.size;
  }

  get hasNews(): boolean {
    return this.#dirty.size + this.#news.length > 0;
  }

  /** Says at most `limit` dirty names. */
  settle(limit: number): void {
    let count = 0;
    for (const path of this.#dirty) {
      if (count === limit) return;
      this.#settleOne(path);
      this.#dirty.delete(path);
      count++;
    }
  }

  /** What was said since the last time. */
  takeNews(): ViewChange[] {
    const news = this.#news;
    this.#news = [];
    return news;
  }

  /** Holds nothing and has said nothing: what a load begins with. */
  clear(): void {
    this.#facts.clear();
    this.#slots.clear();
    this.#specials.clear();
    this.#dirty.clear();
    this.#keys?.clear();
    this.remarks.clear();
    this.#news = [];
    this.isLoaded = false;
  }

  /** Every name that anything is said of, with what it holds. Read anew: cold. */
  *owners(): Generator<[DomainName, readonly RRset[]], void, undefined> {
    for (const [path, { said }] of this.#slots) {
      if (said === Said.NOTHING) continue;
      const owner = nameOfPath(this.place.prefix, path);
      yield [owner, this.rrsetsOf(owner) ?? []];
    }
  }

  /** The names of `owners`, without reading what they hold. */
  *names(): Generator<DomainName, void, undefined> {
    for (const [path, { said }] of this.#slots) {
      if (said !== Said.NOTHING) yield nameOfPath(this.place.prefix, path);
    }
  }

  rrsetsOf(owner: DomainName): readonly RRset[] | undefined {
    const path = this.#keyOf(owner);
    return path === undefined ? undefined : this.#contentAt(path, this.#entriesAt(path))?.rrsets;
  }

  factsAt(owner: DomainName): NameFacts {
    const path = this.#keyOf(owner);
    if (path === undefined) return { answering: [], ignored: [], notes: [] };
    return { ...this.#entriesAt(path), notes: this.remarks.notesOf(path) };
  }

  #settleOne(path: string): void {
    const at = this.#entriesAt(path);
    const content = this.#contentAt(path, at);
    const slot = content === undefined ? this.#slots.get(path) : this.#slot(path);
    if (slot === undefined) return;
    // A large set is read anew at each of its changes: its entries are kept.
    if (slot.facts.length < ENTRIES_KEPT_FROM)
      for (const fact of slot.facts) fact.entry = undefined;
    const before = slot.said;
    this.remarks.set(path, { ignoredCount: at.ignored.length, notes: content?.notes ?? [] });
    slot.said = content === undefined ? Said.NOTHING : saidBy(content.rrsets);
    const hasFacts = slot.facts.length + (slot.raised?.length ?? 0) > 0;
    if (content === undefined && !hasFacts) this.#slots.delete(path);
    if (content === undefined && before === Said.NOTHING) return;
    const owner = nameOfPath(this.place.prefix, path);
    this.#news.push({ owner, rrsets: content?.rrsets, hadRecords: before === Said.RECORDS });
  }

  /** undefined: the name holds nothing, not even an explicit nothing. */
  #contentAt(
    path: string,
    { answering }: { readonly answering: readonly AnsweringEntry[] },
  ): { readonly rrsets: readonly RRset[]; readonly notes: readonly ContentNote[] } | undefined {
    const isApex = path === this.place.apexPath;
    const apex = isApex ? this.#specials.entries() : undefined;
    const special = (apex?.apex.length ?? 0) + (apex?.ns.length ?? 0);
    if (answering.length + special === 0) return undefined;
    const owner = nameOfPath(this.place.prefix, path);
    const source = { owner, entries: answering, isReverse: isReverseName(owner) };
    return contentOf(apex === undefined ? source : { ...source, apex });
  }

  #entriesAt(path: string): Omit<NameFacts, 'notes'> {
    const facts = this.#keys === undefined ? this.#leavesAt(path) : this.#below(path, this.#keys);
    const all = answeringEntries(this.place, facts);
    const writers = this.#writers;
    if (writers.size === 0) return { answering: all, ignored: [] };
    const isLadder = ({ entry, isExact }: AnsweringEntry) => writers.has(entry.owner) && isExact;
    if (!all.some(isLadder)) return { answering: all, ignored: [] };
    return { answering: all.filter(isLadder), ignored: all.filter((one) => !isLadder(one)) };
  }

  #leavesAt(path: string): readonly Fact[] {
    const slot = this.#slots.get(path);
    if (slot === undefined) return NO_FACTS;
    const { facts, raised = NO_FACTS } = slot;
    if (raised.length === 0 || this.#facts.has(path)) return facts;
    return facts.length === 0 ? raised : merged(facts, raised);
  }

  /** All descendants at every depth; they hide an entry at the name itself. */
  #below(path: string, keys: SortedKeys): readonly Fact[] {
    const found: Fact[] = [];
    const below = path.endsWith('/') ? path : `${path}/`;
    for (const each of keys.startingWith(below, SUBTREE_UNION_ENTRIES_MAX)) {
      const fact = this.#facts.get(each);
      if (fact !== undefined) found.push(fact);
    }
    const own = this.#facts.get(path);
    return found.length === 0 && own !== undefined ? [own] : found;
  }

  #touch(fact: Fact, path: string): void {
    const { prefix, apexPath, dnsPath } = this.place;
    if (isPathAtOrBelow(path, dnsPath)) {
      if (this.#facts.get(fact.key) === fact) this.#specials.add(fact);
      else this.#specials.delete(fact);
      this.#dirty.add(apexPath);
    }
    if (this.#keys === undefined) {
      this.#dirty.add(basePathOf(this.place, fact, path));
      if (fact.isRaised) this.#dirty.add(pathAbove(prefix, path));
      if (this.#slots.get(path) !== undefined) this.#dirty.add(path);
      return;
    }
    let at = path;
    for (; at !== apexPath; at = pathAbove(prefix, at)) this.#dirty.add(at);
    this.#dirty.add(at);
  }

  /** undefined: no key says this name (a slash or dot within a label). */
  #keyOf(owner: DomainName): string | undefined {
    try {
      return keyOfName(this.place.prefix, owner);
    } catch {
      return undefined;
    }
  }

  #slot(path: string): Slot {
    let slot = this.#slots.get(path);
    if (slot === undefined) {
      slot = { facts: NO_FACTS, raised: undefined, said: Said.NOTHING };
      this.#slots.set(path, slot);
    }
    return slot;
  }
}

function saidBy(rrsets: readonly RRset[]): number {
  return rrsets.length === 0 ? Said.EMPTY : Said.RECORDS;
}
