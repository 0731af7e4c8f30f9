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
import { readFileSync } from 'node:fs';
import { type DomainName, formatName } from '../dns/name.ts';
import { HashedRows } from '../runtime/tables/hashed-rows.ts';
import { textHash } from '../runtime/tables/text-hash.ts';
import { FileAside } from './file/file-aside.ts';
import { LOCAL_SNAPSHOT_ROWS } from './limits.ts';
import type { StateReader, StoredValue, StoreState } from './record-store.ts';
import { reasonOf, StoreError } from './store-error.ts';

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
      /** The keys, a piece at a time. Throws what is not as its checksum says: a fault of ours. */
      readonly steps: () => Generator<void, StoreState, undefined>;
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
  let octets: Buffer;
  try {
    // Nobody is served yet, and in pieces it takes twice as long.
    octets = readFileSync(path);
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isAbsent ? { kind: 'absent' } : refused(reasonOf(error));
  }
  try {
    return parseSnapshot(octets, origin);
  } catch (error) {
    return refused(`not readable (${reasonOf(error)})`);
  }
}

function parseSnapshot(
  octets: Buffer,
  origin: Omit<SnapshotOrigin, 'storeId'> & { readonly storeId: string | undefined },
): SnapshotReading {
  // 64 hex digits and a newline at the end.
  const body = octets.subarray(0, Math.max(0, octets.length - 65));
  const said = octets.toString('latin1', body.length);
  if (`${createHash('sha256').update(body).digest('hex')}\n` !== said)
    return refused('checksum differs');
  const rowsEnd = body.lastIndexOf(10, -2) + 1;
  const foot: Foot = JSON.parse(body.toString('utf8', rowsEnd));
  if (foot.format !== FORMAT) return refused(`format ${foot.format}, not ${FORMAT}`);
  if (origin.storeId !== undefined && foot.storeId !== origin.storeId) {
    return refused('taken from another store');
  }
  if (foot.prefix !== origin.prefix) return refused(`prefix ${foot.prefix}`);
  const missing = zoneTexts(origin.zones).find((zone) => !foot.zones.includes(zone));
  if (missing !== undefined) return refused(`it does not hold zone ${missing}`);
  const { revision, takenAtSeconds, serials, meaning } = foot;
  const steps = () => readRows(body.subarray(0, rowsEnd), foot);
  return {
    kind: 'sound',
    head: { revision, takenAtSeconds, serials, ...(meaning !== undefined && { meaning }) },
    digest: said.trimEnd(),
    steps,
  };
}

function* readRows(body: Buffer, foot: Foot): Generator<void, StoreState, undefined> {
  const values = new Map<string, StoredValue>();
  for (let start = 0; start < body.length; ) {
    const end = body.indexOf(10, start);
    const rows: Row[] = JSON.parse(body.toString('utf8', start, end));
    for (const [key, value, modRevision, createRevision, leaseId] of rows) {
      const stored = { value, modRevision, createRevision };
      values.set(key, leaseId === undefined ? stored : { ...stored, leaseId });
    }
    start = end + 1;
    yield;
  }
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
