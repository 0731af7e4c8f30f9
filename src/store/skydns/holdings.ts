/** Holdings: what one writer has in the store, by owner name. */

import { type DomainName, parentName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { OwnerMap } from '../../dns/rrset-change.ts';
import { FlatTexts } from '../../runtime/tables/flat-texts.ts';
import { WRITER_SLICE_KEYS } from '../limits.ts';
import type { StateReader, StoredValue } from '../record-store.ts';
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

export type Holdings = FlatTexts<DomainName>;

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

/** Reads them in slices: others have their turn between them. */
export class HoldingsReader implements StateReader {
  readonly #writer: EntryWriter;
  readonly #markerKey: string;
  holdings: Holdings = new FlatTexts();
  /** What rests under `markerKey`. */
  marker: StoredValue | undefined;
  #count = 0;

  constructor(writer: EntryWriter, markerKey: string) {
    this.#writer = writer;
    this.#markerKey = markerKey;
  }

  begin(): void {
    this.holdings = new FlatTexts();
    this.marker = undefined;
  }

  async take(piece: Iterable<readonly [key: string, stored: StoredValue]>): Promise<void> {
    for (const [key, stored] of piece) {
      if (key === this.#markerKey) this.marker = stored;
      const own = ownEntry(key, stored, this.#writer);
      if (own !== undefined) this.#add(own);
      if (++this.#count % WRITER_SLICE_KEYS === 0) await new Promise(setImmediate);
    }
  }

  #add({ owner, entry }: OwnEntry): void {
    this.holdings.set(owner, withEntry(this.holdings.get(owner) ?? NOTHING_HELD, entry));
  }
}

/** The same as RRsets: what a publisher compares its wishes with. */
export function ownerMapOf(holdings: Holdings | undefined): OwnerMap {
  const owners = new Map();
  for (const [owner, held] of holdings ?? []) owners.set(owner, rrsetsHeld(owner, held));
  return owners;
}

export function rrsetsHeld(owner: DomainName, held: HeldEntries): readonly RRset[] {
  return rrsetsOfEntries(owner, valuesOf(held));
}
