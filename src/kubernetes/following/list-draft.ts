/** A list while it is read: nothing of it is seen before it is complete and found to be news. */

import { HashedRows } from '../../runtime/tables/hashed-rows.ts';
import { textHash } from '../../runtime/tables/text-hash.ts';
import { type ObjectState, stateOf } from './object-state.ts';
import { ObjectStates } from './object-states.ts';

export interface ListDraftOptions<T> {
  readonly objectsMax: number;
  readonly project: (state: ObjectState | undefined, object: unknown) => T | undefined;
  readonly isPast: (state: ObjectState) => boolean;
}

export class ListDraft<T> {
  readonly #options: ListDraftOptions<T>;
  objects = new Map<string, T>();
  readonly states = new ObjectStates();
  /** Of all there is, taken or not. */
  uids = new HashedRows(0);
  /** Shows a state that was left behind. */
  hasPast = false;
  /** Objects were left out. */
  isFull = false;

  constructor(options: ListDraftOptions<T>) {
    this.#options = options;
  }

  put(object: unknown): void {
    const { project, isPast, objectsMax } = this.#options;
    const state = stateOf(object);
    const projected = project(state, object);
    if (state === undefined) return;
    if (isPast(state)) this.hasPast = true;
    this.uids.take(textHash(state.uid));
    if (projected === undefined) {
      this.#drop(state.key);
    } else if (this.objects.size >= objectsMax && !this.objects.has(state.key)) {
      this.isFull = true;
    } else {
      this.objects.set(state.key, projected);
      this.states.set(state);
    }
  }

  /** A streamed list may be overtaken by changes before it is complete. */
  remove(object: unknown): void {
    const state = stateOf(object);
    if (state === undefined) return;
    this.uids.drop(textHash(state.uid));
    this.#drop(state.key);
  }

  /** What was taken belongs to whoever took it; a watch that began with this list holds it on. */
  letGo(): void {
    this.objects = new Map();
    this.uids = new HashedRows(0);
  }

  #drop(key: string): void {
    this.objects.delete(key);
    this.states.delete(key);
  }
}
