/**
 * Wanted owners against what our writer has in the store: one diff, applied in groups so that no
 * alias ever leads to a name that is not there yet.
 */

import type { FallbackRule } from '../../dns/fallback-rule.ts';
import type { DomainName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { diffOwners } from '../../dns/rrset-change.ts';
import { type FallbacksPlace, writeFallbacks } from '../../store/control/fallback-value.ts';
import type { RecordWriter } from '../../store/record-writer.ts';
import { changeGroups, type Rank } from './change-groups.ts';

/** One name that was changed in the store. */
export interface Move {
  readonly owner: DomainName;
  readonly before: readonly RRset[] | undefined;
  readonly after: readonly RRset[] | undefined;
}

export interface WantedOwner {
  readonly rrsets: readonly RRset[];
  readonly rank: Rank;
}

/** Fallback rules of this writer and where they rest. */
export interface WantedRules extends FallbacksPlace {
  readonly wanted: readonly FallbackRule[];
}

export interface Reconciled {
  readonly moves: readonly Move[];
  /** Of the last write; undefined when nothing had to be written. */
  readonly revision: number | undefined;
}

/** Gives what had to be changed. Throws StoreError: whole names are done or not done then. */
export async function reconcileRecords(
  writer: RecordWriter,
  wanted: ReadonlyMap<DomainName, WantedOwner>,
  rules: WantedRules,
): Promise<Reconciled> {
  const held = await writer.load();
  const after = new Map([...wanted].map(([owner, { rrsets }]) => [owner, rrsets]));
  const changes = diffOwners(held, after);
  // Rules first where they take the place of records, last where records take theirs.
  const areFirst = rules.wanted.length > 0;
  const ruled = areFirst ? await writeFallbacks(rules, rules.wanted) : undefined;
  const groups = changeGroups(changes, {
    rankOf: (owner) => wanted.get(owner)?.rank,
    heldAt: (owner) => held.get(owner),
  });
  const { revision } = await writer.apply(groups);
  const unruled = areFirst ? undefined : await writeFallbacks(rules, []);
  return {
    moves: changes.map(({ owner, rrsets }) => ({ owner, before: held.get(owner), after: rrsets })),
    revision: unruled ?? revision ?? ruled,
  };
}
