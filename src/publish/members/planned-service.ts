/** PlannedService: how a service was decided, and what is to be stored of it by that. */

import type { DecidedService } from '../../discovery/health/decide-service.ts';
import type { FederationPlan } from '../../discovery/hierarchy.ts';
import { type PlannedOwner, planService } from '../../discovery/plan-records.ts';
import type { DomainName } from '../../dns/name.ts';
import type { WantedOwner } from '../reconcile-records.ts';

export interface PlannedService {
  readonly decided: DecidedService;
  /** What is to be stored: a million aliases that rules stand for are not in it. */
  readonly stored: ReadonlyMap<DomainName, WantedOwner>;
  /** By which it was planned. */
  readonly plan: FederationPlan;
}

/** Every name of it, those that rules stand for too. */
export function ladderOf({ plan, decided }: PlannedService): ReadonlyMap<DomainName, PlannedOwner> {
  return planService(plan, decided, 'stored');
}
