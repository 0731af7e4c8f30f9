/**
 * HeldEntries: what a writer holds at one owner name, in little room, for there are as many as
 * names: each value and the revision that it is from. Keys are not kept (a leaf is a hash of what
 * the value says): 150,000 entries took 38 MB with them, each name with a Map of its own.
 */

/** Value, mod revision, value, mod revision; where the key is not the usual one, the whole entry. */
export type HeldEntries = readonly (string | number | HeldEntry)[];

export interface HeldEntry {
  readonly value: string;
  readonly modRevision: number;
  /** Only where it is not the one we would write: a copy whose key has upper case in it. */
  readonly strayKey?: string;
}

export const NOTHING_HELD: HeldEntries = [];
/** Up to here a list is made anew with each entry, as long as it is: one that grows keeps 17 places. */
const SHORT = 16;

export function* heldEntries(held: HeldEntries): Generator<HeldEntry, void, undefined> {
  for (let index = 0; index < held.length; index++) {
    const each = held[index];
    if (typeof each === 'object') yield each;
    else if (typeof each === 'string') yield { value: each, modRevision: Number(held[index + 1]) };
  }
}

export function valuesOf(held: HeldEntries): string[] {
  return Array.from(heldEntries(held), ({ value }) => value);
}

/** With this one, too; `held` is not to be used any more. */
export function withEntry(held: HeldEntries, entry: HeldEntry): HeldEntries {
  const { value, modRevision, strayKey } = entry;
  const more = strayKey === undefined ? [value, modRevision] : [entry];
  if (held.length < SHORT) return held.concat(more);
  (held as (string | number | HeldEntry)[]).push(...more);
  return held;
}

/** After a commit: without what it replaced, with what it put. */
export function afterCommit(
  held: HeldEntries,
  commit: { readonly replaced: readonly HeldEntry[]; readonly put: readonly string[] },
  modRevision: number,
): HeldEntries {
  const gone = new Set(commit.replaced.map(idOf));
  const kept = [...heldEntries(held)].filter((entry) => !gone.has(idOf(entry)));
  const put = commit.put.map((value) => ({ value, modRevision }));
  return [...kept, ...put].reduce(withEntry, NOTHING_HELD);
}

/** One value rests under one key, but for strays. */
function idOf({ value, strayKey = '' }: HeldEntry): string {
  return `${strayKey} ${value}`;
}
