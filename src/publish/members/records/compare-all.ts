/**
 * Everything wanted against everything our writer holds, some services at a time: which owner names
 * are to be changed. What it finds is written before it goes on, and services may be planned anew
 * meanwhile: a million names at once were a gigabyte, and nothing else moved for minutes.
 */

import { type DomainName, labelCount } from '../../../dns/name.ts';
import type { RecordWriter } from '../../../store/record-writer.ts';
import { COMPARE_AT_ONCE, COMPARED_CHANGES_MAX, COMPARED_NAMES_MAX } from '../../limits.ts';
import type { OwnerChange, ServicePlans } from '../service-plans.ts';

export interface CompareOptions {
  readonly plans: Pick<ServicePlans, 'wanted' | 'wantedOf' | 'keyOf'>;
  /** Labels of a global name: its length tells the level of a name that is no longer planned. */
  readonly globalLabelCount: number;
  /** Whether it is known that nothing wants this name. */
  readonly mayGo: (owner: DomainName) => boolean;
}

/** Reads the store first. Each step: changes of whole services, perhaps none. Throws StoreError. */
export async function* compareAll(
  writer: RecordWriter,
  { plans, globalLabelCount, mayGo }: CompareOptions,
): AsyncGenerator<readonly OwnerChange[], void, undefined> {
  await writer.refresh();
  const unwanted = new Set(writer.owners());
  let changes: OwnerChange[] = [];
  let namesSinceStep = 0;
  let namesSinceRest = 0;
  for (const wanted of plans.wanted()) {
    for (const [owner, { rank, rrsets }] of wanted) {
      unwanted.delete(owner);
      if (!writer.isAsHeld({ owner, rrsets })) {
        changes.push({ owner, rank, wanted: { rank, rrsets } });
      }
    }
    namesSinceStep += wanted.size;
    namesSinceRest += wanted.size;
    if (changes.length >= COMPARED_CHANGES_MAX || namesSinceStep >= COMPARED_NAMES_MAX) {
      yield changes;
      [changes, namesSinceStep, namesSinceRest] = [[], 0, 0];
    } else if (namesSinceRest >= COMPARE_AT_ONCE) {
      await new Promise(setImmediate);
      namesSinceRest = 0;
    }
  }
  yield changes;
  yield* gone([...unwanted].filter(mayGo), { plans, globalLabelCount });
}

/** Of names that nothing wanted: those that nothing planned since wants either. */
function* gone(
  unwanted: readonly DomainName[],
  { plans, globalLabelCount }: Omit<CompareOptions, 'mayGo'>,
): Generator<readonly OwnerChange[], void, undefined> {
  let changes: OwnerChange[] = [];
  for (const [key, owners] of Map.groupBy(unwanted, (owner) => plans.keyOf(owner))) {
    const wanted = plans.wantedOf(key);
    for (const owner of owners) {
      if (wanted.has(owner)) continue;
      const rank = Math.min(2, Math.max(0, labelCount(owner) - globalLabelCount));
      changes.push({ owner, rank, wanted: undefined });
    }
    if (changes.length < COMPARED_CHANGES_MAX) continue;
    yield changes;
    changes = [];
  }
  yield changes;
}
