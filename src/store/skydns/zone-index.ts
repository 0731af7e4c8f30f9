/**
 * ZoneIndex: the facts of one zone by the names they answer at, and what was last said of each
 * name. Takes facts in and out, gives RRsetChanges of the names they touch. Source of the owner
 * rule: issue 3 section 4; of the subtree reading: CoreDNS plugin/etcd (Records).
 */

import { childName, type DomainName, isAtOrBelow, parentName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isSameContent, type RRsetChange } from '../../dns/rrset-change.ts';
import { SUBTREE_UNION_ENTRIES_MAX } from '../limits.ts';
import { type ContentNote, contentOf } from './content.ts';
import { dnsNameOf, type Fact } from './fact.ts';
import { keyOfName } from './key.ts';
import { isReverseName } from './own-leaf.ts';
import { SortedKeys } from './sorted-keys.ts';

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
  readonly answering: readonly Fact[];
  readonly ignored: readonly Fact[];
  readonly notes: readonly ContentNote[];
}

interface Slot {
  facts: Fact[];
  /** From one level below; most slots have none, so none is allocated. */
  raised: Fact[] | undefined;
  rrsets: readonly RRset[] | undefined;
  ignoredCount: number;
  notes: readonly ContentNote[];
}

const NO_NOTES: readonly ContentNote[] = [];
const NO_FACTS: Fact[] = [];

export class ZoneIndex {
  readonly apex: DomainName;
  lastChangedRevision = 0;
  ignoredCount = 0;
  readonly noteCounts = new Map<ContentNote, number>();
  readonly #options: ZoneIndexOptions;
  readonly #facts = new Map<string, Fact>();
  readonly #slots = new Map<DomainName, Slot>();
  readonly #dirty = new Set<DomainName>();
  /** Facts at and below dns.ZONE. */
  readonly #specials = new Set<Fact>();
  readonly #keys: SortedKeys | undefined;
  readonly #dnsName: DomainName;

  constructor(options: ZoneIndexOptions) {
    this.#options = options;
    this.apex = options.apex;
    const isSubtree = options.mode === 'subtree' && !isReverseName(options.apex);
    this.#keys = isSubtree ? new SortedKeys() : undefined;
    this.#dnsName = dnsNameOf(options.apex);
  }

  fact(key: string): Fact | undefined {
    return this.#facts.get(key);
  }

  facts(): MapIterator<Fact> {
    return this.#facts.values();
  }

  put(fact: Fact): void {
    this.remove(fact.key);
    this.#facts.set(fact.key, fact);
    this.#keys?.add(fact.key);
    if (this.#keys === undefined) {
      const slot = this.#slot(fact.base);
      slot.facts = inserted(slot.facts, fact);
      if (fact.above !== undefined) {
        const above = this.#slot(fact.above);
        above.raised = inserted(above.raised ?? NO_FACTS, fact);
      }
    }
    this.#touch(fact);
  }

  remove(key: string): boolean {
    const fact = this.#facts.get(key);
    if (fact === undefined) return false;
    this.#facts.delete(key);
    this.#keys?.remove(key);
    take(this.#slots.get(fact.base)?.facts, fact);
    if (fact.above !== undefined) take(this.#slots.get(fact.above)?.raised, fact);
    this.#touch(fact);
    return true;
  }

  /** Says anew what the fact's names hold; for a TTL that moved with its lease. */
  retime(fact: Fact, ttlSeconds: number): void {
    if (fact.ttlSeconds === ttlSeconds) return;
    fact.ttlSeconds = ttlSeconds;
    this.#touch(fact);
  }

  /** Names to be said anew; `settle` takes them. */
  get dirtyCount(): number {
    return this.#dirty.size;
  }

  /** At most `limit` dirty names: what each holds now, where that differs from before. */
  settle(limit: number): RRsetChange[] {
    const changes: RRsetChange[] = [];
    let count = 0;
    for (const owner of this.#dirty) {
      this.#dirty.delete(owner);
      const change = this.#settleOne(owner);
      if (change !== undefined) changes.push(change);
      count += 1;
      if (count >= limit) break;
    }
    return changes;
  }

  /** Everything said of this zone. */
  *owners(): Generator<[DomainName, readonly RRset[]], void, undefined> {
    for (const [owner, { rrsets }] of this.#slots) if (rrsets !== undefined) yield [owner, rrsets];
  }

  rrsetsOf(owner: DomainName): readonly RRset[] | undefined {
    return this.#slots.get(owner)?.rrsets;
  }

  factsAt(owner: DomainName): NameFacts {
    return { ...this.#entriesAt(owner), notes: this.#slots.get(owner)?.notes ?? [] };
  }

  #settleOne(owner: DomainName): RRsetChange | undefined {
    const { answering, ignored } = this.#entriesAt(owner);
    const apex = owner === this.apex ? this.#apexEntries() : undefined;
    const isHeld = answering.length > 0 || (apex?.apex.length ?? 0) + (apex?.ns.length ?? 0) > 0;
    const source = { owner, entries: answering, isReverse: isReverseName(owner) };
    const content = isHeld
      ? contentOf(apex === undefined ? source : { ...source, apex })
      : { rrsets: undefined, notes: [] };
    const slot = isHeld ? this.#slot(owner) : this.#slots.get(owner);
    if (slot === undefined) return undefined;
    const before = slot.rrsets;
    this.#count(slot, { ignoredCount: ignored.length, notes: content.notes });
    slot.rrsets = content.rrsets;
    if (!isHeld && slot.facts.length + (slot.raised?.length ?? 0) === 0) this.#slots.delete(owner);
    const after = content.rrsets;
    if (before === after) return undefined;
    if (before !== undefined && after !== undefined && isSameContent(before, after)) {
      slot.rrsets = before;
      return undefined;
    }
    return { owner, rrsets: after };
  }

  #entriesAt(owner: DomainName): { answering: readonly Fact[]; ignored: readonly Fact[] } {
    const all = this.#keys === undefined ? this.#leavesAt(owner) : this.#below(owner, this.#keys);
    const { writers } = this.#options;
    const isLadder = (fact: Fact) => fact.isExact && writers.has(fact.entry.owner);
    if (writers.size === 0 || !all.some(isLadder)) return { answering: all, ignored: [] };
    return {
      answering: all.filter(isLadder),
      ignored: all.filter((fact) => !isLadder(fact)),
    };
  }

  #leavesAt(owner: DomainName): readonly Fact[] {
    const slot = this.#slots.get(owner);
    if (slot === undefined) return [];
    const { facts, raised = [] } = slot;
    if (raised.length === 0 || this.#sitsAt(owner)) return facts;
    return facts.length === 0 ? raised : merge(facts, raised);
  }

  /** All descendants at every depth; they hide an entry at the name itself. */
  #below(owner: DomainName, keys: SortedKeys): readonly Fact[] {
    const key = this.#keyOf(owner);
    if (key === undefined) return [];
    const found: Fact[] = [];
    for (const each of keys.startingWith(`${key}/`, SUBTREE_UNION_ENTRIES_MAX)) {
      const fact = this.#facts.get(each);
      if (fact !== undefined) found.push(fact);
    }
    const own = this.#facts.get(key);
    return found.length === 0 && own !== undefined ? [own] : found;
  }

  #apexEntries(): { apex: readonly Fact[]; ns: readonly Fact[] } {
    return {
      apex: this.#special(childName('apex', this.#dnsName)),
      ns: this.#special(childName('ns', this.#dnsName)),
    };
  }

  /** Entries at or below a name under dns.ZONE, as CoreDNS reads it: the exact one last. */
  #special(name: DomainName): readonly Fact[] {
    const at: Fact[] = [];
    const below: Fact[] = [];
    for (const fact of this.#specials) {
      if (fact.name === name) at.push(fact);
      else if (isAtOrBelow(fact.name, name)) below.push(fact);
    }
    return (below.length > 0 ? below : at).sort((left, right) => (left.key < right.key ? -1 : 1));
  }

  #touch(fact: Fact): void {
    if (isAtOrBelow(fact.name, this.#dnsName)) {
      if (this.#facts.get(fact.key) === fact) this.#specials.add(fact);
      else this.#specials.delete(fact);
      this.#dirty.add(this.apex);
    }
    if (this.#keys === undefined) {
      this.#dirty.add(fact.base);
      if (fact.above !== undefined) this.#dirty.add(fact.above);
      if (this.#slots.get(fact.name) !== undefined) this.#dirty.add(fact.name);
      return;
    }
    let name: DomainName | undefined = fact.name;
    while (name !== undefined && isAtOrBelow(name, this.apex)) {
      this.#dirty.add(name);
      name = parentName(name);
    }
  }

  #sitsAt(owner: DomainName): boolean {
    const key = this.#keyOf(owner);
    return key !== undefined && this.#facts.has(key);
  }

  /** undefined: no key says this name (a slash or dot within a label). */
  #keyOf(owner: DomainName): string | undefined {
    try {
      return keyOfName(this.#options.prefix, owner);
    } catch {
      return undefined;
    }
  }

  #slot(owner: DomainName): Slot {
    let slot = this.#slots.get(owner);
    if (slot === undefined) {
      slot = {
        facts: NO_FACTS,
        raised: undefined,
        rrsets: undefined,
        ignoredCount: 0,
        notes: NO_NOTES,
      };
      this.#slots.set(owner, slot);
    }
    return slot;
  }

  #count(slot: Slot, now: { ignoredCount: number; notes: readonly ContentNote[] }): void {
    this.ignoredCount += now.ignoredCount - slot.ignoredCount;
    const add = (note: ContentNote, by: number) =>
      this.noteCounts.set(note, (this.noteCounts.get(note) ?? 0) + by);
    for (const note of slot.notes) add(note, -1);
    for (const note of now.notes) add(note, 1);
    slot.ignoredCount = now.ignoredCount;
    slot.notes = now.notes;
  }
}

/**
 * Keeps key order; keys mostly arrive in it. A first one gets an array of one: pushing into an
 * empty one reserves 17 places, 14 MB for 100,000 names.
 */
function inserted(facts: Fact[], fact: Fact): Fact[] {
  if (facts.length === 0) return [fact];
  let index = facts.length;
  while (index > 0 && (facts[index - 1]?.key ?? '') > fact.key) index--;
  facts.splice(index, 0, fact);
  return facts;
}

function take(facts: Fact[] | undefined, fact: Fact): void {
  const index = facts?.indexOf(fact) ?? -1;
  if (index >= 0) facts?.splice(index, 1);
}

function merge(left: readonly Fact[], right: readonly Fact[]): Fact[] {
  return [...left, ...right].sort((one, other) => (one.key < other.key ? -1 : 1));
}
