/**
 * ZoneFacts: the facts of one zone, by key and by the names they bear on. Takes facts in and out,
 * marks the names that are to be said anew.
 */

import { SUBTREE_UNION_ENTRIES_MAX } from '../../limits.ts';
import type { StoredValue } from '../../record-store.ts';
import { isPathAtOrBelow, pathAbove } from '../key.ts';
import {
  basePathEnd,
  basePathOf,
  type Fact,
  type FactPlace,
  isAtOwnName,
  isRaised,
  pathOf,
} from './fact.ts';
import { emptySlot, inserted, merged, type NameSlot, NO_FACTS, taken } from './name-slot.ts';
import { SortedKeys } from './sorted-keys.ts';
import { ZoneSpecials } from './zone-specials.ts';

export class ZoneFacts {
  readonly place: FactPlace;
  readonly specials: ZoneSpecials;
  /** Names to be said anew. */
  readonly dirty: NameSlot[] = [];
  readonly #facts = new Map<string, Fact>();
  readonly #slots = new Map<string, NameSlot>();
  /** Of zones in subtree mode, whose names hold all that lies below them. */
  readonly #keys: SortedKeys | undefined;
  /** Facts that may answer one level up. */
  #raisedCount = 0;
  /** Keys come in order: a name's next fact mostly follows at once. */
  #lastSlot = emptySlot('');

  constructor(place: FactPlace, mode: 'owner' | 'subtree') {
    this.place = place;
    this.specials = new ZoneSpecials(place);
    this.#keys = mode === 'subtree' ? new SortedKeys() : undefined;
  }

  get(key: string): Fact | undefined {
    return this.#facts.get(key);
  }

  all(): MapIterator<Fact> {
    return this.#facts.values();
  }

  slots(): MapIterator<NameSlot> {
    return this.#slots.values();
  }

  /** The same value under a new revision: nothing is to be said. False when it is another. */
  renew(key: string, stored: StoredValue): boolean {
    const held = this.#facts.get(key);
    if (held === undefined || held.value !== stored.value) return false;
    if (held.leaseId !== stored.leaseId) return false;
    held.modRevision = stored.modRevision;
    return true;
  }

  put(fact: Fact): void {
    this.remove(fact.key);
    this.add(fact);
  }

  /** A fact of a key that is not there. */
  add(fact: Fact): void {
    this.#facts.set(fact.key, fact);
    this.#keys?.add(fact.key);
    if (this.#keys === undefined) {
      const slot = this.#baseSlot(fact);
      slot.facts = inserted(slot.facts, fact);
      if (isRaised(fact)) {
        this.#raisedCount++;
        const above = this.slot(pathAbove(this.place.prefix, pathOf(this.place, fact)));
        above.raised = inserted(above.raised ?? NO_FACTS, fact);
      }
    }
    this.touch(fact);
  }

  remove(key: string): boolean {
    const fact = this.#facts.get(key);
    if (fact === undefined) return false;
    this.#facts.delete(key);
    this.#keys?.remove(key);
    if (this.#keys === undefined) {
      taken(this.#slots.get(basePathOf(this.place, fact))?.facts, fact);
      if (isRaised(fact)) {
        this.#raisedCount--;
        const above = pathAbove(this.place.prefix, pathOf(this.place, fact));
        taken(this.#slots.get(above)?.raised, fact);
      }
    }
    this.touch(fact);
    return true;
  }

  /** Marks every name that a fact bears on. */
  touch(fact: Fact): void {
    const { prefix, apexPath, dnsPath } = this.place;
    const path = pathOf(this.place, fact);
    if (isPathAtOrBelow(path, dnsPath)) {
      if (this.#facts.get(fact.key) === fact) this.specials.add(fact);
      else this.specials.delete(fact);
      this.#mark(this.slot(apexPath));
    }
    if (this.#keys === undefined) {
      this.#mark(this.#baseSlot(fact));
      if (isRaised(fact)) this.#mark(this.slot(pathAbove(prefix, path)));
      // It may end or begin to sit at its own name, where others answer from below.
      const mayBear = !isAtOwnName(fact) && this.#raisedCount > 0;
      const own = mayBear ? this.#slots.get(path) : undefined;
      if (own !== undefined) this.#mark(own);
      return;
    }
    for (let at = path; ; at = pathAbove(prefix, at)) {
      this.#mark(this.slot(at));
      if (at === apexPath) return;
    }
  }

  /** The facts that a name holds. */
  at(path: string, slot = this.#slots.get(path)): readonly Fact[] {
    if (this.#keys !== undefined) return this.#below(path, this.#keys);
    if (slot === undefined) return NO_FACTS;
    const { facts, raised = NO_FACTS } = slot;
    // What sits at the name itself keeps what is below from answering there.
    if (raised.length === 0 || this.#facts.has(path)) return facts;
    return facts.length === 0 ? raised : merged(facts, raised);
  }

  slot(path: string): NameSlot {
    let slot = this.#slots.get(path);
    if (slot === undefined) {
      slot = emptySlot(path);
      this.#slots.set(path, slot);
    }
    return slot;
  }

  /** A name that holds nothing and of which nothing is said. */
  forget(slot: NameSlot): void {
    this.#slots.delete(slot.path);
    if (slot === this.#lastSlot) this.#lastSlot = emptySlot('');
  }

  clear(): void {
    this.#facts.clear();
    this.#slots.clear();
    this.#keys?.clear();
    this.specials.clear();
    this.dirty.length = 0;
    this.#raisedCount = 0;
    this.#lastSlot = emptySlot('');
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

  #baseSlot(fact: Fact): NameSlot {
    const last = this.#lastSlot;
    const path = pathOf(this.place, fact);
    const end = basePathEnd(this.place, fact);
    if (last.path.length === end && path.startsWith(last.path)) return last;
    this.#lastSlot = this.slot(path.slice(0, end));
    return this.#lastSlot;
  }

  #mark(slot: NameSlot): void {
    if (slot.isDirty) return;
    slot.isDirty = true;
    this.dirty.push(slot);
  }
}
