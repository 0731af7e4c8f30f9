/**
 * Changes of names in the order in which no alias ever leads to a name that is not there: a service
 * appears global, region, zone and goes in reverse.
 */

import { RRType } from '../../dns/codes.ts';
import { type DomainName, labelCount } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { RRsetChange } from '../../dns/rrset-change.ts';

/** 0 global, 1 region, 2 zone, 3 an alias beside them: the order of appearing. */
export type Rank = 0 | 1 | 2 | 3;

export interface ChangeGroupsPlace {
  /** Of a name that is wanted. */
  readonly rankOf: (owner: DomainName) => Rank | undefined;
  /** What a name holds before it goes. */
  readonly heldAt: (owner: DomainName) => readonly RRset[] | undefined;
}

/** One group after the other; within a group all at once. */
export function changeGroups(
  changes: readonly RRsetChange[],
  { rankOf, heldAt }: ChangeGroupsPlace,
): RRsetChange[][] {
  const appearing = new Map<number, RRsetChange[]>();
  const leaving = new Map<number, RRsetChange[]>();
  for (const change of changes) {
    const { owner, rrsets } = change;
    // Aliases first, then deepest first: the levels of names no longer planned are told by their length.
    const isAlias = heldAt(owner)?.some(({ type }) => type === RRType.CNAME) === true;
    if (rrsets === undefined) add(leaving, change, -labelCount(owner) - (isAlias ? 1000 : 0));
    else add(appearing, change, rankOf(owner) ?? 0);
  }
  return [...inOrder(appearing), ...inOrder(leaving)];
}

function add(groups: Map<number, RRsetChange[]>, change: RRsetChange, at: number): void {
  const group = groups.get(at);
  if (group === undefined) groups.set(at, [change]);
  else group.push(change);
}

function inOrder(groups: ReadonlyMap<number, RRsetChange[]>): RRsetChange[][] {
  return [...groups].sort(([left], [right]) => left - right).map(([, group]) => group);
}
