/** Holdings: what one writer has in the store, by owner name. */

import { type DomainName, parentName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { OwnerMap } from '../../dns/rrset-change.ts';
import { WRITER_SLICE_KEYS } from '../limits.ts';
import type { StoredValue, StoreState } from '../record-store.ts';
import { readEntry } from './entry.ts';
import { keyOfName, nameOfKey } from './key.ts';
import { type EntryWriter, rrsetsOfEntries } from './own-entry.ts';
import { isOwnEntry } from './own-leaf.ts';
import {
  type HeldEntries,
  type HeldEntry,
  NOTHING_HELD,
  valuesOf,
  withEntry,
} from './packed/held-entries.ts';

export type Holdings = Map<DomainName, HeldEntries>;

/** An entry that this writer wrote, and the name it answers at. */
interface OwnEntry {
  readonly owner: DomainName;
  readonly entry: HeldEntry;
}

/** undefined: another's, also where it bears our id and we did not write it. */
export function ownEntry(
  key: string,
  { value, modRevision }: StoredValue,
  { prefix, writer }: EntryWriter,
): OwnEntry | undefined {
  // Cheap test first: a tree of strangers is not parsed.
  if (!value.includes('"owner"')) return undefined;
  const name = nameOfKey(prefix, key);
  const owner = name === undefined ? undefined : parentName(name);
  if (owner === undefined) return undefined;
  const reading = readEntry(value);
  if (reading.kind === 'skipped' || reading.entry.owner !== writer) return undefined;
  if (!isOwnEntry(key, reading.entry, owner)) return undefined;
  const isUsual = key.startsWith(keyOfName(prefix, owner));
  const entry = { value, modRevision };
  return { owner, entry: isUsual ? entry : { ...entry, strayKey: key } };
}

/** In slices: others have their turn between them. */
export async function holdingsIn(
  state: Pick<StoreState, 'values'>,
  writer: EntryWriter,
): Promise<Holdings> {
  const holdings: Holdings = new Map();
  let count = 0;
  for (const [key, stored] of state.values) {
    const own = ownEntry(key, stored, writer);
    if (own !== undefined) {
      holdings.set(own.owner, withEntry(holdings.get(own.owner) ?? NOTHING_HELD, own.entry));
    }
    if (++count % WRITER_SLICE_KEYS === 0) await new Promise(setImmediate);
  }
  return holdings;
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
