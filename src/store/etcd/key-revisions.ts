/**
 * KeyRevisions: the mod revision of each of very many keys, as rows by the key's hash. Two keys of
 * one hash would look as a lost event does.
 */

import { HashedRows } from '../../runtime/tables/hashed-rows.ts';
import { type HashId, hashId, textHash } from '../../runtime/tables/text-hash.ts';

const WORD = 2 ** 32;

/** In the high half of a revision: an audit has seen it. Revisions stay below 2 ** 53. */
const SEEN = 2 ** 31;

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

  /** Nothing was seen yet: then `see` each key there is, and `unseen` are the rest. */
  beginAudit(): void {
    for (const row of this.#rows.rows()) this.#mark(row, false);
  }

  /** Gives whether it is known as of this revision. */
  see(key: string, revision: number): boolean {
    const row = this.#rows.find(textHash(key));
    if (row < 0) return false;
    this.#mark(row, true);
    return this.#revisionAt(row) === revision;
  }

  /** Those that were not seen since the audit began; set since counts as not seen. */
  unseen(): HashId[] {
    const unseen: HashId[] = [];
    for (const row of this.#rows.rows()) {
      if (this.#rows.word(row, 1) < SEEN) unseen.push(hashId(this.#rows.hashAt(row)));
    }
    return unseen;
  }

  #mark(row: number, isSeen: boolean): void {
    const high = this.#rows.word(row, 1) % SEEN;
    this.#rows.setWord(row, 1, isSeen ? high + SEEN : high);
  }

  #revisionAt(row: number): number {
    return this.#rows.word(row, 0) + WORD * (this.#rows.word(row, 1) % SEEN);
  }
}

export function keyId(key: string): HashId {
  return hashId(textHash(key));
}
