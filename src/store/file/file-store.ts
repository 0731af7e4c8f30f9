/**
 * FileStore: the embedded store. Everything in memory, every commit in the journal before it is
 * confirmed or seen, a snapshot when the journal has grown. One process a folder.
 */

import { JOURNAL_OCTETS_MAX, JOURNAL_QUEUE_MAX } from '../limits.ts';
import {
  type CommitOutcome,
  type KeyRange,
  type RecordStore,
  type StateReader,
  type StoreCommit,
  type StoreEvent,
  type StoreState,
  scanState,
} from '../record-store.ts';
import { checkCommit, RevisionedMap, type StagedCommit } from '../revisioned-map.ts';
import { StoreError } from '../store-error.ts';
import { FolderLock } from './folder-lock.ts';
import { formatCommit } from './journal-text.ts';
import { makeStateFolder, StateFiles, type SyncPolicy } from './state-files.ts';

export interface FileStoreOptions {
  readonly sync?: SyncPolicy;
  /** Journal octets after which a snapshot is written. */
  readonly journalOctetsMax?: number;
}

/**
 * Opens or makes the state folder, takes its lock, repairs a torn tail.
 * Throws StoreError STORE_LOCKED, STORE_DAMAGED (names the repair command), STORE_DISK.
 */
export async function openFileStore(
  folder: string,
  options: FileStoreOptions = {},
): Promise<FileStore> {
  await makeStateFolder(folder);
  const lock = await FolderLock.take(folder);
  try {
    const files = new StateFiles(folder, options.sync ?? 'commit');
    const { state, repairedOctets } = await files.load();
    const journalOctetsMax = options.journalOctetsMax ?? JOURNAL_OCTETS_MAX;
    return new FileStore({ files, lock, state, repairedOctets, journalOctetsMax });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface FileStoreParts {
  readonly files: StateFiles;
  readonly lock: FolderLock;
  readonly state: StoreState;
  readonly repairedOctets: number;
  readonly journalOctetsMax: number;
}

interface Waiting {
  readonly commit: StoreCommit;
  readonly resolve: (outcome: CommitOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export class FileStore implements RecordStore {
  readonly kind = 'file';
  /** Octets of a torn tail cut off at opening: for the log, and for the operator. */
  readonly repairedOctets: number;
  readonly #parts: FileStoreParts;
  readonly #map: RevisionedMap;
  readonly #stopped = new AbortController();
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  /** Use openFileStore. */
  constructor(parts: FileStoreParts) {
    this.#parts = parts;
    this.repairedOctets = parts.repairedOctets;
    this.#map = new RevisionedMap(parts.state);
  }

  async read(ranges: readonly KeyRange[]): Promise<StoreState> {
    this.#check();
    // What is staged but not on disk yet must not be seen: it may be taken back.
    while (this.#writing !== undefined) await this.#writing;
    return this.#map.read(ranges);
  }

  async scan(ranges: readonly KeyRange[], reader: StateReader): Promise<number> {
    return scanState(await this.read(ranges), reader);
  }

  async commit(commit: StoreCommit): Promise<CommitOutcome> {
    this.#check();
    checkCommit(commit);
    if (this.#waiting.length >= JOURNAL_QUEUE_MAX) {
      throw new StoreError('STORE_DISK', `${JOURNAL_QUEUE_MAX} commits wait for the disk`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<CommitOutcome>();
    this.#waiting.push({ commit, resolve, reject });
    this.#writing ??= this.#write();
    return promise;
  }

  watch(
    ranges: readonly KeyRange[],
    options: { readonly afterRevision?: number; readonly signal: AbortSignal },
  ): AsyncIterable<StoreEvent> {
    return this.#watch(ranges, options);
  }

  /** Leases are etcd's; nothing here has one. */
  async leaseSecondsLeft(): Promise<number | undefined> {
    return undefined;
  }

  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    while (this.#writing !== undefined) await this.#writing;
    await this.#parts.files.close();
    await this.#parts.lock.release();
  }

  async *#watch(
    ranges: readonly KeyRange[],
    options: { readonly afterRevision?: number; readonly signal: AbortSignal },
  ): AsyncGenerator<StoreEvent, void, undefined> {
    const signal = AbortSignal.any([options.signal, this.#stopped.signal]);
    while (this.#writing !== undefined) await this.#writing;
    yield* this.#map.follow(ranges, { ...options, signal });
  }

  /** All that wait go to disk together, with one sync. */
  async #write(): Promise<void> {
    // Lets the commits of this turn gather.
    await Promise.resolve();
    do {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#writeBatch(batch);
      if (this.#parts.files.journalOctets > this.#parts.journalOctetsMax) await this.#compact();
    } while (this.#waiting.length > 0);
    this.#writing = undefined;
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const staged: { commit: Waiting; result: StagedCommit }[] = [];
    let lines = '';
    for (const commit of batch) {
      const before = this.#map.revision;
      // Checked when it was taken in: it cannot throw here.
      const result = this.#map.stage(commit.commit);
      staged.push({ commit, result });
      if (result.outcome.kind === 'conflict' || this.#map.revision === before) continue;
      const { puts, deletes } = commit.commit;
      lines += formatCommit({ revision: this.#map.revision, puts, deletes });
    }
    try {
      if (lines !== '') await this.#parts.files.append(lines);
      this.#map.announce();
      for (const { commit, result } of staged) commit.resolve(result.outcome);
    } catch (error) {
      for (const { result } of staged.toReversed()) result.undo();
      for (const { commit } of staged) commit.reject(error);
    }
  }

  /** A snapshot that fails (disk full) leaves the journal growing; the next commit tries again. */
  async #compact(): Promise<void> {
    await this.#parts.files.compact(this.#map.readAll()).catch(() => undefined);
  }

  #check(): void {
    if (this.#stopped.signal.aborted) throw new StoreError('STORE_STOPPED', 'store is stopped');
  }
}
