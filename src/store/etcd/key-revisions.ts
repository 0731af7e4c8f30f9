/**
 * KeyRevisions: the mod revision of each of very many keys, as rows by the key's hash. Two keys of
 * one hash would look as a lost event does.
 */

import { HashedRows } from '../../runtime/hashed/hashed-rows.ts';
import { type TextHash, textHash } from '../../runtime/hashed/text-hash.ts';

/** A key by its hash. */
export type KeyId = string;

export interface DifferingKey {
  readonly id: KeyId;
  /** undefined: it is known here, and not there; only its hash is. */
  readonly key: string | undefined;
}

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

  /** Those that differ: keys of another revision, keys that are not known, keys that are not there. */
  differing(there: ReadonlyMap<string, { readonly modRevision: number }>): DifferingKey[] {
    const isSeen = new Uint8Array(this.#rows.slotCount);
    const differing: DifferingKey[] = [];
    for (const [key, { modRevision }] of there) {
      const hash = textHash(key);
      const row = this.#rows.find(hash);
      if (row >= 0) isSeen[row] = 1;
      if (row < 0 || this.#revisionAt(row) !== modRevision) differing.push({ id: idOf(hash), key });
    }
    for (const row of this.#rows.rows()) {
      if (isSeen[row] === 1) continue;
      differing.push({ id: idOf(this.#rows.hashAt(row)), key: undefined });
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
