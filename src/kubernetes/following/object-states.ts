/**
 * ObjectStates: which state of each object is held, as rows by hashes of key, uid and state: the
 * texts themselves, 64 octets and two places in Maps, lay there for every object of every member. Two
 * objects of one key's hash would be one here, and a deletion of the one would hide that of the other:
 * of 200,000 any two, with a chance of one in a thousand million.
 */

import { HashedRows } from '../../runtime/tables/hashed-rows.ts';
import { isSameHash, type TextHash, textHash } from '../../runtime/tables/text-hash.ts';
import type { ObjectState } from './object-state.ts';

export interface HeldState {
  readonly uid: TextHash;
  readonly state: TextHash;
}

export class ObjectStates {
  /** By the key's hash: two words of the uid's hash, two of the state's. */
  readonly #rows = new HashedRows(4);

  get size(): number {
    return this.#rows.size;
  }

  has(key: string): boolean {
    return this.#rows.find(textHash(key)) >= 0;
  }

  get(key: string): HeldState | undefined {
    const row = this.#rows.find(textHash(key));
    return row < 0 ? undefined : this.#stateAt(row);
  }

  set({ key, uid, state }: ObjectState): void {
    const row = this.#rows.take(textHash(key));
    const [uidFirst, uidSecond] = textHash(uid);
    const [first, second] = textHash(state);
    this.#rows.setWord(row, 0, uidFirst);
    this.#rows.setWord(row, 1, uidSecond);
    this.#rows.setWord(row, 2, first);
    this.#rows.setWord(row, 3, second);
  }

  /** Gives whether it was there. */
  delete(key: string): boolean {
    return this.#rows.drop(textHash(key));
  }

  /** What is held here and not, or in another state, there. */
  *differing(there: ObjectStates): Generator<HeldState, void, undefined> {
    for (const row of this.#rows.rows()) {
      const held = this.#stateAt(row);
      const at = there.#rows.find(this.#rows.hashAt(row));
      if (at < 0 || !isSameHash(there.#stateAt(at).state, held.state)) yield held;
    }
  }

  #stateAt(row: number): HeldState {
    const rows = this.#rows;
    return {
      uid: [rows.word(row, 0), rows.word(row, 1)],
      state: [rows.word(row, 2), rows.word(row, 3)],
    };
  }
}
