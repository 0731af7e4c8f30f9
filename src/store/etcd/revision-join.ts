/**
 * RevisionJoin: events of several watchers of one stream -> whole revisions in order. etcd sends
 * each range's share of a revision by itself; a revision is let go once every watcher is known to
 * be past it, by its own events or by a progress report.
 *
 *   watcher 1   ...5a......7a      5 waits for watcher 2 to say 5 or later, or for progress >= 5
 *   watcher 2   ......5b...
 */

import { PassingMap } from '../../runtime/tables/passing-map.ts';
import type { StoreChange } from '../record-store.ts';

export interface JoinedRevision {
  readonly revision: number;
  readonly changes: readonly StoreChange[];
}

export class RevisionJoin {
  readonly #through: number[];
  readonly #pending = new PassingMap<number, StoreChange[]>();
  #released: number;
  #pendingChangeCount = 0;

  /** Watchers 0 to `watcherCount` - 1; everything up to `after` is known. */
  constructor(watcherCount: number, after: number) {
    this.#through = Array.from({ length: watcherCount }, () => after);
    this.#released = after;
  }

  /** Everything up to here has been let go. */
  get released(): number {
    return this.#released;
  }

  get pendingChangeCount(): number {
    return this.#pendingChangeCount;
  }

  /** Whether revisions wait for a watcher that has said nothing yet. */
  get isWaiting(): boolean {
    return this.#pending.size > 0;
  }

  /**
   * A change that some watcher reports. `late` when its revision was let go already: a server that
   * reported progress it had not made (etcd before 3.4.25 and 3.5.8); the reader must relist.
   */
  add(revision: number, change: StoreChange): 'added' | 'late' {
    if (revision <= this.#released) return 'late';
    const changes = this.#pending.get(revision);
    if (changes === undefined) this.#pending.set(revision, [change]);
    else changes.push(change);
    this.#pendingChangeCount += 1;
    return 'added';
  }

  /** A watcher has reported everything up to and with this revision. */
  advance(watcher: number, revision: number): void {
    this.#through[watcher] = Math.max(this.#through[watcher] ?? 0, revision);
  }

  advanceAll(revision: number): void {
    for (let watcher = 0; watcher < this.#through.length; watcher++) {
      this.advance(watcher, revision);
    }
  }

  /** Whole revisions that are known to be complete, in order. */
  take(): JoinedRevision[] {
    const through = Math.min(...this.#through);
    if (through <= this.#released) return [];
    const complete = [...this.#pending.keys()].filter((revision) => revision <= through);
    const joined = complete
      .sort((left, right) => left - right)
      .map((revision) => ({ revision, changes: this.#pending.get(revision) ?? [] }));
    for (const { revision, changes } of joined) {
      this.#pending.delete(revision);
      this.#pendingChangeCount -= changes.length;
    }
    // Progress alone moves nothing that a resume would start from: see etcd-watch.ts.
    this.#released = Math.max(this.#released, joined.at(-1)?.revision ?? 0);
    return joined;
  }
}
