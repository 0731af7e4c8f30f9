/**
 * LocalSnapshot: what a serving process starts from when its store is away: one StoreState on its
 * own disk, checksummed as a whole, written aside and renamed. Another cluster's, prefix's or zone
 * set's is refused: it would be a wrong answer.
 *
 *   {"format":"fedns-local-1","storeId":..,"prefix":..,"zones":[..],"revision":R,"count":N,...}\n
 *   JSON arrays of 1,000 [key, value, modRevision, createRevision, leaseId?] each, a line each\n
 *   sha-256 of all before, in hex\n
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type DomainName, formatName } from '../dns/name.ts';
import { writeFileAside } from './file/state-files.ts';
import { LOCAL_SNAPSHOT_ROWS } from './limits.ts';
import type { StoredValue, StoreState } from './record-store.ts';
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

export interface LocalSnapshot extends Omit<SnapshotHead, 'revision'> {
  readonly state: StoreState;
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

const FORMAT = 'fedns-local-1';

type Row = [key: string, value: string, mod: number, create: number, leaseId?: string];

interface Header {
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
 * Never while removals are held (hold/held-removals.ts). Gives the digest. Throws StoreError
 * STORE_DISK.
 */
export async function writeLocalSnapshot(
  path: string,
  origin: SnapshotOrigin,
  snapshot: LocalSnapshot,
): Promise<string> {
  const digest = createHash('sha256');
  let said = '';
  const lines = function* () {
    for (const line of snapshotLines(origin, snapshot)) {
      digest.update(line);
      yield line;
    }
    said = digest.digest('hex');
    yield `${said}\n`;
  };
  try {
    await writeFileAside(path, lines());
    return said;
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
  const headEnd = body.indexOf(10);
  const header: Header = JSON.parse(body.toString('utf8', 0, headEnd));
  if (header.format !== FORMAT) return refused(`format ${header.format}, not ${FORMAT}`);
  if (origin.storeId !== undefined && header.storeId !== origin.storeId) {
    return refused('taken from another store');
  }
  if (header.prefix !== origin.prefix) return refused(`prefix ${header.prefix}`);
  const missing = zoneTexts(origin.zones).find((zone) => !header.zones.includes(zone));
  if (missing !== undefined) return refused(`it does not hold zone ${missing}`);
  const { revision, takenAtSeconds, serials, meaning } = header;
  const steps = () => readRows(body.subarray(headEnd + 1), header);
  return {
    kind: 'sound',
    head: { revision, takenAtSeconds, serials, ...(meaning !== undefined && { meaning }) },
    digest: said.trimEnd(),
    steps,
  };
}

function* readRows(body: Buffer, header: Header): Generator<void, StoreState, undefined> {
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
  if (values.size !== header.count) {
    throw new StoreError('STORE_DAMAGED', `snapshot: ${values.size} of ${header.count} keys`);
  }
  return { revision: header.revision, values };
}

function* snapshotLines(
  origin: SnapshotOrigin,
  { state, takenAtSeconds, serials, meaning }: LocalSnapshot,
): Generator<string, void, undefined> {
  const header: Header = {
    format: FORMAT,
    storeId: origin.storeId,
    prefix: origin.prefix,
    zones: zoneTexts(origin.zones),
    revision: state.revision,
    count: state.values.size,
    takenAtSeconds,
    serials,
    ...(meaning !== undefined && { meaning }),
  };
  yield `${JSON.stringify(header)}\n`;
  let rows: unknown[] = [];
  for (const [key, { value, modRevision, createRevision, leaseId }] of state.values) {
    const row = [key, value, modRevision, createRevision];
    rows.push(leaseId === undefined ? row : [...row, leaseId]);
    if (rows.length < LOCAL_SNAPSHOT_ROWS) continue;
    yield `${JSON.stringify(rows)}\n`;
    rows = [];
  }
  if (rows.length > 0) yield `${JSON.stringify(rows)}\n`;
}

function zoneTexts(zones: readonly DomainName[]): string[] {
  return zones.map(formatName).sort();
}

function refused(reason: string): SnapshotReading {
  return { kind: 'refused', reason };
}
