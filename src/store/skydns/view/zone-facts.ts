/**
 * ZoneFacts: the facts of one zone, by the names they bear on. Takes facts in and out, marks the
 * names that are to be said anew: these are at work (name-slots.ts) until they were said.
 */

import { SUBTREE_UNION_ENTRIES_MAX } from '../../limits.ts';
import type { StoredValue } from '../../record-store.ts';
import { pathAbove, pathOfKey } from '../key.ts';
import {
  basePathOf,
  type Fact,
  type FactPlace,
  isAtOwnName,
  isRaised,
  isSpecial,
  pathOf,
  stripOf,
} from './fact.ts';
import { factIn, merged, type NameSlot, NO_FACTS, placeIn } from './name-slot.ts';
import { NameSlots } from './name-slots.ts';
import { SortedKeys } from './sorted-keys.ts';
import { ZoneSpecials } from './zone-specials.ts';

export class ZoneFacts extends NameSlots {
  readonly place: FactPlace;
  readonly specials: ZoneSpecials;
  /** Names to be said anew. */
  readonly dirty: NameSlot[] = [];
  /** Labels taken off -> facts of which so many are: where to look for a key. */
  readonly #strips = new Map<number, number>();
  /** Of zones in subtree mode, whose names hold all that lies below them. */
  readonly #keys: SortedKeys | undefined;
  /** Facts that may answer one level up. */
  #raisedCount = 0;

  constructor(place: FactPlace, mode: 'owner' | 'subtree') {
    super();
    this.place = place;
    this.specials = new ZoneSpecials(place);
    this.#keys = mode === 'subtree' ? new SortedKeys() : undefined;
  }

  get(key: string): Fact | undefined {
    for (const base of this.#basesOf(key)) {
      const fact = factIn(this.peek(base)?.facts ?? NO_FACTS, key);
      if (fact !== undefined) return fact;
    }
    return undefined;
  }

  /** The same value under a new revision: nothing is to be said, and it is kept. */
  renew(key: string, stored: StoredValue): 'kept' | 'another' | 'absent' {
    const found = this.#find(key);
    if (found === undefined) return 'absent';
    const { slot, fact } = found;
    const isSame = fact.value === stored.value && fact.leaseId === stored.leaseId;
    if (isSame) fact.modRevision = stored.modRevision;
    this.rest(slot);
    return isSame ? 'kept' : 'another';
  }

  /** A fact of a key that is not there. */
  add(fact: Fact): void {
    const strip = stripOf(fact);
    this.#strips.set(strip, (this.#strips.get(strip) ?? 0) + 1);
    this.#keys?.add(fact.key);
    const { facts } = this.slot(basePathOf(this.place, fact));
    facts.splice(placeIn(facts, fact.key), 0, fact);
    if (this.#keys === undefined && isRaised(fact)) {
      this.#raisedCount++;
      const above = this.slot(pathAbove(this.place.prefix, pathOf(this.place, fact)));
      above.raised ??= [];
      above.raised.splice(placeIn(above.raised, fact.key), 0, fact.key);
    }
    if (isSpecial(this.place, fact)) this.specials.add(fact);
    this.#touch(fact);
  }

  remove(key: string): boolean {
    const found = this.#find(key);
    if (found !== undefined) this.#remove(found.slot, found.fact);
    return found !== undefined;
  }

  /** Another served TTL, as its lease runs down; its names are said anew. */
  retime(key: string, ttlSeconds: number): void {
    const found = this.#find(key);
    if (found === undefined) return;
    const { slot, fact } = found;
    if (fact.ttlSeconds !== ttlSeconds) {
      fact.ttlSeconds = ttlSeconds;
      if (isSpecial(this.place, fact)) this.specials.add(fact);
      this.#touch(fact);
    }
    this.rest(slot);
  }

  /** The facts that a name holds. */
  at(path: string, slot = this.peek(path)): readonly Fact[] {
    if (this.#keys !== undefined) return this.#below(path, this.#keys);
    if (slot === undefined) return NO_FACTS;
    const { facts, raised = [] } = slot;
    // What sits at the name itself keeps what is below from answering there.
    if (raised.length === 0 || this.get(path) !== undefined) return facts;
    const below = raised.flatMap((key) => this.get(key) ?? []);
    return facts.length === 0 ? below : merged(facts, below);
  }

  override clear(): void {
    super.clear();
    this.#strips.clear();
    this.#keys?.clear();
    this.specials.clear();
    this.dirty.length = 0;
    this.#raisedCount = 0;
  }

  #remove(slot: NameSlot, fact: Fact): void {
    const strip = stripOf(fact);
    const count = (this.#strips.get(strip) ?? 0) - 1;
    if (count > 0) this.#strips.set(strip, count);
    else this.#strips.delete(strip);
    this.#keys?.remove(fact.key);
    slot.facts.splice(placeIn(slot.facts, fact.key), 1);
    if (this.#keys === undefined && isRaised(fact)) {
      this.#raisedCount--;
      const above = this.slot(pathAbove(this.place.prefix, pathOf(this.place, fact)));
      const place = placeIn(above.raised ?? [], fact.key);
      if (above.raised?.[place] === fact.key) above.raised.splice(place, 1);
      if (above.raised?.length === 0) above.raised = undefined;
    }
    if (isSpecial(this.place, fact)) this.specials.delete(fact);
    this.#touch(fact);
  }

  /** Marks every name that a fact bears on, as it comes, goes, or changes. */
  #touch(fact: Fact): void {
    const { prefix, apexPath } = this.place;
    const path = pathOf(this.place, fact);
    if (isSpecial(this.place, fact)) this.#mark(this.slot(apexPath));
    this.#mark(this.slot(basePathOf(this.place, fact)));
    if (this.#keys === undefined) {
      if (isRaised(fact)) this.#mark(this.slot(pathAbove(prefix, path)));
      // It may end or begin to sit at its own name, where others answer from below.
      const mayBear = !isAtOwnName(fact) && this.#raisedCount > 0;
      const own = mayBear ? this.worked(path) : undefined;
      if (own !== undefined) this.#mark(own);
      return;
    }
    for (let at = path; ; at = pathAbove(prefix, at)) {
      this.#mark(this.slot(at));
      if (at === apexPath) return;
    }
  }

  /** Names at which a fact of this key may be, by how many labels any fact has taken off. */
  *#basesOf(key: string): Generator<string, void, undefined> {
    const { prefix } = this.place;
    const path = pathOfKey(prefix, key);
    if (path === undefined) return;
    for (const strip of this.#strips.keys()) {
      let end = path.length;
      for (let count = strip; count > 0; count--) end = path.lastIndexOf('/', end - 1);
      yield path.slice(0, Math.max(prefix.length, end));
    }
  }

  /** Where the key is; its name is at work then. */
  #find(key: string): { readonly slot: NameSlot; readonly fact: Fact } | undefined {
    for (const base of this.#basesOf(key)) {
      if (factIn(this.peek(base)?.facts ?? NO_FACTS, key) === undefined) continue;
      const slot = this.worked(base);
      const fact = slot && factIn(slot.facts, key);
      if (slot !== undefined && fact !== undefined) return { slot, fact };
    }
    return undefined;
  }

  /** All descendants at every depth; they hide an entry at the name itself. */
  #below(path: string, keys: SortedKeys): readonly Fact[] {
    const found: Fact[] = [];
    const below = path.endsWith('/') ? path : `${path}/`;
    for (const each of keys.startingWith(below, SUBTREE_UNION_ENTRIES_MAX)) {
      const fact = this.get(each);
      if (fact !== undefined) found.push(fact);
    }
    const own = this.get(path);
    return found.length === 0 && own !== undefined ? [own] : found;
  }

  #mark(slot: NameSlot): void {
    if (slot.isDirty) return;
    slot.isDirty = true;
    this.dirty.push(slot);
  }
}
