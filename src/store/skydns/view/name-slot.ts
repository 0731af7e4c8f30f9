/** NameSlot: one name of a zone and the facts it holds; small, because there are as many as names. */

import type { RRset } from '../../../dns/rrset.ts';
import type { Fact } from './fact.ts';
import { NO_FACTS } from './fact-list.ts';

/** What was last said of a name. */
export const Said = { NOTHING: 0, EMPTY: 1, RECORDS: 2 } as const;

export interface NameSlot {
  readonly path: string;
  /** In key order. */
  facts: Fact[];
  /** From one level below; most slots have none, so none is allocated. */
  raised: Fact[] | undefined;
  said: number;
  /** To be said anew. */
  isDirty: boolean;
}

export function emptySlot(path: string): NameSlot {
  return { path, facts: NO_FACTS, raised: undefined, said: Said.NOTHING, isDirty: false };
}

export function saidBy(rrsets: readonly RRset[]): number {
  return rrsets.length === 0 ? Said.EMPTY : Said.RECORDS;
}
