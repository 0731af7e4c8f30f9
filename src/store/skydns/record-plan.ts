/**
 * What a writer holds + what an owner name shall hold -> the commits in between. Pure. One commit
 * an owner where it fits; else first only additions, then only removals, so that no reader sees a
 * name with less than it has before and after.
 */

import type { RRsetChange } from '../../dns/rrset-change.ts';
import { COMMIT_OCTETS_MAX, COMMIT_OPERATIONS_MAX } from '../limits.ts';
import type { StoreCommit } from '../record-store.ts';
import { readEntry } from './entry.ts';
import { type EntryWriter, entriesOf, keyOfEntry } from './own-entry.ts';
import { recordOf } from './own-leaf.ts';
import {
  type HeldEntries,
  type HeldEntry,
  heldEntries,
  NOTHING_HELD,
  valuesOf,
} from './packed/held-entries.ts';

export interface PlannedCommit {
  readonly puts: StoreCommit['puts'];
  readonly deletes: readonly string[];
  readonly compares: StoreCommit['compares'];
  /** Held no more after it. */
  readonly replaced: readonly HeldEntry[];
  /** Names that hold records before this commit and none after it: the marker counts them. */
  readonly removedNameCount: number;
}

/** Left free in each commit for the fence's compare, and the marker's compare and put. */
export const RESERVED_OPERATIONS = 3;
export const RESERVED_OCTETS = 2_000;

/** Throws InputError for what no entry can say; nothing is planned then. */
export function planChange(
  change: RRsetChange,
  held: HeldEntries,
  writer: EntryWriter,
): PlannedCommit[] {
  const { owner, rrsets } = change;
  const wanted = rrsets === undefined ? new Map() : entriesOf(owner, rrsets, writer);
  if (held === NOTHING_HELD) return additions(wanted);
  const asWanted = new Set<string>(wanted.values());
  const others = new Map<string, HeldEntry>();
  for (const entry of heldEntries(held)) {
    const { value, strayKey } = entry;
    if (strayKey === undefined && asWanted.delete(value)) continue;
    others.set(strayKey ?? keyOfEntry(owner, value, writer), entry);
  }
  const puts: Operation[] = [];
  for (const [key, value] of wanted) {
    if (asWanted.has(value)) puts.push({ key, value, before: others.get(key) });
  }
  const deletes: Operation[] = [];
  for (const [key, before] of others) {
    if (!wanted.has(key)) deletes.push({ key, value: undefined, before });
  }
  const isRemoval = (rrsets ?? []).length === 0 && holdsRecords(held);
  const removedNameCount = isRemoval ? 1 : 0;
  const together = inCommits([...puts, ...deletes]);
  const parts = together.length <= 1 ? together : [...inCommits(puts), ...inCommits(deletes)];
  return parts.map((operations, index) => ({
    ...commitOf(operations),
    removedNameCount: index === parts.length - 1 ? removedNameCount : 0,
  }));
}

/** Of a name at which nothing is held: of a first start all are so. */
function additions(wanted: ReadonlyMap<string, string>): PlannedCommit[] {
  const puts = Array.from(wanted, ([key, value]): Operation => ({ key, value, before: undefined }));
  return inCommits(puts).map((operations) => ({ ...commitOf(operations), removedNameCount: 0 }));
}

interface Operation {
  readonly key: string;
  /** undefined: delete. */
  readonly value: string | undefined;
  /** What it replaces; undefined for a new key, which nobody else can have: it is a hash. */
  readonly before: HeldEntry | undefined;
}

function inCommits(operations: readonly Operation[]): Operation[][] {
  const commits: Operation[][] = [];
  let current: Operation[] = [];
  let count = 0;
  let octets = 0;
  for (const operation of operations) {
    const cost = operation.before === undefined ? 1 : 2;
    const size = operation.key.length * cost + (operation.value?.length ?? 0);
    const isFull =
      count + cost > COMMIT_OPERATIONS_MAX - RESERVED_OPERATIONS ||
      octets + size > COMMIT_OCTETS_MAX - RESERVED_OCTETS;
    if (isFull && current.length > 0) {
      commits.push(current);
      [current, count, octets] = [[], 0, 0];
    }
    current.push(operation);
    count += cost;
    octets += size;
  }
  return current.length === 0 ? commits : [...commits, current];
}

function commitOf(operations: readonly Operation[]): Omit<PlannedCommit, 'removedNameCount'> {
  return {
    puts: operations.flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }])),
    deletes: operations.flatMap(({ key, value }) => (value === undefined ? [key] : [])),
    compares: operations.flatMap(({ key, before }) =>
      before === undefined ? [] : [{ key, modRevision: before.modRevision }],
    ),
    replaced: operations.flatMap(({ before }) => before ?? []),
  };
}

function holdsRecords(held: HeldEntries): boolean {
  return valuesOf(held).some((value) => {
    const reading = readEntry(value);
    return reading.kind === 'entry' && recordOf(reading.entry, false).rdata !== undefined;
  });
}
