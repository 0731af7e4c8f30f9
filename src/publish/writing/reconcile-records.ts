/**
 * Wanted owners against what our writer has in the store: one diff, applied in groups so that no
 * alias ever leads to a name that is not there yet. A service appears global, region, zone and
 * goes in reverse.
 */

import type { FallbackRule } from '../dns/fallback-rule.ts';
import { type DomainName, labelCount } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { diffOwners, type RRsetChange } from '../dns/rrset-change.ts';
import { type FallbacksPlace, writeFallbacks } from '../store/control/fallback-value.ts';
import type { RecordWriter } from '../store/record-writer.ts';

/** One name that was changed in the store. */
export interface Move {
  readonly owner: DomainName;
  readonly before: readonly RRset[] | undefined;
  readonly after: readonly RRset[] | undefined;
}

export interface WantedOwner {
  readonly rrsets: readonly RRset[];
  /** 0 global, 1 region, 2 zone: the order of appearing. */
  readonly rank: number;
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
  const { revision } = await writer.apply([...appearing(changes, wanted), ...leaving(changes)]);
  const unruled = areFirst ? undefined : await writeFallbacks(rules, []);
  return {
    moves: changes.map(({ owner, rrsets }) => ({ owner, before: held.get(owner), after: rrsets })),
    revision: unruled ?? revision ?? ruled,
  };
}

function appearing(
  changes: readonly RRsetChange[],
  wanted: ReadonlyMap<DomainName, WantedOwner>,
): RRsetChange[][] {
  const groups: RRsetChange[][] = [[], [], []];
  for (const change of changes) {
    const rank = wanted.get(change.owner)?.rank;
    if (rank !== undefined) groups[rank]?.push(change);
  }
  return groups.filter((group) => group.length > 0);
}

/** Deepest first: the levels of names no longer planned are told by their length. */
function leaving(changes: readonly RRsetChange[]): RRsetChange[][] {
  const groups = new Map<number, RRsetChange[]>();
  for (const change of changes) {
    if (change.rrsets !== undefined) continue;
    const depth = labelCount(change.owner);
    groups.set(depth, [...(groups.get(depth) ?? []), change]);
  }
  return [...groups].sort(([left], [right]) => right - left).map(([, group]) => group);
}
