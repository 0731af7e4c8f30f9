/**
 * NameSlots: the names of one zone with the facts they hold, at work as objects, at rest as texts
 * (packed-name.ts). A name is at work from its first change until it was said; then it is put to rest
 * (`rest`), but for the few that hold very many facts.
 */

import { FlatTexts } from '../../../runtime/tables/flat-texts.ts';
import { PassingMap } from '../../../runtime/tables/passing-map.ts';
import { ENTRIES_KEPT_FROM } from '../../limits.ts';
import type { Fact } from './fact.ts';
import { emptySlot, type NameSlot } from './name-slot.ts';
import {
  hasLeases,
  type KeyRevision,
  packName,
  revisionsIn,
  saidOf,
  unpackName,
} from './packed-name.ts';

const PEEKED_MAX = 8;

export class NameSlots {
  /** By path; what is at work, too, as it was before. */
  readonly #resting = new FlatTexts();
  readonly #atWork = new PassingMap<string, NameSlot>();
  /** Lately looked at, at rest: keys come in order, and each is looked for at its name. */
  readonly #peeked = new PassingMap<string, NameSlot>();
  /** The one at work that was asked for last: the keys of a name come side by side. */
  #last: NameSlot | undefined;

  *all(): Generator<Fact, void, undefined> {
    for (const [path, packed] of this.#resting) {
      if (!this.#atWork.has(path)) yield* unpackName(path, packed).facts;
    }
    for (const { facts } of [...this.#atWork.values()]) yield* [...facts];
  }

  /** The keys of `all`, name by name, and the revision each is from. */
  *revisions(): Generator<Iterable<KeyRevision>, void, undefined> {
    for (const [path, packed] of this.#resting) {
      if (!this.#atWork.has(path)) yield revisionsIn(path, packed);
    }
    for (const slot of [...this.#atWork.values()]) yield revisionsIn(slot.path, packName(slot));
  }

  /** Those that hang on a lease: names without any are not looked into. */
  *leased(): Generator<Fact, void, undefined> {
    const leased: Fact[] = [];
    for (const [path, packed] of this.#resting) {
      if (!hasLeases(packed) || this.#atWork.has(path)) continue;
      leased.push(...unpackName(path, packed).facts);
    }
    for (const { facts } of this.#atWork.values()) leased.push(...facts);
    for (const fact of leased) if (fact.leaseId !== undefined) yield fact;
  }

  /** Every name, and what was last said of it. */
  *names(): Generator<readonly [path: string, said: number], void, undefined> {
    for (const [path, packed] of this.#resting) {
      if (!this.#atWork.has(path)) yield [path, saidOf(packed)];
    }
    for (const { path, said } of this.#atWork.values()) yield [path, said];
  }

  /** The name, at work; made where there is none. */
  slot(path: string): NameSlot {
    const known = this.worked(path);
    if (known !== undefined) return known;
    const slot = emptySlot(path);
    this.#atWork.set(path, slot);
    this.#last = slot;
    return slot;
  }

  /** Was said, and holds nothing more that is to be. Kept at work where it would be large. */
  rest(slot: NameSlot): void {
    const { path, facts, raised = [] } = slot;
    if (slot.isDirty || facts.length + raised.length >= ENTRIES_KEPT_FROM) return;
    this.#letGo(path);
    this.#resting.set(path, packName(slot));
  }

  /** A name that holds nothing and of which nothing is said. */
  forget(slot: NameSlot): void {
    this.#resting.delete(slot.path);
    this.#letGo(slot.path);
  }

  #letGo(path: string): void {
    this.#peeked.delete(path);
    this.#atWork.delete(path);
    if (this.#last?.path === path) this.#last = undefined;
  }

  #workedAlready(path: string): NameSlot | undefined {
    if (this.#last?.path === path) return this.#last;
    const atWork = this.#atWork.get(path);
    if (atWork !== undefined) this.#last = atWork;
    return atWork;
  }

  /** What is known of it, at work. */
  protected worked(path: string): NameSlot | undefined {
    const atWork = this.#workedAlready(path);
    if (atWork !== undefined) return atWork;
    const packed = this.#resting.get(path);
    if (packed === undefined) return undefined;
    const slot = unpackName(path, packed);
    this.#peeked.delete(path);
    this.#atWork.set(path, slot);
    return slot;
  }

  /** To look at only. */
  protected peek(path: string): NameSlot | undefined {
    const atWork = this.#workedAlready(path);
    if (atWork !== undefined) return atWork;
    const peeked = this.#peeked.get(path);
    if (peeked !== undefined) return peeked;
    const packed = this.#resting.get(path);
    if (packed === undefined) return undefined;
    const slot = unpackName(path, packed);
    if (this.#peeked.size >= PEEKED_MAX) this.#peeked.clear();
    this.#peeked.set(path, slot);
    return slot;
  }

  clear(): void {
    this.#peeked.clear();
    this.#resting.clear();
    this.#atWork.clear();
    this.#last = undefined;
  }
}
