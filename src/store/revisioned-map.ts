/**
 * RevisionedMap: keys, values and one revision, as etcd keeps them, in memory; with a bounded
 * history so that a watch can resume. The memory store is this and nothing else; the file store
 * writes each staged commit to its journal before announcing it.
 */

import {
  COMMIT_OCTETS_MAX,
  COMMIT_OPERATIONS_MAX,
  CONTACT_INTERVAL_MS,
  HISTORY_CHANGES_MAX,
  HISTORY_REVISIONS_MAX,
  KEY_OCTETS_MAX,
} from './limits.ts';
import type {
  CommitOutcome,
  KeyRange,
  StoreChange,
  StoreCommit,
  StoredValue,
  StoreEvent,
  StoreState,
} from './record-store.ts';
import { StoreError } from './store-error.ts';

export interface StagedCommit {
  readonly outcome: CommitOutcome;
  /** Takes the commit back; only the newest staged one, and only before `announce`. */
  readonly undo: () => void;
}

interface Revision {
  readonly revision: number;
  readonly changes: readonly StoreChange[];
}

export class RevisionedMap {
  readonly #values: Map<string, StoredValue>;
  readonly #history: Revision[] = [];
  #historyChangeCount = 0;
  #revision: number;
  #announced: number;
  #wake = Promise.withResolvers<void>();

  /** An empty etcd has revision 1, so we have. */
  constructor(initial?: StoreState) {
    this.#values = new Map(initial?.values);
    this.#revision = initial?.revision ?? 1;
    this.#announced = this.#revision;
  }

  get revision(): number {
    return this.#revision;
  }

  get keyCount(): number {
    return this.#values.size;
  }

  /** O(keys): every key is compared with every range, then sorted. */
  read(ranges: readonly KeyRange[]): StoreState {
    const found: [string, StoredValue][] = [];
    for (const pair of this.#values) if (isWithin(pair[0], ranges)) found.push(pair);
    found.sort((left, right) => (left[0] < right[0] ? -1 : 1));
    return { revision: this.#revision, values: new Map(found) };
  }

  /** Every key, for a snapshot. */
  readAll(): StoreState {
    return { revision: this.#revision, values: new Map(this.#values) };
  }

  /** Compares and applies at once; watches see it from `announce` on. Throws STORE_REFUSED. */
  stage(commit: StoreCommit): StagedCommit {
    checkCommit(commit);
    const isConflict = commit.compares.some((compare) => {
      const stored = this.#values.get(compare.key);
      return 'modRevision' in compare
        ? (stored?.modRevision ?? 0) !== compare.modRevision
        : (stored?.createRevision ?? 0) !== compare.createRevision;
    });
    const nothing = () => undefined;
    if (isConflict) {
      return { outcome: { kind: 'conflict', revision: this.#revision }, undo: nothing };
    }
    const revision = this.#revision + 1;
    const changes: StoreChange[] = commit.puts.map(({ key, value }) => {
      const createRevision = this.#values.get(key)?.createRevision ?? revision;
      return { key, stored: { value, modRevision: revision, createRevision } };
    });
    for (const key of commit.deletes) {
      if (this.#values.has(key)) changes.push({ key, stored: undefined });
    }
    if (changes.length === 0) {
      // As in etcd: deleting what is not there makes no revision.
      return { outcome: { kind: 'committed', revision: this.#revision }, undo: nothing };
    }
    const before = changes.map(({ key }) => ({ key, stored: this.#values.get(key) }));
    this.apply({ revision, changes });
    return {
      outcome: { kind: 'committed', revision },
      undo: () => {
        this.#history.pop();
        this.#historyChangeCount -= changes.length;
        this.#revision = revision - 1;
        this.#setAll(before);
      },
    };
  }

  /** Takes over a revision that was decided before (the journal's). It must be the next one. */
  apply({ revision, changes }: Revision): void {
    this.#setAll(changes);
    this.#revision = revision;
    this.#history.push({ revision, changes });
    this.#historyChangeCount += changes.length;
    this.#trim();
  }

  /** Shows everything staged to the watches. */
  announce(): void {
    this.#announced = this.#revision;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  /** The watch of record-store.ts. A reader that is too slow finds `compacted`, never a queue. */
  async *follow(
    ranges: readonly KeyRange[],
    options: { readonly afterRevision?: number; readonly signal: AbortSignal },
  ): AsyncGenerator<StoreEvent, void, undefined> {
    const { signal } = options;
    const state = (reason: 'first' | 'compacted' | 'replaced'): StoreEvent => {
      seen = this.#revision;
      return { kind: 'state', reason, state: this.read(ranges) };
    };
    let seen = options.afterRevision ?? -1;
    let contactAt = Number.NEGATIVE_INFINITY;
    if (options.afterRevision === undefined) yield state('first');
    while (!signal.aborted) {
      const wake = this.#wake.promise;
      if (seen > this.#revision) yield state('replaced');
      else if (seen < this.#floor()) yield state('compacted');
      const next = this.#after(seen);
      if (next === undefined) {
        if (performance.now() - contactAt >= CONTACT_INTERVAL_MS) {
          contactAt = performance.now();
          yield { kind: 'contact', revision: seen };
        }
        await wokenOrAborted(wake, signal);
        continue;
      }
      seen = next.revision;
      const changes = next.changes.filter((change) => isWithin(change.key, ranges));
      if (changes.length > 0) yield { kind: 'revision', revision: seen, changes };
    }
  }

  #after(revision: number): Revision | undefined {
    if (revision >= this.#announced) return undefined;
    // Revisions of the history are consecutive.
    return this.#history[revision - this.#floor()];
  }

  /** Everything after this revision is in the history. */
  #floor(): number {
    return this.#revision - this.#history.length;
  }

  #setAll(changes: readonly StoreChange[]): void {
    for (const { key, stored } of changes) {
      if (stored === undefined) this.#values.delete(key);
      else this.#values.set(key, stored);
    }
  }

  #trim(): void {
    const isOver = (share: number) =>
      this.#history.length > HISTORY_REVISIONS_MAX * share ||
      this.#historyChangeCount > HISTORY_CHANGES_MAX * share;
    if (!isOver(1)) return;
    // Down to three quarters at once, so that the cost of moving the array is spread.
    let dropped = 0;
    let droppedChanges = 0;
    const goalRevisions = this.#history.length - HISTORY_REVISIONS_MAX * 0.75;
    const goalChanges = this.#historyChangeCount - HISTORY_CHANGES_MAX * 0.75;
    while (dropped < goalRevisions || droppedChanges < goalChanges) {
      droppedChanges += this.#history[dropped]?.changes.length ?? 0;
      dropped += 1;
    }
    this.#history.splice(0, dropped);
    this.#historyChangeCount -= droppedChanges;
  }
}

function isWithin(key: string, ranges: readonly KeyRange[]): boolean {
  return ranges.some((range) => range.from <= key && key < range.to);
}

/**
 * What every store refuses alike. `findsTwins`: the store itself refuses a key written twice. Throws
 * StoreError STORE_REFUSED.
 */
export function checkCommit(commit: StoreCommit, { findsTwins = false } = {}): void {
  const { compares, puts, deletes } = commit;
  const operationCount = compares.length + puts.length + deletes.length;
  const refuse = (why: string): never => {
    throw new StoreError('STORE_REFUSED', `commit refused: ${why}`);
  };
  if (operationCount > COMMIT_OPERATIONS_MAX) {
    refuse(`${operationCount} operations, at most ${COMMIT_OPERATIONS_MAX}`);
  }
  const written = [...puts.map(({ key }) => key), ...deletes];
  if (!findsTwins && new Set(written).size < written.length) refuse('a key written twice');
  let octets = 0;
  for (const key of written) {
    if (key === '' || key.length > KEY_OCTETS_MAX) refuse(`key of ${key.length} octets`);
    octets += key.length;
  }
  for (const { key, value } of puts) {
    octets += value.length;
    if (isWide(key) || isWide(value)) refuse(`a character above 255 in ${JSON.stringify(key)}`);
  }
  if (octets > COMMIT_OCTETS_MAX) refuse(`${octets} octets, at most ${COMMIT_OCTETS_MAX}`);
}

function isWide(text: string): boolean {
  return /[^\0-\xff]/.test(text);
}

async function wokenOrAborted(wake: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  const timer = setTimeout(resolve, CONTACT_INTERVAL_MS);
  signal.addEventListener('abort', onAbort);
  try {
    await Promise.race([wake, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
