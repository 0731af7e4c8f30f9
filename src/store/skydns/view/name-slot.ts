/**
 * NameSlot: one name of a zone and the facts it holds, in the order of their keys, while it is at
 * work; at rest it is a text (packed-name.ts).
 */

import type { RRset } from '../../../dns/rrset.ts';
import type { Fact } from './fact.ts';

/** What was last said of a name. */
export const Said = { NOTHING: 0, EMPTY: 1, RECORDS: 2 } as const;

export interface NameSlot {
  readonly path: string;
  /** In key order. */
  readonly facts: Fact[];
  /** Keys of facts one level below that may answer here, too, in order; most names have none. */
  raised: string[] | undefined;
  said: number;
  /** To be said anew. */
  isDirty: boolean;
}

export const NO_FACTS: readonly Fact[] = [];

export function emptySlot(path: string): NameSlot {
  return { path, facts: [], raised: undefined, said: Said.NOTHING, isDirty: false };
}

export function saidBy(rrsets: readonly RRset[]): number {
  return rrsets.length === 0 ? Said.EMPTY : Said.RECORDS;
}

/** Where the key is, or would be, among facts or keys in order. O(log length). */
export function placeIn(list: readonly (Fact | string)[], key: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = list[middle] ?? '';
    if ((typeof one === 'string' ? one : one.key) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function factIn(facts: readonly Fact[], key: string): Fact | undefined {
  const fact = facts[placeIn(facts, key)];
  return fact?.key === key ? fact : undefined;
}

export function merged(left: readonly Fact[], right: readonly Fact[]): Fact[] {
  return [...left, ...right].sort((one, other) => (one.key < other.key ? -1 : 1));
}
