/**
 * Everything wanted against everything our writer holds, some services at a time: which owner names
 * are to be changed. What it finds is written before it goes on, and services may be planned anew
 * meanwhile: a million names at once were a gigabyte, and nothing else moved for minutes.
 */

import { keysOfName, serviceKeyOf } from '../../../discovery/owner-names.ts';
import { type DomainName, labelCount } from '../../../dns/name.ts';
import type { RecordWriter } from '../../../store/record-writer.ts';
import { COMPARE_AT_ONCE, COMPARED_CHANGES_MAX, COMPARED_NAMES_MAX } from '../../limits.ts';
import type { LeftBudget } from '../../writing/apply-apart.ts';
import type { OwnerChange, ServicePlans } from '../service-plans.ts';

export interface CompareOptions {
  readonly plans: Pick<ServicePlans, 'wanted' | 'wantedOf'>;
  /** Labels of a global name: its length tells the level of a name that is no longer planned. */
  readonly globalLabelCount: number;
  /** Whether it is known that nothing wants this name. */
  readonly mayGo: (owner: DomainName) => boolean;
}

/** One that is under way. */
export interface Comparing {
  readonly steps: AsyncGenerator<readonly OwnerChange[], void, undefined>;
  readonly isWhole: boolean;
  /** Without what was written in between. */
  tookMs: number;
  /** Of all of it: refused a few at each step, it would never be the store. */
  readonly budget: LeftBudget;
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
    // What was written of the last step failed in part.
    if (!writer.isRead) await writer.refresh();
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
  yield* gone(unwanted, { plans, globalLabelCount, mayGo });
}

/** Of names that nothing wanted: those that nothing planned since wants either, as its turn comes. */
function* gone(
  unwanted: Iterable<DomainName>,
  { plans, globalLabelCount, mayGo }: CompareOptions,
): Generator<readonly OwnerChange[], void, undefined> {
  let changes: OwnerChange[] = [];
  for (const [key, owners] of Map.groupBy(unwanted, serviceKeyOf)) {
    const ofService = plans.wantedOf(key);
    for (const owner of owners) {
      // It may be the name of a host, too.
      const [host] = keysOfName(owner);
      const isWanted = ofService.has(owner) || plans.wantedOf(host).has(owner);
      if (isWanted || !mayGo(owner)) continue;
      const rank = Math.min(2, Math.max(0, labelCount(owner) - globalLabelCount));
      changes.push({ owner, rank, wanted: undefined });
    }
    if (changes.length < COMPARED_CHANGES_MAX) continue;
    yield changes;
    changes = [];
  }
  yield changes;
}
