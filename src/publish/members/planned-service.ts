/** PlannedService: how a service was decided, and by which plan: all that it holds follows. */

import type { DecidedService } from '../../discovery/health/decide-service.ts';
import type { FederationPlan } from '../../discovery/ladder/hierarchy.ts';
import { type PlannedOwner, planService } from '../../discovery/ladder/plan-records.ts';
import type { DomainName } from '../../dns/name.ts';

export interface PlannedService {
  readonly decided: DecidedService;
  /** By which it was planned. */
  readonly plan: FederationPlan;
}

/** Every name of it, those that rules stand for too. */
export function ladderOf({ plan, decided }: PlannedService): ReadonlyMap<DomainName, PlannedOwner> {
  return planService(plan, decided, 'stored');
}
