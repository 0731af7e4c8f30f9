/**
 * What a writer holds + what an owner name shall hold -> the commits in between. Pure. One commit
 * an owner where it fits; else first only additions, then only removals, so that no reader sees a
 * name with less than it has before and after.
 */

import { type DomainName, parentName } from '../../dns/name.ts';
import type { OwnerMap, RRsetChange } from '../../dns/rrset-change.ts';
import { COMMIT_OCTETS_MAX, COMMIT_OPERATIONS_MAX } from '../limits.ts';
import type { StoreCommit, StoredValue, StoreState } from '../record-store.ts';
import { readEntry } from './entry.ts';
import { nameOfKey } from './key.ts';
import { type EntryWriter, entriesOf, rrsetsOfEntries } from './own-entry.ts';
import { isOwnEntry, recordOf } from './own-leaf.ts';

/** Entries of one writer by owner name: key -> stored. */
export type Holdings = Map<DomainName, Map<string, StoredValue>>;

export interface PlannedCommit {
  readonly puts: StoreCommit['puts'];
  readonly deletes: readonly string[];
  readonly compares: StoreCommit['compares'];
  /** Names that hold records before this commit and none after it: the marker counts them. */
  readonly removedNameCount: number;
}

/** Left free in each commit for the fence's compare, and the marker's compare and put. */
export const RESERVED_OPERATIONS = 3;
export const RESERVED_OCTETS = 2_000;

/** The entries of this writer in a state, whoever bears its id but did not write them aside. */
export function holdingsOf(state: StoreState, { prefix, writer }: EntryWriter): Holdings {
  const holdings: Holdings = new Map();
  for (const [key, stored] of state.values) {
    // Cheap test first: a tree of strangers is not parsed.
    if (!stored.value.includes('"owner"')) continue;
    const name = nameOfKey(prefix, key);
    const owner = name === undefined ? undefined : parentName(name);
    if (owner === undefined) continue;
    const reading = readEntry(stored.value);
    if (reading.kind === 'skipped' || reading.entry.owner !== writer) continue;
    if (!isOwnEntry(key, reading.entry, owner)) continue;
    const held = holdings.get(owner) ?? new Map<string, StoredValue>();
    held.set(key, stored);
    holdings.set(owner, held);
  }
  return holdings;
}

/** The same as RRsets: what a publisher compares its wishes with. */
export function ownerMapOf(holdings: Holdings): OwnerMap {
  const owners = new Map();
  for (const [owner, held] of holdings) {
    const values = [...held.values()].map(({ value }) => value);
    if (held.size > 0) owners.set(owner, rrsetsOfEntries(owner, values));
  }
  return owners;
}

/** Throws InputError for what no entry can say; nothing is planned then. */
export function planChange(
  change: RRsetChange,
  held: ReadonlyMap<string, StoredValue>,
  writer: EntryWriter,
): PlannedCommit[] {
  const { owner, rrsets } = change;
  const wanted = rrsets === undefined ? new Map() : entriesOf(owner, rrsets, writer);
  const puts: Operation[] = [];
  for (const [key, value] of wanted) {
    const stored = held.get(key);
    if (stored?.value !== value) puts.push({ key, value, modRevision: stored?.modRevision });
  }
  const deletes: Operation[] = [];
  for (const [key, { modRevision }] of held) {
    if (!wanted.has(key)) deletes.push({ key, value: undefined, modRevision });
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

interface Operation {
  readonly key: string;
  /** undefined: delete. */
  readonly value: string | undefined;
  /** What it replaces; undefined for a new key, which nobody else can have: it is a hash. */
  readonly modRevision: number | undefined;
}

function inCommits(operations: readonly Operation[]): Operation[][] {
  const commits: Operation[][] = [];
  let current: Operation[] = [];
  let count = 0;
  let octets = 0;
  for (const operation of operations) {
    const cost = operation.modRevision === undefined ? 1 : 2;
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
    compares: operations.flatMap(({ key, modRevision }) =>
      modRevision === undefined ? [] : [{ key, modRevision }],
    ),
  };
}

function holdsRecords(held: ReadonlyMap<string, StoredValue>): boolean {
  return [...held.values()].some(({ value }) => {
    const reading = readEntry(value);
    return reading.kind === 'entry' && recordOf(reading.entry, false).rdata !== undefined;
  });
}
