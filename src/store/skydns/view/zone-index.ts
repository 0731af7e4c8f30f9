/**
 * ZoneIndex: one zone of the view: what its facts say of each name, and what was last said. Takes
 * facts in and out, gives RRsetChanges of the names they touch. Source of the owner rule: issue 3
 * section 4; of the subtree reading: CoreDNS plugin/etcd (Records).
 */

import { childName, type DomainName } from '../../../dns/name.ts';
import type { RRset } from '../../../dns/rrset.ts';
import { type AnsweringEntry, type Content, type ContentNote, contentOf } from '../content.ts';
import { keyOfName, nameOfPath } from '../key.ts';
import { isReverseName } from '../own-leaf.ts';
import { answeringEntries } from './fact.ts';
import { NameRemarks } from './name-remarks.ts';
import { type NameSlot, Said, saidBy } from './name-slot.ts';
import type { ViewChange } from './view-update.ts';
import { ZoneFacts } from './zone-facts.ts';

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

export class ZoneIndex {
  readonly apex: DomainName;
  readonly facts: ZoneFacts;
  readonly remarks = new NameRemarks();
  lastChangedRevision = 0;
  /** All keys of a state have been read once; until then there is nothing to compare with. */
  isLoaded = false;
  readonly #writers: ReadonlySet<string>;
  /** Said, but not yet taken. */
  #news: ViewChange[] = [];

  constructor(options: ZoneIndexOptions) {
    const { apex, prefix, mode } = options;
    this.apex = apex;
    const dnsPath = keyOfName(prefix, childName('dns', apex));
    const place = { prefix, apexPath: keyOfName(prefix, apex), dnsPath };
    this.facts = new ZoneFacts(place, isReverseName(apex) ? 'owner' : mode);
    this.#writers = options.writers;
  }

  /** Names to be said anew; `settle` does it. */
  get dirtyCount(): number {
    return this.facts.dirty.length;
  }

  get hasNews(): boolean {
    return this.facts.dirty.length + this.#news.length > 0;
  }

  /** Says at most `limit` dirty names. */
  settle(limit: number): void {
    const { dirty } = this.facts;
    for (let count = 0; count < limit; count++) {
      const slot = dirty[dirty.length - 1];
      if (slot === undefined) return;
      dirty.pop();
      slot.isDirty = false;
      try {
        this.#settleOne(slot);
      } catch {
        // What it says we fail to put together: its last word stands, its neighbours have theirs.
        this.remarks.set(slot.path, { ignoredCount: 0, notes: ['fault'] });
        this.facts.rest(slot);
      }
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
    this.facts.clear();
    this.remarks.clear();
    this.#news = [];
    this.isLoaded = false;
  }

  /** Every name that anything is said of, with what it holds. Read anew: cold. */
  *owners(): Generator<[DomainName, readonly RRset[]], void, undefined> {
    for (const owner of this.names()) yield [owner, this.rrsetsOf(owner) ?? []];
  }

  /** The names of `owners`, without reading what they hold. */
  *names(): Generator<DomainName, void, undefined> {
    const { prefix } = this.facts.place;
    for (const [path, said] of this.facts.names()) {
      if (said !== Said.NOTHING) yield nameOfPath(prefix, path);
    }
  }

  rrsetsOf(owner: DomainName): readonly RRset[] | undefined {
    const path = this.#pathOf(owner);
    return path === undefined ? undefined : this.#contentAt(path, this.#entriesAt(path))?.rrsets;
  }

  factsAt(owner: DomainName): NameFacts {
    const path = this.#pathOf(owner);
    if (path === undefined) return { answering: [], ignored: [], notes: [] };
    return { ...this.#entriesAt(path), notes: this.remarks.notesOf(path) };
  }

  #settleOne(slot: NameSlot): void {
    const { path, facts, said: before } = slot;
    const at = this.#entriesAt(path, slot);
    const content = this.#contentAt(path, at);
    this.remarks.set(path, { ignoredCount: at.ignored.length, notes: content?.notes ?? [] });
    slot.said = content === undefined ? Said.NOTHING : saidBy(content.rrsets);
    const hasFacts = facts.length + (slot.raised?.length ?? 0) > 0;
    if (content === undefined && !hasFacts) this.facts.forget(slot);
    else this.facts.rest(slot);
    if (content === undefined && before === Said.NOTHING) return;
    const owner = nameOfPath(this.facts.place.prefix, path);
    this.#news.push({ owner, rrsets: content?.rrsets, hadRecords: before === Said.RECORDS });
  }

  /** undefined: the name holds nothing, not even an explicit nothing. */
  #contentAt(
    path: string,
    { answering }: { readonly answering: readonly AnsweringEntry[] },
  ): Content | undefined {
    const { prefix, apexPath } = this.facts.place;
    const apex = path === apexPath ? this.facts.specials.entries() : undefined;
    const special = (apex?.apex.length ?? 0) + (apex?.ns.length ?? 0);
    if (answering.length + special === 0) return undefined;
    const owner = nameOfPath(prefix, path);
    const source = { owner, entries: answering, isReverse: isReverseName(owner) };
    return contentOf(apex === undefined ? source : { ...source, apex });
  }

  #entriesAt(path: string, slot?: NameSlot): Omit<NameFacts, 'notes'> {
    const all = answeringEntries(this.facts.place, this.facts.at(path, slot));
    const writers = this.#writers;
    if (writers.size === 0) return { answering: all, ignored: [] };
    const isLadder = ({ entry, isExact }: AnsweringEntry) => writers.has(entry.owner) && isExact;
    if (all.every(isLadder) || !all.some(isLadder)) return { answering: all, ignored: [] };
    return { answering: all.filter(isLadder), ignored: all.filter((one) => !isLadder(one)) };
  }

  /** undefined: no key says this name (a slash or dot within a label). */
  #pathOf(owner: DomainName): string | undefined {
    try {
      return keyOfName(this.facts.place.prefix, owner);
    } catch {
      return undefined;
    }
  }
}
