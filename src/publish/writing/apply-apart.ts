/**
 * Changes of many services into the store, all at once; where the store refuses one of them, each
 * service by itself, so that one that cannot be written keeps no other waiting.
 */

import { serviceKeyOf } from '../../discovery/owner-names.ts';
import { InputError } from '../../dns/errors.ts';
import type { RecordWriter } from '../../store/record-writer.ts';
import { StoreError } from '../../store/store-error.ts';
import { APART_LEFT_MAX } from '../limits.ts';
import { inOrder, type OwnerChange } from '../members/service-plans.ts';

export interface LeftService {
  /** `namespace/name`. */
  readonly key: string;
  readonly reason: string;
  readonly changes: readonly OwnerChange[];
}

export interface AppliedApart {
  /** undefined: nothing had to be written. */
  readonly revision: number | undefined;
  /** Not written, or in part. */
  readonly left: readonly LeftService[];
}

/** How many more services may be left out: above it, it is no fault of theirs. */
export interface LeftBudget {
  count: number;
}

export function fullBudget(): LeftBudget {
  return { count: APART_LEFT_MAX };
}

/**
 * What is left is taken from `budget`, which others may take from, too. Throws what is the fault of
 * no single name; then it is unknown what was written.
 */
export async function applyApart(
  writer: RecordWriter,
  changes: readonly OwnerChange[],
  budget: LeftBudget,
): Promise<AppliedApart> {
  try {
    const { revision } = await writer.apply(inOrder(changes));
    return { revision, left: [] };
  } catch (error) {
    if (!isOfOneName(error)) throw error;
  }
  let last: number | undefined;
  const left: LeftService[] = [];
  for (const [key, some] of Map.groupBy(changes, ({ owner }) => serviceKeyOf(owner))) {
    try {
      const { revision } = await writer.apply(inOrder(some));
      last = revision ?? last;
    } catch (error) {
      // After each all is read anew: of many it is rather the store.
      if (!isOfOneName(error) || budget.count <= 0) throw error;
      budget.count--;
      left.push({ key, reason: error.message, changes: some });
    }
  }
  return { revision: last, left };
}

/** What it says cannot be stored, the store does not take it, or others write there, too. */
function isOfOneName(error: unknown): error is InputError | StoreError {
  if (error instanceof InputError) return true;
  if (!(error instanceof StoreError)) return false;
  return error.code === 'STORE_REFUSED' || error.code === 'STORE_CONFLICT';
}
