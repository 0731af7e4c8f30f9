/**
 * HeldEntries: what a writer holds at one owner name, in one text, for there are as many as names:
 * each value and the revision that it is from. Keys are not kept (a leaf is a hash of what the
 * value says): 150,000 entries took 38 MB with them, each name with a Map of its own.
 */

import { Packer, Unpacker } from './octets.ts';
import { packValue, unpackValue } from './value.ts';

/** Of each: whether its key is kept, value, mod revision[, key]. */
export type HeldEntries = string;

export interface HeldEntry {
  readonly value: string;
  readonly modRevision: number;
  /** Only where it is not the one we would write: a copy whose key has upper case in it. */
  readonly strayKey?: string;
}

export const NOTHING_HELD: HeldEntries = '';

const packer = new Packer();

export function* heldEntries(held: HeldEntries): Generator<HeldEntry, void, undefined> {
  const unpacker = new Unpacker(held);
  while (!unpacker.isAtEnd) {
    const isStray = unpacker.octet() === 1;
    const value = unpackValue(unpacker);
    const modRevision = unpacker.number();
    yield isStray ? { value, modRevision, strayKey: unpacker.text() } : { value, modRevision };
  }
}

export function valuesOf(held: HeldEntries): string[] {
  return Array.from(heldEntries(held), ({ value }) => value);
}

/** With this one, too. */
export function withEntry(held: HeldEntries, entry: HeldEntry): HeldEntries {
  return packed(held, [entry]);
}

/** After a commit: without what it replaced, with what it put. */
export function afterCommit(
  held: HeldEntries,
  commit: { readonly replaced: readonly HeldEntry[]; readonly put: readonly string[] },
  modRevision: number,
): HeldEntries {
  const put = commit.put.map((value) => ({ value, modRevision }));
  if (commit.replaced.length === 0) return packed(held, put);
  const gone = new Set(commit.replaced.map(idOf));
  const kept = [...heldEntries(held)].filter((entry) => !gone.has(idOf(entry)));
  return packed(NOTHING_HELD, [...kept, ...put]);
}

function packed(held: HeldEntries, entries: readonly HeldEntry[]): HeldEntries {
  packer.begin();
  packer.octets(held);
  for (const { value, modRevision, strayKey } of entries) {
    packer.octet(strayKey === undefined ? 0 : 1);
    packValue(packer, value);
    packer.number(modRevision);
    if (strayKey !== undefined) packer.text(strayKey);
  }
  return packer.end();
}

/** One value rests under one key, but for strays. */
function idOf({ value, strayKey = '' }: HeldEntry): string {
  return `${strayKey} ${value}`;
}
