/**
 * What the answers would be if members, zones or regions were down (or up): the same pure code
 * that decides what is published, with the same inputs but for what the scenario changes, after
 * all graces. Writes nothing.
 */

import {
  type ChangedIn,
  changedShards,
  type PresentShards,
} from '../../discovery/health/changed-shards.ts';
import {
  type DecideContext,
  type DecidedService,
  decideService,
  type KnownShard,
} from '../../discovery/health/decide-service.ts';
import type { MemberState } from '../../discovery/health/member-state.ts';
import type { ShardReport } from '../../discovery/health/shard-report.ts';
import type { FederationPlan } from '../../discovery/ladder/hierarchy.ts';
import { type PlannedOwner, planService } from '../../discovery/ladder/plan-records.ts';
import { serviceOfKey } from '../../discovery/owner-names.ts';
import type { DomainName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isSameContent } from '../../dns/rrset-change.ts';
import type { MemberRegistry } from '../../members/registry.ts';
import type { ShardBook } from '../book/shard-book.ts';
import type { SelectServices } from '../reports/member-reports.ts';
import type { ServicePlans } from './service-plans.ts';

export interface ScenarioPlace {
  readonly kind: 'cluster' | 'region' | 'zone';
  /** `zone.region` or `zone` for a zone. */
  readonly name: string;
}

export interface Scenario {
  readonly down: readonly ScenarioPlace[];
  readonly up: readonly ScenarioPlace[];
  /** Shards and policy as somebody means to change them. */
  readonly files?: readonly ChangedIn[];
}

export interface SimulatedChange {
  readonly owner: DomainName;
  readonly before: readonly RRset[] | undefined;
  readonly after: readonly RRset[] | undefined;
  /** Had addresses at the end of its chain, and would have none. */
  readonly goesEmpty: boolean;
  /** A or AAAA that its chain would end in no more. */
  readonly losesFamilies: readonly ('A' | 'AAAA')[];
}

export interface Simulation {
  readonly changes: readonly SimulatedChange[];
  /** Clusters taken for down. */
  readonly down: readonly string[];
  /** So many would be lost at once that we would suspect ourselves: nothing would move. */
  readonly suspectsSelf: boolean;
  /** Share of all weight that each cluster answers for, over all services: before and after. */
  readonly load: ReadonlyMap<string, { readonly before: number; readonly after: number }>;
  /** One line each: what of the changes says nothing, or was not understood. */
  readonly problems: readonly string[];
}

export interface SimulateInput {
  readonly book: ShardBook;
  readonly plans: ServicePlans;
  readonly plan: FederationPlan;
  readonly suspectShare: number;
  readonly context: DecideContext;
  readonly serviceOf: PresentShards['serviceOf'];
  readonly aroundOf: PresentShards['aroundOf'];
  readonly takesPart: PresentShards['takesPart'];
}

/** What members say of a Service, and whether it would take part there. */
export function whatMembersSay(given: {
  readonly registry: MemberRegistry;
  readonly select: SelectServices;
}): Pick<SimulateInput, 'serviceOf' | 'aroundOf' | 'takesPart'> {
  const { registry, select } = given;
  const said = (cluster: string, key: string) => registry.get(cluster)?.member.objects.get(key);
  return {
    serviceOf: (cluster, key) => said(cluster, key)?.service,
    aroundOf: said,
    takesPart: (cluster, key, service) => {
      return select(service) || said(cluster, key)?.isExported === true;
    },
  };
}

const LONG_AGO_MS = Number.NEGATIVE_INFINITY;

/** Yields between services: ten thousand of them take a second. */
export async function simulate(input: SimulateInput, scenario: Scenario): Promise<Simulation> {
  const { book, plans, plan } = input;
  const members = membersIn(input.context.members, scenario);
  const down = [...members.values()].filter(({ api }) => api === 'lost').map(({ name }) => name);
  const suspectsSelf = down.length > input.suspectShare * members.size;
  const isDown = new Set(placedDown(input.context.members, scenario));
  const isUp = new Set(placedUp(input.context.members, scenario));
  const { files = [] } = scenario;
  const defaultPolicy = (namespace: string) =>
    files.map(({ file }) => file.policyOf(namespace)).findLast((policy) => policy !== undefined) ??
    input.context.defaultPolicy(namespace);
  const changed = changedShards(files, {
    defaultPolicy,
    clusters: new Set(members.keys()),
    shardsOf: (key) => book.shardsOf(key),
    serviceOf: input.serviceOf,
    aroundOf: input.aroundOf,
    takesPart: input.takesPart,
  });
  const isElsewhere = (key: string, cluster: string) => {
    const after = changed.shards.get(key)?.get(cluster)?.report;
    return after !== undefined && !isSamePlace(after, book.shardsOf(key).get(cluster)?.report);
  };
  const context: DecideContext = {
    ...input.context,
    defaultPolicy,
    members,
    suspectsSelf,
    heldUntilMs: LONG_AGO_MS,
    probed: (key, cluster) => {
      if (isDown.has(cluster)) return { signal: 'down', sinceMs: LONG_AGO_MS };
      if (isUp.has(cluster)) return { signal: 'up', sinceMs: LONG_AGO_MS };
      if (isElsewhere(key, cluster)) return { signal: 'unknown', sinceMs: LONG_AGO_MS };
      return input.context.probed(key, cluster);
    },
  };
  const changes: SimulatedChange[] = [];
  const load = new Map<string, { before: number; after: number }>();
  let count = 0;
  for (const key of new Set([...book.keys(), ...changed.shards.keys()])) {
    if (++count % 64 === 0) await new Promise(setImmediate);
    const overlay = changed.shards.get(key);
    const known =
      overlay === undefined ? book.shardsOf(key) : laidOver(book.shardsOf(key), overlay);
    const before = plans.get(key)?.decided;
    const decided = known.size === 0 ? undefined : decideService(serviceOfKey(key), known, context);
    addLoad(load, 'before', before?.shards ?? []);
    addLoad(load, 'after', decided?.shards ?? []);
    // The whole ladder, with what rules say, is planned only where something moves.
    const isSame = before !== undefined && decided && healthOf(before) === healthOf(decided);
    if (isSame && overlay === undefined) continue;
    const after: Owners = decided === undefined ? new Map() : planService(plan, decided, 'stored');
    changes.push(...changesOf(plans.ladder(key), after));
  }
  return { changes, down, suspectsSelf, load: shares(load), problems: changed.problems };
}

function laidOver(
  shards: ReadonlyMap<string, KnownShard>,
  overlay: ReadonlyMap<string, KnownShard | undefined>,
): Map<string, KnownShard> {
  const all = new Map(shards);
  for (const [cluster, shard] of overlay) {
    if (shard === undefined) all.delete(cluster);
    else all.set(cluster, shard);
  }
  return all;
}

function isSamePlace(after: ShardReport, before: ShardReport | undefined): boolean {
  return JSON.stringify(after.targets) === JSON.stringify(before?.targets);
}

function healthOf({ shards }: DecidedService): string {
  return shards.map(({ cluster, health }) => `${cluster} ${health.kind}`).join();
}

type Owners = ReadonlyMap<DomainName, PlannedOwner>;

function changesOf(before: Owners, after: Owners): SimulatedChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((owner): SimulatedChange[] => {
    const [was, is] = [before.get(owner)?.rrsets, after.get(owner)?.rrsets];
    if (was !== undefined && is !== undefined && isSameContent(was, is)) return [];
    const had = familiesAt(owner, before);
    const has = familiesAt(owner, after);
    const losesFamilies = (['A', 'AAAA'] as const).filter((one) => had.has(one) && !has.has(one));
    const goesEmpty = had.size > 0 && has.size === 0;
    return [{ owner, before: was, after: is, goesEmpty, losesFamilies }];
  });
}

/** Where the chain ends; three levels at most, and perhaps a host name that stands for addresses. */
function familiesAt(owner: DomainName, owners: Owners, depth = 0): Set<'A' | 'AAAA'> {
  const families = new Set<'A' | 'AAAA'>();
  const outcome = owners.get(owner)?.level.outcome;
  if (outcome?.kind === 'alias' && depth < 3) return familiesAt(outcome.target, owners, depth + 1);
  if (outcome?.kind !== 'addresses' && outcome?.kind !== 'host') return families;
  for (const { addresses } of outcome.shards) {
    if (addresses.ipv4.length > 0) families.add('A');
    if (addresses.ipv6.length > 0) families.add('AAAA');
  }
  return families;
}

function membersIn(
  members: ReadonlyMap<string, MemberState>,
  scenario: Scenario,
): Map<string, MemberState> {
  const down = new Set(placedDown(members, scenario));
  const up = new Set(placedUp(members, scenario));
  return new Map(
    [...members].map(([name, member]): [string, MemberState] => {
      if (down.has(name)) return [name, { ...member, api: 'lost', apiSinceMs: LONG_AGO_MS }];
      if (up.has(name)) return [name, { ...member, api: 'fresh', apiSinceMs: LONG_AGO_MS }];
      return [name, member];
    }),
  );
}

function placedDown(members: ReadonlyMap<string, MemberState>, { down }: Scenario): string[] {
  return [...members.values()].filter((one) => isPlaced(one, down)).map(({ name }) => name);
}

function placedUp(members: ReadonlyMap<string, MemberState>, { up }: Scenario): string[] {
  return [...members.values()].filter((one) => isPlaced(one, up)).map(({ name }) => name);
}

/** A cluster that spans zones is only where all of its zones are. */
function isPlaced({ name, locality }: MemberState, places: readonly ScenarioPlace[]): boolean {
  const { region, topologyZones } = locality;
  const zones = places.filter(({ kind }) => kind === 'zone').map((place) => place.name);
  const areAllZones =
    topologyZones.length > 0 &&
    topologyZones.every((zone) => zones.includes(zone) || zones.includes(`${zone}.${region}`));
  return (
    areAllZones ||
    places.some(({ kind, name: place }) => {
      if (kind === 'cluster') return place === name;
      return kind === 'region' && place === region;
    })
  );
}

type Load = Map<string, { before: number; after: number }>;

/** Each service counts as one, shared among its shards in the answers by weight. */
function addLoad(
  load: Load,
  when: 'before' | 'after',
  shards: readonly {
    readonly cluster: string;
    readonly weight: number;
    readonly health: { readonly kind: string };
  }[],
): void {
  const healthy = shards.filter(({ health }) => health.kind === 'healthy');
  const total = healthy.reduce((sum, { weight }) => sum + weight, 0);
  for (const { cluster, weight } of healthy) {
    const row = load.get(cluster) ?? { before: 0, after: 0 };
    row[when] += total === 0 ? 1 / healthy.length : weight / total;
    load.set(cluster, row);
  }
}

function shares(load: Load): Load {
  const sum = (when: 'before' | 'after') =>
    Math.max(
      1e-9,
      [...load.values()].reduce((total, row) => total + row[when], 0),
    );
  const [before, after] = [sum('before'), sum('after')];
  return new Map(
    [...load]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([cluster, row]) => [
        cluster,
        { before: row.before / before, after: row.after / after },
      ]),
  );
}
