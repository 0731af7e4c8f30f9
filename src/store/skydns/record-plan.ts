/**
 * What a writer holds + what an owner name shall hold -> the commits in between. Pure. One commit
 * an owner where it fits; else first only additions, then only removals, so that no reader sees a
 * name with less than it has before and after.
 */

import { type DomainName, parentName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { OwnerMap, RRsetChange } from '../../dns/rrset-change.ts';
import { COMMIT_OCTETS_MAX, COMMIT_OPERATIONS_MAX } from '../limits.ts';
import type { StoreCommit, StoreState } from '../record-store.ts';
import { readEntry } from './entry.ts';
import {
  type HeldEntries,
  type HeldEntry,
  heldEntries,
  NOTHING_HELD,
  valuesOf,
  withEntry,
} from './held-entries.ts';
import { keyOfName, nameOfKey } from './key.ts';
import { type EntryWriter, entriesOf, keyOfEntry, rrsetsOfEntries } from './own-entry.ts';
import { isOwnEntry, recordOf } from './own-leaf.ts';
import { recentValue } from './recent-texts.ts';

/** Entries of one writer by owner name. */
export type Holdings = Map<DomainName, HeldEntries>;

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

/** An entry that this writer wrote, and the name it answers at. */
export interface OwnEntry {
  readonly owner: DomainName;
  readonly key: string;
  readonly entry: HeldEntry;
}

/** The entries of this writer in a state, without whoever bears its id but did not write them. */
export function* ownEntriesIn(
  state: Pick<StoreState, 'values'>,
  { prefix, writer }: EntryWriter,
): Generator<OwnEntry, void, undefined> {
  for (const [key, { value, modRevision }] of state.values) {
    // Cheap test first: a tree of strangers is not parsed.
    if (!value.includes('"owner"')) continue;
    const name = nameOfKey(prefix, key);
    const owner = name === undefined ? undefined : parentName(name);
    if (owner === undefined) continue;
    const reading = readEntry(value);
    if (reading.kind === 'skipped' || reading.entry.owner !== writer) continue;
    if (!isOwnEntry(key, reading.entry, owner)) continue;
    const isUsual = key.startsWith(keyOfName(prefix, owner));
    const entry = { value: recentValue(value), modRevision };
    yield { owner, key, entry: isUsual ? entry : { ...entry, strayKey: key } };
  }
}

/** Adds what this writer holds by a state; keys of one name may come in several. */
export function addHoldings(
  holdings: Holdings,
  state: Pick<StoreState, 'values'>,
  writer: EntryWriter,
): void {
  for (const { owner, entry } of ownEntriesIn(state, writer)) {
    holdings.set(owner, withEntry(holdings.get(owner) ?? NOTHING_HELD, entry));
  }
}

/** The same as RRsets: what a publisher compares its wishes with. */
export function ownerMapOf(holdings: Holdings): OwnerMap {
  const owners = new Map();
  for (const [owner, held] of holdings) owners.set(owner, rrsetsHeld(owner, held));
  return owners;
}

export function rrsetsHeld(owner: DomainName, held: HeldEntries): readonly RRset[] {
  return rrsetsOfEntries(owner, valuesOf(held));
}

/** Throws InputError for what no entry can say; nothing is planned then. */
export function planChange(
  change: RRsetChange,
  held: HeldEntries,
  writer: EntryWriter,
): PlannedCommit[] {
  const { owner, rrsets } = change;
  const wanted = rrsets === undefined ? new Map() : entriesOf(owner, rrsets, writer);
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
