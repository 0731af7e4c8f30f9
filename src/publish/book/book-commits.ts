/**
 * Entries of the book into the store: as many commits as they need, some at a time, the last by
 * itself; each under the leader's fence.
 */

import { atOnce } from '../../store/at-once.ts';
import type { Fence } from '../../store/control/control-keys.ts';
import type { RecordStore, StoreCommit, StoreCompare } from '../../store/record-store.ts';
import { StoreError } from '../../store/store-error.ts';
import { BOOK_COMMIT_OCTETS_MAX, BOOK_COMMIT_PUTS_MAX } from '../limits.ts';

/** Store key -> value to put; undefined: to delete. */
export type BookEntry = readonly [key: string, value: string | undefined];

/** An entry that the store takes not even by itself. */
export interface RefusedEntry {
  readonly key: string;
  readonly reason: string;
}

export interface SavedBook {
  /** Perhaps not written, in order; they are to be tried again. Empty unless `error` is said. */
  readonly unsaved: readonly BookEntry[];
  readonly refused: readonly RefusedEntry[];
  readonly error?: unknown;
}

/**
 * Never throws: what is left is given back. What must not be seen without the others comes last.
 * `also`: what else must hold at every commit.
 */
export async function saveBook(
  store: RecordStore,
  fence: Fence | undefined,
  entries: readonly BookEntry[],
  also: readonly StoreCompare[] = [],
): Promise<SavedBook> {
  const compares = fence === undefined ? also : [fence, ...also];
  const refused: RefusedEntry[] = [];
  const parts = inCommits(entries);
  const saved = new Set<readonly BookEntry[]>();
  const save = async (part: readonly BookEntry[]): Promise<void> => {
    refused.push(...(await saveSome(store, compares, part)));
    saved.add(part);
  };
  try {
    await atOnce(parts.slice(0, -1), save);
    for (const last of parts.slice(-1)) await save(last);
  } catch (error) {
    return { unsaved: parts.filter((part) => !saved.has(part)).flat(), refused, error };
  }
  return { unsaved: [], refused };
}

/** The same, the entry of this key at the end. */
export function withLast(entries: readonly BookEntry[], key: string): readonly BookEntry[] {
  const last = entries.filter(([each]) => each === key);
  return [...entries.filter(([each]) => each !== key), ...last];
}

function inCommits(entries: readonly BookEntry[]): (readonly BookEntry[])[] {
  const parts: (readonly BookEntry[])[] = [];
  for (let from = 0; from < entries.length; from += parts.at(-1)?.length ?? 1) {
    parts.push(takeCommit(entries, from));
  }
  return parts;
}

/** As many as one commit may hold; one at least. */
function takeCommit(entries: readonly BookEntry[], from: number): readonly BookEntry[] {
  let octets = 0;
  let to = from;
  while (to < entries.length && to - from < BOOK_COMMIT_PUTS_MAX) {
    const [key, value] = entries[to] as BookEntry;
    octets += key.length + (value?.length ?? 0);
    if (to > from && octets > BOOK_COMMIT_OCTETS_MAX) break;
    to++;
  }
  return entries.slice(from, to);
}

/** One that is refused takes no other with it: then each is tried by itself. */
async function saveSome(
  store: RecordStore,
  compares: readonly StoreCompare[],
  entries: readonly BookEntry[],
): Promise<RefusedEntry[]> {
  try {
    await commitSome(store, compares, entries);
    return [];
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE_REFUSED') throw error;
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) {
      return [{ key: only[0], reason: error.message }];
    }
  }
  const refused: RefusedEntry[] = [];
  for (const entry of entries) refused.push(...(await saveSome(store, compares, [entry])));
  return refused;
}

async function commitSome(
  store: RecordStore,
  compares: readonly StoreCompare[],
  entries: readonly BookEntry[],
): Promise<void> {
  const commit: StoreCommit = {
    compares,
    puts: entries.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }])),
    deletes: entries.flatMap(([key, value]) => (value === undefined ? [key] : [])),
  };
  const outcome = await store.commit(commit);
  if (outcome.kind === 'conflict') {
    throw new StoreError(
      'STORE_FENCED',
      'the fence was taken by another, or what is written about is other: shards not saved',
    );
  }
}
