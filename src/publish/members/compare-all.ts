/**
 * Everything wanted against everything our writer holds, in slices, so that other events have
 * their turn: which owner names are to be changed.
 */

import { type DomainName, labelCount } from '../../dns/name.ts';
import type { RecordWriter } from '../../store/record-writer.ts';
import { COMPARE_AT_ONCE } from '../limits.ts';
import type { WantedOwner } from '../reconcile-records.ts';
import type { OwnerChange } from './service-plans.ts';

export interface CompareOptions {
  /** Labels of a global name: its length tells the level of a name that is no longer planned. */
  readonly globalLabelCount: number;
  /** Whether it is known that nothing wants this name. */
  readonly mayGo: (owner: DomainName) => boolean;
}

/** Reads the store. Throws StoreError. */
export async function compareAll(
  writer: RecordWriter,
  wanted: Iterable<readonly [DomainName, WantedOwner]>,
  { globalLabelCount, mayGo }: CompareOptions,
): Promise<OwnerChange[]> {
  await writer.refresh();
  const changes: OwnerChange[] = [];
  const unwanted = new Set(writer.owners());
  let count = 0;
  for (const [owner, { rank, rrsets }] of wanted) {
    unwanted.delete(owner);
    if (!writer.isAsHeld({ owner, rrsets })) {
      changes.push({ owner, rank, wanted: { rank, rrsets } });
    }
    if (++count % COMPARE_AT_ONCE === 0) await new Promise(setImmediate);
  }
  for (const owner of unwanted) {
    if (!mayGo(owner)) continue;
    const rank = Math.min(2, Math.max(0, labelCount(owner) - globalLabelCount));
    changes.push({ owner, rank, wanted: undefined });
  }
  return changes;
}
