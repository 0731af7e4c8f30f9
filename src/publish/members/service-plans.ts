/**
 * What every service is planned to be: decides one service from all reports, plans its ladder and
 * gives what changed since it was planned last. Keeps what is stored of each, and how it was
 * decided; the whole ladder is planned anew for whoever asks why.
 */

import {
  type DecideContext,
  type DecidedService,
  decideService,
} from '../../discovery/health/decide-service.ts';
import {
  type FederationPlan,
  type LadderLevel,
  planAddressLevels,
  planLadder,
  rrsetsOfLevel,
  ttlOf,
} from '../../discovery/hierarchy.ts';
import { keyOfHost } from '../../discovery/owner-names.ts';
import { type Fallbacks, type PlannedOwner, planService } from '../../discovery/plan-records.ts';
import { type DomainName, formatName, labelsOf } from '../../dns/name.ts';
import { isSameContent, type RRsetChange } from '../../dns/rrset-change.ts';
import type { WantedOwner } from '../reconcile-records.ts';
import type { ShardBook } from './shard-book.ts';

export interface PlannedService {
  readonly decided: DecidedService;
  /** What is to be stored: a million aliases that rules stand for are not in it. */
  readonly stored: ReadonlyMap<DomainName, WantedOwner>;
}

/** Rank: 0 global, 1 region, 2 zone. `wanted` undefined: nothing is stored there from now on. */
export interface OwnerChange {
  readonly owner: DomainName;
  readonly rank: number;
  readonly wanted: WantedOwner | undefined;
}

const RANKS = { global: 0, region: 1, zone: 2 } as const;
const NOTHING: PlannedService['stored'] = new Map();

export class ServicePlans {
  readonly #book: ShardBook;
  readonly #fallbacks: Fallbacks;
  readonly #plans = new Map<string, PlannedService>();
  #federation: FederationPlan | undefined;

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

  get count(): number {
    return this.#plans.size;
  }

  /** Every name of the service, those that rules stand for too. */
  ladder(key: string): ReadonlyMap<DomainName, PlannedOwner> {
    const decided = this.#plans.get(key)?.decided;
    if (decided === undefined || this.#federation === undefined) return new Map();
    return planService(this.#federation, decided, 'stored');
  }

  /** The plan of one owner name; undefined where none is. */
  plannedAt(owner: DomainName): PlannedOwner | undefined {
    return this.ladder(this.keyOf(owner)).get(owner);
  }

  /** Of the service, or host, whose name this is or would be. */
  keyOf(owner: DomainName): string {
    const host = keyOfHost(formatName(owner).replace(/\.$/, ''));
    return this.#plans.has(host) ? host : serviceKeyOf(owner);
  }

  /** All that is to be stored now. */
  wanted(): Map<DomainName, WantedOwner> {
    return new Map([...this.#plans.values()].flatMap(({ stored }) => [...stored]));
  }

  /** Plans this service anew. Throws InputError when its names cannot be; its plan stays then. */
  replan(key: string, context: DecideContext, plan: FederationPlan): OwnerChange[] {
    this.#federation = plan;
    const before = this.#plans.get(key)?.stored ?? NOTHING;
    const [namespace = '', objectName = ''] = key.split('/');
    const known = this.#book.shardsOf(key);
    if (known.size === 0) {
      this.#plans.delete(key);
      return goneFrom(before, NOTHING);
    }
    const decided = decideService({ namespace, objectName }, known, context);
    const stored = this.#storedOf(plan, decided);
    this.#plans.set(key, { decided, stored });
    return [...changedFrom(before, stored), ...goneFrom(before, stored)];
  }

  #storedOf(plan: FederationPlan, decided: DecidedService): Map<DomainName, WantedOwner> {
    const ttlSeconds = ttlOf(plan, decided);
    // A rule has one TTL: a service with another keeps its aliases as records.
    const isRuled = this.#fallbacks === 'synthesised' && ttlSeconds === plan.ttlSeconds;
    const levels = isRuled ? planAddressLevels(plan, decided) : planLadder(plan, decided);
    return new Map(levels.map((level) => [level.owner, wantedOf(level, ttlSeconds)]));
  }
}

/** Appearing: global, region, zone; going: in reverse, so that no alias ever leads nowhere. */
export function inOrder(changes: readonly OwnerChange[]): RRsetChange[][] {
  const groups: RRsetChange[][] = [[], [], [], [], [], []];
  for (const { owner, rank, wanted } of changes) {
    const group = wanted === undefined ? groups[5 - rank] : groups[rank];
    group?.push({ owner, rrsets: wanted?.rrsets });
  }
  return groups.filter((group) => group.length > 0);
}

/** `<service>.<namespace>.…`: the first two labels of every name of a ladder. */
function serviceKeyOf(owner: DomainName): string {
  const [objectName = '', namespace = ''] = labelsOf(owner);
  return `${namespace}/${objectName}`;
}

type Stored = PlannedService['stored'];

function wantedOf(level: LadderLevel, ttlSeconds: number): WantedOwner {
  return { rrsets: rrsetsOfLevel(level, ttlSeconds), rank: RANKS[level.level] };
}

function changedFrom(before: Stored, after: Stored): OwnerChange[] {
  return [...after].flatMap(([owner, now]): OwnerChange[] => {
    const was = before.get(owner);
    if (was !== undefined && isSameContent(was.rrsets, now.rrsets)) return [];
    return [{ owner, rank: now.rank, wanted: now }];
  });
}

function goneFrom(before: Stored, after: Stored): OwnerChange[] {
  return [...before].flatMap(([owner, { rank }]) =>
    after.has(owner) ? [] : [{ owner, rank, wanted: undefined }],
  );
}
