/**
 * What every service is planned to be: decides one service from all reports, plans its ladder and
 * gives what changed since it was planned last. Keeps the plans, for whoever asks why.
 */

import {
  type DecideContext,
  type DecidedService,
  decideService,
} from '../../discovery/health/decide-service.ts';
import type { FederationPlan } from '../../discovery/hierarchy.ts';
import { type Fallbacks, type PlannedOwner, planService } from '../../discovery/plan-records.ts';
import { type DomainName, labelsOf } from '../../dns/name.ts';
import { isSameContent } from '../../dns/rrset-change.ts';
import type { WantedOwner } from '../reconcile-records.ts';
import type { ShardBook } from './shard-book.ts';

export interface PlannedService {
  readonly decided: DecidedService;
  readonly owners: ReadonlyMap<DomainName, PlannedOwner & { readonly isByRule: boolean }>;
}

/** Rank: 0 global, 1 region, 2 zone. `wanted` undefined: nothing is stored there from now on. */
export interface OwnerChange {
  readonly owner: DomainName;
  readonly rank: number;
  readonly wanted: WantedOwner | undefined;
}

const RANKS = { global: 0, region: 1, zone: 2 } as const;

export class ServicePlans {
  readonly #book: ShardBook;
  readonly #fallbacks: Fallbacks;
  readonly #plans = new Map<string, PlannedService>();

  constructor(options: { readonly book: ShardBook; readonly fallbacks: Fallbacks }) {
    this.#book = options.book;
    this.#fallbacks = options.fallbacks;
  }

  get(key: string): PlannedService | undefined {
    return this.#plans.get(key);
  }

  keys(): Iterable<string> {
    return this.#plans.keys();
  }

  /** The plan of one owner name; undefined where none is. */
  plannedAt(owner: DomainName): PlannedOwner | undefined {
    return this.#plans.get(serviceKeyOf(owner))?.owners.get(owner);
  }

  /** All that is to be stored now. */
  wanted(): Map<DomainName, WantedOwner> {
    const owners = new Map<DomainName, WantedOwner>();
    for (const { owners: planned } of this.#plans.values()) {
      for (const [owner, one] of planned) {
        if (!one.isByRule) owners.set(owner, wantedOf(one));
      }
    }
    return owners;
  }

  /** Plans this service anew. Throws InputError when its names cannot be; its plan stays then. */
  replan(key: string, context: DecideContext, plan: FederationPlan): OwnerChange[] {
    const before = this.#plans.get(key)?.owners ?? new Map<DomainName, never>();
    const [namespace = '', objectName = ''] = key.split('/');
    const known = this.#book.shardsOf(key);
    if (known.size === 0) {
      this.#plans.delete(key);
      return goneFrom(before, new Map());
    }
    const decided = decideService({ namespace, objectName }, known, context);
    const owners = planService(plan, decided, this.#fallbacks);
    this.#plans.set(key, { decided, owners });
    return [...changedFrom(before, owners), ...goneFrom(before, owners)];
  }
}

/** `<service>.<namespace>.…`: the first two labels of every name of a ladder. */
function serviceKeyOf(owner: DomainName): string {
  const [objectName = '', namespace = ''] = labelsOf(owner);
  return `${namespace}/${objectName}`;
}

type Owners = PlannedService['owners'];
type OwnerPlan = PlannedOwner & { readonly isByRule: boolean };

function wantedOf({ rrsets, level }: PlannedOwner): WantedOwner {
  return { rrsets, rank: RANKS[level.level] };
}

function changedFrom(before: Owners, after: Owners): OwnerChange[] {
  return [...after].flatMap(([owner, now]): OwnerChange[] => {
    const was = before.get(owner);
    if (was !== undefined && isSamePlan(was, now)) return [];
    const rank = RANKS[now.level.level];
    return [{ owner, rank, wanted: now.isByRule ? undefined : wantedOf(now) }];
  });
}

function goneFrom(before: Owners, after: Owners): OwnerChange[] {
  return [...before].flatMap(([owner, was]) =>
    after.has(owner) ? [] : [{ owner, rank: RANKS[was.level.level], wanted: undefined }],
  );
}

function isSamePlan(left: OwnerPlan, right: OwnerPlan): boolean {
  return left.isByRule === right.isByRule && isSameContent(left.rrsets, right.rrsets);
}
