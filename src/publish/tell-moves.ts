/** Names that moved, in the log: what from, what to, and why; the rest is a count. */

import { describeContent, explainLevel } from '../discovery/explain.ts';
import type { PlannedOwner } from '../discovery/plan-records.ts';
import { type DomainName, formatName } from '../dns/name.ts';
import type { Logger } from '../runtime/logger.ts';
import { MOVES_TOLD_MAX } from './limits.ts';
import type { Move } from './reconcile-records.ts';

export function tellMoves(
  logger: Logger,
  moves: readonly Move[],
  planned: (owner: DomainName) => PlannedOwner | undefined,
): void {
  for (const { owner, before, after } of moves.slice(0, MOVES_TOLD_MAX)) {
    const plan = planned(owner);
    logger.info('name moved', {
      ownerName: formatName(owner),
      moved: `${describeContent(before)} -> ${describeContent(after ?? plan?.rrsets)}`,
      reason: plan === undefined ? 'no longer wanted' : explainLevel(plan.level),
    });
  }
  if (moves.length > MOVES_TOLD_MAX) {
    logger.info('more names moved', { count: moves.length - MOVES_TOLD_MAX });
  }
}
