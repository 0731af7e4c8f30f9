/**
 * What every service is planned to be: decides one service from all reports, plans its ladder and
 * gives what changed since it was planned last. Keeps how each was decided and by which plan: what
 * is stored of it follows, and is planned anew for whoever asks (kept, it was 35 MB of 50,000 shards).
 */

import { type DecideContext, decideService } from '../../discovery/health/decide-service.ts';
import {
  type FederationPlan,
  type LadderLevel,
  planAddressLevels,
  planLadder,
  rrsetsOfLevel,
  ttlOf,
} from '../../discovery/ladder/hierarchy.ts';
import type { Fallbacks, PlannedOwner } from '../../discovery/ladder/plan-records.ts';
import {
  globalName,
  hostKeyOf,
  hostOfKey,
  keysOfName,
  serviceKeyOf,
  serviceOfKey,
} from '../../discovery/owner-names.ts';
import type { DomainName } from '../../dns/name.ts';
import { isSameContent, type RRsetChange } from '../../dns/rrset-change.ts';
import type { ShardBook } from '../book/shard-book.ts';
import type { WantedOwner } from '../writing/reconcile-records.ts';
import { type PlanAt, PlanHistory } from './plan-history.ts';
import { ladderOf, type PlannedService } from './planned-service.ts';
import { ShardCounts } from './shard-counts.ts';

/** Rank: 0 global, 1 region, 2 zone. `wanted` undefined: nothing is stored there from now on. */
export interface OwnerChange {
  readonly owner: DomainName;
  readonly rank: number;
  readonly wanted: WantedOwner | undefined;
}

const RANKS = { global: 0, region: 1, zone: 2 } as const;
const NOTHING: Stored = new Map();

export class ServicePlans {
  readonly #book: ShardBook;
  readonly #fallbacks: Fallbacks;
  readonly #plans = new Map<string, PlannedService>();
  /** Service key -> what its records are, as long as what is planned now is not written. */
  readonly #replaced = new Map<string, PlannedService | undefined>();
  /** Those of `#replaced` that are hosts: mostly none, and names need not be looked at as such. */
  readonly #replacedHosts = new Set<string>();
  readonly #history = new PlanHistory();
  readonly shardCounts = new ShardCounts();

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
    const planned = this.#plans.get(key);
    return planned === undefined ? new Map() : ladderOf(planned);
  }

  /**
   * As it was at this revision of the store; now, unless said. undefined: not known (any more), see
   * `oldestRevision`.
   */
  at(key: string, revision?: number): PlanAt | undefined {
    // What the store has not taken yet was at no revision.
    const isWritten = revision === undefined || !this.#replaced.has(key);
    const current = isWritten ? this.#plans.get(key) : this.#replaced.get(key);
    return this.#history.at(key, current, revision);
  }

  /** As it is planned now, written or not. */
  now(key: string): { planned: PlannedService | undefined; sinceRevision: undefined } {
    return { planned: this.#plans.get(key), sinceRevision: undefined };
  }

  get oldestRevision(): number | undefined {
    return this.#history.oldestRevision;
  }

  /** A store of which nothing is known: what was planned need not be there. */
  forgetAll(): void {
    this.#plans.clear();
    this.shardCounts.clear();
    this.#history.clear();
    this.#replaced.clear();
    this.#replacedHosts.clear();
  }

  /** What was planned for these names is in the store since this revision. */
  written(owners: Iterable<DomainName>, revision: number): void {
    let last = '';
    for (const owner of owners) {
      if (this.#replacedHosts.size > 0) this.#ended(hostKeyOf(owner), revision);
      const key = serviceKeyOf(owner);
      if (key !== last) this.#ended(key, revision);
      last = key;
    }
  }

  #ended(key: string, revision: number): void {
    if (!this.#replaced.has(key)) return;
    this.#history.ended(key, this.#replaced.get(key), revision);
    this.#replaced.delete(key);
    this.#replacedHosts.delete(key);
  }

  /** At this revision the store says all that is planned. */
  compared(revision: number): void {
    // Also what was written, and not said to be.
    if (this.oldestRevision !== undefined) {
      for (const [key, before] of this.#replaced) this.#history.ended(key, before, revision);
    }
    this.#history.begin(revision);
    this.#replaced.clear();
    this.#replacedHosts.clear();
  }

  /** The plan of one owner name; undefined where none is. */
  plannedAt(owner: DomainName): PlannedOwner | undefined {
    return this.ladder(this.keyOf(owner)).get(owner);
  }

  /** Of the service, or host, whose name this is or would be. */
  keyOf(owner: DomainName): string {
    const [host, service] = keysOfName(owner);
    return this.#plans.has(host) ? host : service;
  }

  /** All that is to be stored, service by service, as each is planned when its turn comes. */
  *wanted(): Generator<Stored, void, undefined> {
    for (const planned of this.#plans.values()) yield this.#storedOf(planned);
  }

  /** What is to be stored of one service now. */
  wantedOf(key: string): Stored {
    const planned = this.#plans.get(key);
    return planned === undefined ? NOTHING : this.#storedOf(planned);
  }

  /** Plans this service anew. Throws InputError when its names cannot be; its plan stays then. */
  replan(key: string, context: DecideContext, plan: FederationPlan): OwnerChange[] {
    const planned = this.#plans.get(key);
    const next = this.#decided(key, context, plan);
    const isAlike = planned !== undefined && next !== undefined && isStoredAlike(planned, next);
    // Names that cannot be throw here, before anything is taken over.
    const after = isAlike || next === undefined ? NOTHING : this.#storedOf(next);
    this.#take(key, next);
    if (isAlike) return [];
    const before = planned === undefined ? NOTHING : this.#storedOf(planned);
    const changes = [...changedFrom(before, after), ...goneFrom(before, after)];
    if (changes.length > 0) this.#note(key, planned);
    return changes;
  }

  /** The same where all is compared in the end: what changed is not worked out. */
  replanUntold(key: string, context: DecideContext, plan: FederationPlan): OwnerChange[] {
    const planned = this.#plans.get(key);
    const next = this.#decided(key, context, plan);
    if (next !== undefined) globalName(plan.naming, next.decided);
    this.#take(key, next);
    this.#note(key, planned);
    return [];
  }

  /** undefined: nobody has it any more. */
  #decided(key: string, context: DecideContext, plan: FederationPlan): PlannedService | undefined {
    const known = this.#book.shardsOf(key);
    if (known.size === 0) return undefined;
    return { decided: decideService(serviceOfKey(key), known, context), plan };
  }

  #take(key: string, next: PlannedService | undefined): void {
    this.shardCounts.replace(this.#plans.get(key)?.decided, next?.decided);
    if (next === undefined) this.#plans.delete(key);
    else this.#plans.set(key, next);
  }

  #note(key: string, before: PlannedService | undefined): void {
    if (this.#replaced.has(key)) return;
    this.#replaced.set(key, before);
    if (hostOfKey(key) !== undefined) this.#replacedHosts.add(key);
  }

  /** What is to be stored: a million aliases that rules stand for are not in it. */
  #storedOf({ plan, decided }: PlannedService): Stored {
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

/** Of one service. */
type Stored = ReadonlyMap<DomainName, WantedOwner>;

/** Known without planning: nothing that is stored follows from anything else. */
function isStoredAlike(before: PlannedService, after: PlannedService): boolean {
  const { plan, decided } = before;
  if (plan !== after.plan || decided.ttlSeconds !== after.decided.ttlSeconds) return false;
  if (decided.shards.length !== after.decided.shards.length) return false;
  return decided.shards.every((was, index) => {
    const now = after.decided.shards[index];
    return (
      now !== undefined &&
      was.cluster === now.cluster &&
      was.health.kind === now.health.kind &&
      was.hostName === now.hostName &&
      isSameList(was.addresses.ipv4, now.addresses.ipv4) &&
      isSameList(was.addresses.ipv6, now.addresses.ipv6)
    );
  });
}

function isSameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each, index) => each === right[index]);
}

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
