/**
 * LocalSnapshot: what a serving process starts from when its store is away: one state on its own
 * disk, checksummed as a whole, written aside and renamed. Another cluster's, prefix's or zone set's
 * is refused: it would be a wrong answer. What it is of stands at its end: it is written as the
 * store is read, and never all in memory.
 *
 *   JSON arrays of at most 1,000 [key, value, modRevision, createRevision, leaseId?], a line each\n
 *   {"format":"fedns-local-2","storeId":..,"prefix":..,"zones":[..],"revision":R,"count":N,...}\n
 *   sha-256 of all before, in hex\n
 */

import { createHash, type Hash } from 'node:crypto';
import { type DomainName, formatName } from '../../dns/name.ts';
import { HashedRows } from '../../runtime/tables/hashed-rows.ts';
import { textHash } from '../../runtime/tables/text-hash.ts';
import { GrowingValues } from '../flat-values.ts';
import { LOCAL_SNAPSHOT_ROWS } from '../limits.ts';
import type { StateReader, StoredValue, StoreState } from '../record-store.ts';
import { reasonOf, StoreError } from '../store-error.ts';
import { FileAside } from './file-aside.ts';
import { ReadFile } from './read-file.ts';

export interface SnapshotOrigin {
  /** Cluster id and sentinel, or whatever tells one store from another. */
  readonly storeId: string;
  readonly prefix: string;
  readonly zones: readonly DomainName[];
}

/** What a snapshot says before its keys are read. */
export interface SnapshotHead {
  readonly revision: number;
  /** Wall-clock seconds when it was taken: `snapshotMaxAge` counts from here. */
  readonly takenAtSeconds: number;
  /** Everything beside the keys that decided what was served; absent in older ones. */
  readonly meaning?: string;
  /** Served by each zone then, by its text: they must not go back. */
  readonly serials: Readonly<Record<string, number>>;
}

export type SnapshotReading =
  | {
      /** Whole, and of this store as far as is known. */
      readonly kind: 'sound';
      readonly head: SnapshotHead;
      /** sha-256 in hex: tells this snapshot from every other. */
      readonly digest: string;
      /**
       * The keys, a piece at a time, of the file that was checked, whatever took its place since: once.
       * Throws what is not as its checksum says: a fault of ours.
       */
      readonly steps: () => Generator<void, StoreState, undefined>;
      /** In place of `steps`: its keys are not wanted. */
      readonly drop: () => void;
    }
  | { readonly kind: 'absent' }
  /** Damaged, of another format, or another's; not to be used, not to be removed. */
  | { readonly kind: 'refused'; readonly reason: string };

const FORMAT = 'fedns-local-2';

type Row = [key: string, value: string, mod: number, create: number, leaseId?: string];

/** The line after the rows. */
interface Foot {
  readonly format: string;
  readonly storeId: string;
  readonly prefix: string;
  readonly zones: readonly string[];
  readonly revision: number;
  readonly count: number;
  readonly takenAtSeconds: number;
  readonly serials: Readonly<Record<string, number>>;
  readonly meaning?: string;
}

/**
 * One being written: takes the state in piece by piece, then `finish` or `drop`. Every method throws
 * StoreError STORE_DISK.
 */
export class SnapshotWriting implements StateReader {
  readonly #path: string;
  readonly #file: FileAside;
  #digest: Hash = createHash('sha256');
  #keys = new HashedRows(0);
  #mustRestart = false;

  private constructor(path: string, file: FileAside) {
    this.#path = path;
    this.#file = file;
  }

  static async open(path: string): Promise<SnapshotWriting> {
    return onDisk(path, async () => new SnapshotWriting(path, await FileAside.open(path)));
  }

  begin(): void {
    this.#digest = createHash('sha256');
    this.#keys = new HashedRows(0);
    this.#mustRestart = true;
  }

  async take(piece: Iterable<readonly [key: string, stored: StoredValue]>): Promise<void> {
    let rows: Row[] = [];
    for (const [key, { value, modRevision, createRevision, leaseId }] of piece) {
      this.#keys.take(textHash(key));
      const lease: [] | [string] = leaseId === undefined ? [] : [leaseId];
      rows.push([key, value, modRevision, createRevision, ...lease]);
      if (rows.length < LOCAL_SNAPSHOT_ROWS) continue;
      await this.#append(rows);
      rows = [];
    }
    if (rows.length > 0) await this.#append(rows);
  }

  /** Whether the state has this key. */
  has(key: string): boolean {
    return this.#keys.find(textHash(key)) >= 0;
  }

  /** It replaces the one before. Never while removals are held (hold/). Gives the digest. */
  async finish(origin: SnapshotOrigin, head: SnapshotHead): Promise<string> {
    const zones = zoneTexts(origin.zones);
    const foot: Foot = { format: FORMAT, ...origin, zones, count: this.#keys.size, ...head };
    await this.#append(foot);
    const said = this.#digest.digest('hex');
    await onDisk(this.#path, async () => {
      await this.#file.append(`${said}\n`);
      await this.#file.replace();
    });
    return said;
  }

  /** The one before stays. */
  async drop(): Promise<void> {
    await this.#file.drop();
  }

  async #append(value: unknown): Promise<void> {
    const line = `${JSON.stringify(value)}\n`;
    await onDisk(this.#path, async () => {
      if (this.#mustRestart) await this.#file.restart();
      this.#mustRestart = false;
      await this.#file.append(line);
    });
    this.#digest.update(line);
  }
}

async function onDisk<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new StoreError('STORE_DISK', `snapshot ${path}: ${reasonOf(error)}`, error);
  }
}

/** Never throws for what is on disk. `storeId` undefined: not known yet, the store is away. */
export function readLocalSnapshot(
  path: string,
  origin: Omit<SnapshotOrigin, 'storeId'> & { readonly storeId: string | undefined },
): SnapshotReading {
  let file: ReadFile;
  try {
    file = new ReadFile(path);
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isAbsent ? { kind: 'absent' } : refused(reasonOf(error));
  }
  let reading: SnapshotReading;
  try {
    reading = parseSnapshot(file, origin);
  } catch (error) {
    reading = refused(`not readable (${reasonOf(error)})`);
  }
  if (reading.kind !== 'sound') file.close();
  return reading;
}

function parseSnapshot(
  file: ReadFile,
  origin: Omit<SnapshotOrigin, 'storeId'> & { readonly storeId: string | undefined },
): SnapshotReading {
  // 64 hex digits and a newline at the end.
  const bodyEnd = Math.max(0, file.size - 65);
  const said = file.text(bodyEnd, file.size);
  const digest = createHash('sha256');
  for (const piece of file.pieces(bodyEnd)) digest.update(piece);
  if (`${digest.digest('hex')}\n` !== said) return refused('checksum differs');
  const rowsEnd = file.lineBefore(bodyEnd - 1);
  const foot: Foot = JSON.parse(file.text(rowsEnd, bodyEnd));
  if (foot.format !== FORMAT) return refused(`format ${foot.format}, not ${FORMAT}`);
  if (origin.storeId !== undefined && foot.storeId !== origin.storeId) {
    return refused('taken from another store');
  }
  if (foot.prefix !== origin.prefix) return refused(`prefix ${foot.prefix}`);
  const missing = zoneTexts(origin.zones).find((zone) => !foot.zones.includes(zone));
  if (missing !== undefined) return refused(`it does not hold zone ${missing}`);
  const { revision, takenAtSeconds, serials, meaning } = foot;
  const steps = () => readRows(file, rowsEnd, foot);
  return {
    kind: 'sound',
    head: { revision, takenAtSeconds, serials, ...(meaning !== undefined && { meaning }) },
    digest: said.trimEnd(),
    steps,
    drop: () => file.close(),
  };
}

function* readRows(
  file: ReadFile,
  rowsEnd: number,
  foot: Foot,
): Generator<void, StoreState, undefined> {
  const read = new GrowingValues();
  try {
    for (const line of file.lines(rowsEnd)) {
      const rows: Row[] = JSON.parse(line);
      for (const [key, value, modRevision, createRevision, leaseId] of rows) {
        const stored = { value, modRevision, createRevision };
        read.set(key, leaseId === undefined ? stored : { ...stored, leaseId });
      }
      yield;
    }
  } finally {
    file.close();
  }
  const { values } = read;
  if (values.size !== foot.count) {
    throw new StoreError('STORE_DAMAGED', `snapshot: ${values.size} of ${foot.count} keys`);
  }
  return { revision: foot.revision, values };
}

function zoneTexts(zones: readonly DomainName[]): string[] {
  return zones.map(formatName).sort();
}

function refused(reason: string): SnapshotReading {
  return { kind: 'refused', reason };
}
