/**
 * One collection as we hold it: which state of each object the sink has, where in the server's
 * history that is, and what lies behind. Decides what is news; feeds the sink. No I/O.
 *
 * Resource versions are opaque: what is older can only be told of what was seen and left behind,
 * so the last thousand positions, and the last thousand states of objects, are remembered. A uid
 * that was deleted does not come back (unless selectors let objects leave and enter).
 */

import {
  type HashId,
  hashId,
  isSameHash,
  type TextHash,
  textHash,
} from '../runtime/tables/text-hash.ts';
import { BoundedSet } from './following/bounded-set.ts';
import { ListDraft } from './following/list-draft.ts';
import { type ObjectState, stateOf } from './following/object-state.ts';
import { ObjectStates } from './following/object-states.ts';
import type { WatchEvent } from './following/watch-event.ts';
import { SKIPPED_KEYS_MAX } from './limits.ts';

export interface ListWatchSink<T> {
  /** The whole collection, after each list: what is not in it is gone. */
  replace(objects: ReadonlyMap<string, T>): void;
  put(key: string, object: T): void;
  remove(key: string): void;
}

export interface CollectionOptions<T> {
  readonly project: (object: unknown, version: string) => T | undefined;
  readonly sink: ListWatchSink<T>;
  readonly onSkipped: ((key: string, reason: string) => void) | undefined;
  readonly objectsMax: number;
  readonly historyMax: number;
  /** Objects may leave the collection and live on. */
  readonly hasSelectors: boolean;
}

export class Collection<T> {
  readonly #options: CollectionOptions<T>;
  /** The states that the sink has. */
  #held = new ObjectStates();
  /** Ids of states shown to us or left behind; the id of a uid: that object was deleted. */
  readonly #past: BoundedSet;
  readonly #positions: BoundedSet;
  #position: string | undefined;
  /** Where the watch under way began; what it made us take, and what it made us count as past. */
  #watchPosition: string | undefined;
  readonly #takenByWatch: BoundedSet;
  readonly #pastByWatch: BoundedSet;
  readonly #told = new BoundedSet(SKIPPED_KEYS_MAX);
  #isOverfull = false;
  skippedCount = 0;
  /** Replays and steps back that were not taken. */
  ignoredCount = 0;

  constructor(options: CollectionOptions<T>) {
    this.#options = options;
    this.#past = new BoundedSet(options.historyMax);
    this.#positions = new BoundedSet(options.historyMax);
    this.#takenByWatch = new BoundedSet(options.historyMax);
    this.#pastByWatch = new BoundedSet(options.historyMax);
  }

  get objectCount(): number {
    return this.#held.size;
  }

  /** The version to go on from; undefined: nothing was read yet. */
  get position(): string | undefined {
    return this.#position;
  }

  /** Objects were left out for want of room that there is now: a list would bring them. */
  get lacksObjects(): boolean {
    return this.#isOverfull && this.#held.size < this.#options.objectsMax;
  }

  beginList(): ListDraft<T> {
    return new ListDraft({
      objectsMax: this.#options.objectsMax,
      project: (state, object) => this.#project(state, object),
      isPast: (state) => this.#isPast(state),
    });
  }

  /** Shows a time before the one we are at. */
  isOld(draft: ListDraft<T>, version: string): boolean {
    return draft.hasPast || this.#isBehind(version);
  }

  takeList(draft: ListDraft<T>, version: string): void {
    for (const { uid, state } of this.#held.differing(draft.states)) {
      this.#remember(hashId(state));
      // Of a full draft the rest is not known.
      if (!draft.isFull && draft.uids.find(uid) < 0) this.#bury(uid);
    }
    this.#held = draft.states;
    this.#isOverfull = draft.isFull;
    if (draft.isFull) this.#tellFull();
    this.#moveTo(version);
    this.#options.sink.replace(draft.objects);
    draft.letGo();
  }

  /** A watch goes on from `position`. */
  beginWatch(): void {
    this.#watchPosition = this.#position;
    this.#takenByWatch.clear();
    this.#pastByWatch.clear();
  }

  /**
   * Gives false where this watch shows, after news, what was known before it began: then what it
   * gave as news was of the past too, only not known to us. Its word is withdrawn, as far as it
   * decides what is old, and only a list can tell what is.
   */
  takeEvent(event: WatchEvent): boolean {
    const { version } = event;
    if (event.kind === 'bookmark') {
      if (this.#isBehind(version)) this.ignoredCount++;
      else this.#moveTo(version);
      return true;
    }
    const object = stateOf(event.object);
    if (object === undefined) {
      this.#skip('', 'an object without a name');
    } else if (this.#isBehind(version) || !this.#isNews(object, event.kind)) {
      this.ignoredCount++;
      const isRepeated = this.#takenByWatch.has(idOf(object.state));
      if (isRepeated || this.#takenByWatch.isEmpty) return true;
      this.#withdrawWatch();
      return false;
    } else {
      this.#leave(object.key);
      const id = idOf(object.state);
      this.#remember(id);
      this.#takenByWatch.add(id);
      if (event.kind === 'gone') this.#remove(object);
      else this.#put(object, event.object);
    }
    this.#moveTo(version);
    return true;
  }

  /** The list just taken is of another history: what we saw before says nothing of it. */
  forgetHistory(): void {
    this.#past.clear();
    this.#positions.clear();
  }

  #isBehind(version: string): boolean {
    return version !== this.#position && this.#positions.has(version);
  }

  /** A state that is no more; the one that is held is not past. */
  #isPast({ key, uid, state }: ObjectState): boolean {
    // Most collections have no past: nothing is hashed then.
    if (this.#past.isEmpty) return false;
    const hash = textHash(state);
    const held = this.#held.get(key);
    if (held !== undefined && isSameHash(held.state, hash)) return false;
    return this.#past.has(hashId(hash)) || this.#past.has(idOf(uid));
  }

  #isNews(object: ObjectState, kind: 'put' | 'gone'): boolean {
    const held = this.#held.get(object.key);
    if (held !== undefined) {
      if (kind === 'put' && isSameHash(held.state, textHash(object.state))) return false;
      // Somebody else of that name went, before the one we have came.
      if (kind === 'gone' && !isSameHash(held.uid, textHash(object.uid))) return false;
    }
    return !this.#isPast(object);
  }

  #put(object: ObjectState, value: unknown): void {
    const { key } = object;
    const projected = this.#project(object, value);
    if (projected === undefined) {
      if (this.#held.delete(key)) this.#options.sink.remove(key);
    } else if (this.#held.size >= this.#options.objectsMax && !this.#held.has(key)) {
      this.#isOverfull = true;
      this.#tellFull();
    } else {
      this.#held.set(object);
      this.#options.sink.put(key, projected);
    }
  }

  #remove({ key, uid }: ObjectState): void {
    this.#bury(textHash(uid));
    if (this.#held.delete(key)) this.#options.sink.remove(key);
  }

  /** What is held of this key is behind us from now on. */
  #leave(key: string): void {
    const held = this.#held.get(key);
    if (held !== undefined) this.#remember(hashId(held.state));
  }

  #bury(uid: TextHash): void {
    if (!this.#options.hasSelectors) this.#remember(hashId(uid));
  }

  #remember(id: HashId): void {
    if (!this.#past.has(id)) this.#pastByWatch.add(id);
    this.#past.add(id);
  }

  #withdrawWatch(): void {
    for (const id of this.#pastByWatch.values()) this.#past.delete(id);
    this.#position = this.#watchPosition;
  }

  #moveTo(version: string): void {
    this.#position = version;
    this.#positions.add(version);
  }

  /** A bad object harms only itself: it is left out, as if it were not there. */
  #project(state: ObjectState | undefined, object: unknown): T | undefined {
    if (state === undefined) {
      this.#skip('', 'an object without a name');
      return undefined;
    }
    try {
      return this.#options.project(object, state.state);
    } catch (error) {
      this.#skip(state.key, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #tellFull(): void {
    this.#skip('', `more than ${this.#options.objectsMax} objects: the rest is not taken`);
  }

  #skip(key: string, reason: string): void {
    this.skippedCount++;
    const id = key === '' ? ` ${reason}` : key;
    if (this.#told.has(id)) return;
    this.#told.add(id);
    this.#options.onSkipped?.(key, reason);
  }
}

function idOf(text: string): HashId {
  return hashId(textHash(text));
}
