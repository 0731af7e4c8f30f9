/**
 * RemovalMarker: counts the names that one writer took out, in the commit that takes them out: what
 * goes with it was meant to go (store/hold).
 */

import type { KeyRange, StoreCommit, StoredValue } from '../record-store.ts';
import { controlNumber, oneKey } from './control-keys.ts';

export class RemovalMarker {
  readonly key: string;
  #removed = 0;
  #modRevision = 0;

  constructor(key: string) {
    this.key = key;
  }

  get range(): KeyRange {
    return oneKey(this.key);
  }

  /** As it rests now. */
  take(stored: StoredValue | undefined): void {
    this.#modRevision = stored?.modRevision ?? 0;
    this.#removed = controlNumber(stored?.value ?? '', 'removed') ?? 0;
  }

  /** The same commit; where names go in it, one that counts them. */
  counting(commit: StoreCommit, removedNameCount: number): StoreCommit {
    if (removedNameCount === 0) return commit;
    const { key } = this;
    const value = JSON.stringify({ removed: this.#removed + removedNameCount });
    return {
      puts: [...commit.puts, { key, value }],
      deletes: commit.deletes,
      compares: [...commit.compares, { key, modRevision: this.#modRevision }],
    };
  }

  /** It was committed. */
  counted(removedNameCount: number, revision: number): void {
    if (removedNameCount === 0) return;
    this.#removed += removedNameCount;
    this.#modRevision = revision;
  }
}
