/**
 * How many copies of a type may go at once without a person's word: nothing empties itself. Pure.
 *
 * Source: our choice, as with records that vanish (R10 of the reliability page): over a fifth and
 * over ten, or all that more than one member has.
 */

export interface RemovalCounts {
  /** Copies of the type that are ours, in all members, those about to go among them. */
  readonly copies: number;
  /** About to go, or gone within the last minute, for no delete that was asked for. */
  readonly removals: number;
  /** Of these stay, and run nothing. */
  readonly emptied: number;
  /** Members that would be left without a copy, or without one that runs, by no edit of the objects themselves. */
  readonly emptiedMembers: number;
}

const REMOVED_SHARE_MAX = 0.2;
const REMOVED_COUNT_MAX = 10;
const EMPTIED_MEMBERS_MAX = 1;

/** Why they are held; undefined: they go. */
export function reasonToHold(counts: RemovalCounts): string | undefined {
  const { copies, removals, emptied, emptiedMembers } = counts;
  const orEmptied = emptied > 0 ? ', or be scaled to zero,' : '';
  if (removals > REMOVED_COUNT_MAX && removals > copies * REMOVED_SHARE_MAX) {
    return `${removals} of ${copies} copies would go${orEmptied} at once`;
  }
  if (emptiedMembers > EMPTIED_MEMBERS_MAX) {
    const orNone = emptied > 0 ? ', or every one that runs,' : '';
    return `${emptiedMembers} members would lose every copy of it${orNone} at once`;
  }
  return undefined;
}
