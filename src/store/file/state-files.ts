/**
 * StateFiles: the journal and the snapshot of one state folder on disk. Written so that a crash
 * at any point leaves either the old or the new: appended and synced, or written aside, synced
 * and renamed.
 */

import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreState } from '../record-store.ts';
import { reasonOf, StoreError } from '../store-error.ts';
import { writeFileAside } from './file-aside.ts';
import {
  changesOf,
  damaged,
  formatLine,
  formatSnapshot,
  JOURNAL_FORMAT,
  type JournalCommit,
  type JournalReading,
  parseJournal,
  parseSnapshot,
} from './journal-text.ts';

/**
 * `commit`: on disk before a commit is confirmed. `none`: left to the kernel; a crash of the
 * machine (not of the process) may lose the last seconds, and a torn tail is repaired.
 */
export type SyncPolicy = 'commit' | 'none';

export interface LoadedState {
  readonly state: StoreState;
  /** Octets of a torn tail that were cut off; 0 mostly. */
  readonly repairedOctets: number;
  readonly journalOctets: number;
}

export class StateFiles {
  readonly folder: string;
  readonly #sync: SyncPolicy;
  #journal: FileHandle | undefined;
  #journalOctets = 0;

  constructor(folder: string, sync: SyncPolicy) {
    this.folder = folder;
    this.#sync = sync;
  }

  get journalOctets(): number {
    return this.#journalOctets;
  }

  /** Reads both files, repairs a torn tail, opens the journal. Throws STORE_DAMAGED, STORE_DISK. */
  async load(): Promise<LoadedState> {
    return onDisk(this.folder, async () => {
      const snapshot = await this.#readSnapshot();
      const octets = await readOptional(this.#path('journal'));
      const reading = parseJournal(octets ?? Buffer.alloc(0));
      const line = reading.damagedLines[0];
      if (line !== undefined) throw damaged(this.#path('journal'), `line ${line}`);
      const state = this.#replay(snapshot, reading);
      if (octets === undefined || reading.soundOctets === 0) await this.#beginJournal();
      else await this.#openJournal(reading);
      const journalOctets = this.#journalOctets;
      return { state, repairedOctets: reading.tornOctets, journalOctets };
    });
  }

  /** Appends and syncs; when that fails the journal is cut back to what was confirmed. */
  async append(lines: string): Promise<void> {
    const octets = Buffer.from(lines, 'utf8');
    await onDisk(this.folder, async () => {
      const journal = this.#journal;
      if (journal === undefined) throw new Error('journal is not open');
      try {
        await writeWhole(journal, octets, this.#journalOctets);
        if (this.#sync === 'commit') await journal.datasync();
        this.#journalOctets += octets.length;
      } catch (error) {
        await journal.truncate(this.#journalOctets).catch(() => undefined);
        throw error;
      }
    });
  }

  /**
   * A new snapshot, then an empty journal. A crash in between leaves the new snapshot beside the
   * old journal, whose commits are then below the snapshot's revision and passed over.
   */
  async compact(state: StoreState): Promise<void> {
    await onDisk(this.folder, async () => {
      await this.#writeAside('snapshot', formatSnapshot(state));
      await this.#beginJournal();
    });
  }

  async close(): Promise<void> {
    await this.#journal?.close();
    this.#journal = undefined;
  }

  async #readSnapshot(): Promise<StoreState> {
    const path = this.#path('snapshot');
    const octets = await readOptional(path);
    if (octets === undefined) return { revision: 1, values: new Map() };
    return parseSnapshot(octets.toString('utf8'), path);
  }

  #replay(snapshot: StoreState, { commits }: JournalReading): StoreState {
    const values = new Map(snapshot.values);
    let { revision } = snapshot;
    for (const commit of commits) {
      if (commit.revision <= revision) continue;
      if (commit.revision !== revision + 1) {
        throw damaged(this.#path('journal'), `revision ${revision + 1} is missing`);
      }
      applyTo(values, commit);
      revision = commit.revision;
    }
    return { revision, values };
  }

  async #openJournal({ soundOctets, tornOctets }: JournalReading): Promise<void> {
    this.#journal = await open(this.#path('journal'), 'r+');
    if (tornOctets > 0) {
      await this.#journal.truncate(soundOctets);
      await this.#journal.sync();
    }
    this.#journalOctets = soundOctets;
  }

  async #beginJournal(): Promise<void> {
    const header = formatLine({ format: JOURNAL_FORMAT });
    await this.#writeAside('journal', [header]);
    await this.#journal?.close();
    this.#journal = await open(this.#path('journal'), 'r+');
    this.#journalOctets = Buffer.byteLength(header);
  }

  async #writeAside(name: string, lines: Iterable<string>): Promise<void> {
    await writeFileAside(this.#path(name), lines);
  }

  #path(name: string): string {
    return join(this.folder, name);
  }
}

export function applyTo(
  values: Map<string, { value: string; modRevision: number; createRevision: number }>,
  commit: JournalCommit,
): void {
  for (const { key, stored } of changesOf(commit, (each) => values.get(each)?.createRevision)) {
    if (stored === undefined) values.delete(key);
    else values.set(key, stored);
  }
}

/** Makes the folder, readable by its owner only. Throws StoreError STORE_DISK. */
export async function makeStateFolder(folder: string): Promise<void> {
  await onDisk(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
}

/** A full disk shows first as a write that took less than it was given, without an error. */
async function writeWhole(file: FileHandle, octets: Buffer, position: number): Promise<void> {
  for (let offset = 0; offset < octets.length; ) {
    const rest = octets.length - offset;
    const { bytesWritten } = await file.write(octets, offset, rest, position + offset);
    offset += bytesWritten;
  }
}

export async function readOptional(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function onDisk<T>(folder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('STORE_DISK', `state folder ${folder}: ${reasonOf(error)}`, error);
  }
}
