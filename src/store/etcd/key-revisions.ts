/**
 * KeyRevisions: the mod revision of each of very many keys, as rows by the key's hash. Two keys of
 * one hash would look as a lost event does.
 */

import { HashedRows } from '../../runtime/hashed/hashed-rows.ts';
import { type TextHash, textHash } from '../../runtime/hashed/text-hash.ts';

/** A key by its hash. */
export type KeyId = string;

const WORD = 2 ** 32;

export class KeyRevisions {
  /** Of each the low half of its revision, and the high one. */
  readonly #rows = new HashedRows(2);

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): number | undefined {
    const row = this.#rows.find(textHash(key));
    return row < 0 ? undefined : this.#revisionAt(row);
  }

  set(key: string, revision: number): void {
    const row = this.#rows.take(textHash(key));
    this.#rows.setWord(row, 0, revision % WORD);
    this.#rows.setWord(row, 1, Math.floor(revision / WORD));
  }

  delete(key: string): void {
    this.#rows.drop(textHash(key));
  }

  /** Keys that are known here or there, and not of the same revision in both. */
  differing(there: KeyRevisions): KeyId[] {
    const differing: KeyId[] = [];
    for (const row of this.#rows.rows()) {
      const hash = this.#rows.hashAt(row);
      const other = there.#rows.find(hash);
      const isSame = other >= 0 && there.#revisionAt(other) === this.#revisionAt(row);
      if (!isSame) differing.push(idOf(hash));
    }
    for (const row of there.#rows.rows()) {
      const hash = there.#rows.hashAt(row);
      if (this.#rows.find(hash) < 0) differing.push(idOf(hash));
    }
    return differing;
  }

  #revisionAt(row: number): number {
    return this.#rows.word(row, 0) + WORD * this.#rows.word(row, 1);
  }
}

export function keyId(key: string): KeyId {
  return idOf(textHash(key));
}

function idOf([first, second]: TextHash): KeyId {
  return `${first} ${second}`;
}
