/**
 * The two files of the file store as text: lines with a checksum each, so that a torn tail is
 * told from damage in the middle. Octet strings go through JSON as they are (UTF-8 on disk).
 *
 *   snapshot   crc {"format":"fedns-snapshot-1","revision":R,"count":N}
 *              crc [key, value, modRevision, createRevision]            N times
 *   journal    crc {"format":"fedns-journal-1"}
 *              crc [revision, [[key, value]...], [deleted key...]]      one commit a line
 */

import { crc32 } from 'node:zlib';
import type { StoreChange, StoredValue, StoreState } from '../record-store.ts';
import { StoreError } from '../store-error.ts';

export const JOURNAL_FORMAT = 'fedns-journal-1';
const SNAPSHOT_FORMAT = 'fedns-snapshot-1';

export interface JournalCommit {
  readonly revision: number;
  readonly puts: readonly { readonly key: string; readonly value: string }[];
  readonly deletes: readonly string[];
}

export interface JournalReading {
  readonly commits: readonly JournalCommit[];
  /** Octets that check out; what follows is a torn tail. */
  readonly soundOctets: number;
  readonly tornOctets: number;
  /** Line numbers of damage that sound lines follow; the commits stop before the first. */
  readonly damagedLines: readonly number[];
}

export function formatLine(value: unknown): string {
  const json = JSON.stringify(value);
  return `${checksum(json)} ${json}\n`;
}

export function formatCommit({ revision, puts, deletes }: JournalCommit): string {
  return formatLine([revision, puts.map(({ key, value }) => [key, value]), deletes]);
}

export function* formatSnapshot(state: StoreState): Generator<string, void, undefined> {
  const count = state.values.size;
  yield formatLine({ format: SNAPSHOT_FORMAT, revision: state.revision, count });
  for (const [key, { value, modRevision, createRevision }] of state.values) {
    yield formatLine([key, value, modRevision, createRevision]);
  }
}

/** Throws StoreError STORE_DAMAGED; `path` for the message. */
export function parseSnapshot(text: string, path: string): StoreState {
  const fail = (why: string): never => {
    throw damaged(path, why);
  };
  const lines = text.split('\n');
  const header = parseLine(lines[0] ?? '');
  if (!isHeader(header) || header.format !== SNAPSHOT_FORMAT) fail('line 1 is no snapshot header');
  const { revision, count } = header as { revision: number; count: number };
  const values = new Map<string, StoredValue>();
  for (let number = 1; number <= count; number++) {
    const row = parseLine(lines[number] ?? '');
    if (!Array.isArray(row)) fail(`line ${number + 1} of ${count + 1} does not check out`);
    const [key, value, modRevision, createRevision] = row as [string, string, number, number];
    values.set(key, { value, modRevision, createRevision });
  }
  if (lines.length !== count + 2 || lines[count + 1] !== '') fail('lines after the last');
  return { revision, values };
}

/** Never throws: says what is sound, what is torn, what is damaged. */
export function parseJournal(octets: Buffer): JournalReading {
  const commits: JournalCommit[] = [];
  const damagedLines: number[] = [];
  let badLines: number[] = [];
  let soundOctets = 0;
  let lineNumber = 0;
  for (let offset = 0; offset < octets.length; ) {
    lineNumber += 1;
    const end = octets.indexOf(0x0a, offset);
    const next = end < 0 ? octets.length : end + 1;
    const line = end < 0 ? '' : octets.toString('utf8', offset, end);
    const commit = lineNumber === 1 ? headerOf(line) : commitOf(line);
    if (commit === undefined) badLines.push(lineNumber);
    else {
      damagedLines.push(...badLines);
      badLines = [];
      if (damagedLines.length === 0) {
        if (commit !== 'header') commits.push(commit);
        soundOctets = next;
      }
    }
    offset = next;
  }
  const tornOctets = damagedLines.length > 0 ? 0 : octets.length - soundOctets;
  return { commits, soundOctets, tornOctets, damagedLines };
}

/** For repair: whatever lines of a snapshot check out, and how many do not. */
export function salvageSnapshot(octets: Buffer): { state: StoreState; lostLines: number } {
  const values = new Map<string, StoredValue>();
  let revision = 1;
  let lostLines = 0;
  for (const line of octets.toString('utf8').split('\n').slice(0, -1)) {
    const row = parseLine(line);
    if (Array.isArray(row) && row.length === 4) {
      const [key, value, modRevision, createRevision] = row as [string, string, number, number];
      values.set(key, { value, modRevision, createRevision });
      revision = Math.max(revision, modRevision);
    } else if (isHeader(row)) {
      revision = Math.max(revision, (row as { format: string; revision?: number }).revision ?? 1);
    } else lostLines += 1;
  }
  return { state: { revision, values }, lostLines };
}

/** For repair: every commit that checks out, whatever lies between them. */
export function salvageJournal(octets: Buffer): { commits: JournalCommit[]; lostLines: number } {
  const commits: JournalCommit[] = [];
  let lostLines = 0;
  for (const line of octets.toString('utf8').split('\n')) {
    const commit = commitOf(line);
    if (commit !== undefined) commits.push(commit);
    else if (line !== '' && headerOf(line) === undefined) lostLines += 1;
  }
  return { commits, lostLines };
}

/** What a commit of the journal changes, given what was there. */
export function changesOf(
  commit: JournalCommit,
  createRevisionOf: (key: string) => number | undefined,
): StoreChange[] {
  const modRevision = commit.revision;
  const puts = commit.puts.map(({ key, value }) => {
    const createRevision = createRevisionOf(key) ?? modRevision;
    return { key, stored: { value, modRevision, createRevision } };
  });
  return [...puts, ...commit.deletes.map((key) => ({ key, stored: undefined }))];
}

export function damaged(path: string, why: string): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `${path} is damaged (${why}); "fedns store repair" keeps what checks out`,
  );
}

function headerOf(line: string): 'header' | undefined {
  const value = parseLine(line);
  return isHeader(value) && value.format === JOURNAL_FORMAT ? 'header' : undefined;
}

function commitOf(line: string): JournalCommit | undefined {
  const value = parseLine(line);
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  // The checksum says that we wrote it, so its shape is known.
  const [revision, puts, deletes] = value as [number, [string, string][], string[]];
  return { revision, puts: puts.map(([key, value]) => ({ key, value })), deletes };
}

function isHeader(value: unknown): value is { format: string } {
  return typeof value === 'object' && value !== null && 'format' in value;
}

/** undefined: the checksum does not fit. */
function parseLine(line: string): unknown {
  const json = line.slice(9);
  if (line[8] !== ' ' || checksum(json) !== line.slice(0, 8)) return undefined;
  return JSON.parse(json);
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}
