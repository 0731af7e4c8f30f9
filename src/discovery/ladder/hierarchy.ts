/**
 * Shards of one service -> what every name of its ladder resolves to. Pure and total; the order
 * of inputs never matters. Groups by (region, zone) first, then decides each level once.
 *
 * Source: the state table of Federation v1 (service-dns), corrected where it was wrong: every
 * zone of a multi-zone cluster, regions kept apart, A and AAAA, NODATA at the end of the chain
 * instead of a dangling name, names also where the service has no shard.
 */

import { RRType } from '../../dns/codes.ts';
import { InputError } from '../../dns/errors.ts';
import type { FallbackRule } from '../../dns/fallback-rule.ts';
import { NAME_OCTETS_MAX } from '../../dns/limits.ts';
import { type DomainName, isAtOrBelow, nameBelow } from '../../dns/name.ts';
import { makeA, makeAaaa, makeCname } from '../../dns/rdata/index.ts';
import { makeRRset, type Rdata, type RRset } from '../../dns/rrset.ts';
import { placesIn } from '../locality-over-time.ts';
import {
  globalName,
  isHost,
  type LadderNaming,
  ladderHead,
  ladderSuffix,
  type ServiceKey,
} from '../owner-names.ts';
import type { FederatedService, Locality, MemberCluster, Shard } from '../shard.ts';
import { ShardsByPlace, zoneId } from './shards-by-place.ts';

export type LevelOutcome =
  | { readonly kind: 'addresses'; readonly shards: readonly Shard[] }
  /** All that is healthy is one host name, and its owner asks for a CNAME to it. */
  | { readonly kind: 'host'; readonly target: DomainName; readonly shards: readonly Shard[] }
  | { readonly kind: 'alias'; readonly target: DomainName }
  /** Only the global name: it exists and holds nothing. */
  | { readonly kind: 'absent' };

export interface LadderLevel {
  readonly level: 'global' | 'region' | 'zone';
  readonly owner: DomainName;
  /** `shanghai.yangpu`, `yangpu`, or empty for the global level. */
  readonly place: string;
  readonly outcome: LevelOutcome;
  /** Every shard that counts here, healthy or not: why the outcome is what it is. */
  readonly considered: readonly Shard[];
}

export interface FederationPlan {
  readonly naming: LadderNaming;
  readonly ttlSeconds: number;
  readonly clusters: readonly MemberCluster[];
}

/** Levels ordered global, regions, zones: the order in which a service appears. */
export function planLadder(plan: FederationPlan, service: FederatedService): LadderLevel[] {
  const places = placesOf(plan);
  return levelsAt(plan, service, isHost(service) ? { ...places, regions: [], zones: [] } : places);
}

/**
 * The global level, and of the others those that hold addresses: what is left to be stored where
 * rules stand for aliases. O(shards), where the whole ladder is O(places of all members).
 */
export function planAddressLevels(plan: FederationPlan, service: FederatedService): LadderLevel[] {
  if (isHost(service)) return planLadder(plan, service);
  const places = placesOf(plan);
  const healthy = service.shards.filter(({ health }) => health.kind === 'healthy');
  const here = new ShardsByPlace(healthy, places.localities);
  return levelsAt(plan, service, {
    ...places,
    regions: places.regions.filter(({ region }) => here.inRegion(region).length > 0),
    zones: places.zones.filter(({ id }) => here.inZone(id).length > 0),
  });
}

function levelsAt(plan: FederationPlan, service: FederatedService, places: Places): LadderLevel[] {
  const here = new ShardsByPlace(service.shards, places.localities);
  const { domain } = plan.naming;
  const global = globalName(plan.naming, service);
  const atGlobal = { level: 'global', owner: global, place: '', domain } as const;
  const levels = [decideLevel(atGlobal, here.all, undefined)];
  if (isHost(service)) return levels;
  const head = ladderHead(service);
  const nameAt = (suffix: DomainName | undefined) => suffix && nameBelow(head, suffix);
  for (const { region, suffix } of places.regions) {
    const owner = nameAt(suffix);
    if (owner === undefined) continue;
    const shards = here.inRegion(region);
    levels.push(decideLevel({ level: 'region', owner, place: region, domain }, shards, global));
  }
  for (const { id, region, topologyZone, suffix, regionSuffix } of places.zones) {
    const owner = nameAt(suffix);
    if (owner === undefined) continue;
    const shards = here.inZone(id);
    const place = region === undefined ? topologyZone : `${topologyZone}.${region}`;
    const up = nameAt(regionSuffix) ?? global;
    levels.push(decideLevel({ level: 'zone', owner, place, domain }, shards, up));
  }
  return levels;
}

/**
 * RFC 1035 section 2.3.4: 255 octets. A place whose labels are too long, or too long for a service,
 * takes only its own level away: another member's labels must not silence a service everywhere.
 */
function suffixThatFits(naming: LadderNaming, place: readonly string[]): DomainName | undefined {
  try {
    return ladderSuffix(naming, place);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Places whose names are too long for this service (RFC 1035): it has none there. */
export function placesTooLong(plan: FederationPlan, service: ServiceKey): string[] {
  const { regions, zones, longestOctets } = placesOf(plan);
  const ownOctets = service.namespace.length + service.objectName.length + 2;
  if (ownOctets + longestOctets <= NAME_OCTETS_MAX) return [];
  const isTooLong = ({ suffix }: { readonly suffix: DomainName | undefined }) =>
    ownOctets + octetsOf(suffix) > NAME_OCTETS_MAX;
  return [
    ...regions.filter(isTooLong).map(({ region }) => region),
    ...zones.filter(isTooLong).map((zone) => labelsOfZone(zone).join('.')),
  ];
}

function octetsOf(suffix: DomainName | undefined): number {
  return suffix?.length ?? NAME_OCTETS_MAX;
}

function labelsOfZone(zone: ZonePlace): string[] {
  return zone.isFlat ? [zone.topologyZone] : [zone.topologyZone, zone.region];
}

/** RRsets of one level; empty for `absent`: the name exists and answers NODATA. */
export function rrsetsOfLevel(level: LadderLevel, ttlSeconds: number): RRset[] {
  const { owner, outcome } = level;
  switch (outcome.kind) {
    case 'absent':
      return [];
    case 'alias':
    case 'host':
      return [makeRRset(owner, RRType.CNAME, { ttlSeconds, rdatas: [makeCname(outcome.target)] })];
    case 'addresses': {
      const ipv4 = outcome.shards.flatMap((shard) => shard.addresses.ipv4.map(makeA));
      const ipv6 = outcome.shards.flatMap((shard) => shard.addresses.ipv6.map(makeAaaa));
      // Sliced: as long as they are. What grew by pushing keeps 17 places, and these are kept.
      const set = (type: number, rdatas: Rdata[]) =>
        makeRRset(owner, type, { ttlSeconds, rdatas: rdatas.slice() });
      if (ipv6.length === 0) return ipv4.length === 0 ? [] : [set(RRType.A, ipv4)];
      const second = set(RRType.AAAA, ipv6);
      return ipv4.length === 0 ? [second] : [set(RRType.A, ipv4), second];
    }
    default:
      return outcome satisfies never;
  }
}

/** The TTL of a service's records, seconds. */
export function ttlOf(plan: FederationPlan, service: FederatedService): number {
  return service.ttlSeconds ?? plan.ttlSeconds;
}

type ZonePlace = {
  /** shards-by-place.ts. */
  readonly id: string;
  readonly topologyZone: string;
} & (
  | { readonly isFlat: false; readonly region: string }
  | { readonly isFlat: true; readonly region: string | undefined }
);

/** `suffix`: what its names end with; undefined: longer than any name may be. */
interface PlacedRegion {
  readonly region: string;
  readonly suffix: DomainName | undefined;
}

type PlacedZone = ZonePlace & {
  readonly suffix: DomainName | undefined;
  /** Of the region above it; undefined: it has none, or that is too long. */
  readonly regionSuffix: DomainName | undefined;
};

/**
 * Regions and zones of all members. A flat name is given only to a zone whose name no other
 * region's zone and no region bears; in `flat` mode the others keep their nested name.
 */
function placesOf(plan: FederationPlan): Places {
  const known = KNOWN_PLACES.get(plan);
  if (known !== undefined) return known;
  const places = findPlaces(plan);
  KNOWN_PLACES.set(plan, places);
  return places;
}

interface Places {
  readonly localities: ReadonlyMap<string, Locality>;
  readonly regions: readonly PlacedRegion[];
  readonly zones: readonly PlacedZone[];
  /** Of `<federation>.svc.…<domain>`, of the longest place. */
  readonly longestOctets: number;
}

/** One plan is asked for every service: found once, as long as the plan is held. */
const KNOWN_PLACES = new WeakMap<FederationPlan, Places>();

function findPlaces(plan: FederationPlan): Places {
  const localities = new Map(plan.clusters.map((cluster) => [cluster.name, cluster.locality]));
  const regions = new Set<string>();
  const regionsOfZone = new Map<string, Set<string | undefined>>();
  const bearersNow = new Map<string, Set<string | undefined>>();
  for (const { region, topologyZone } of plan.clusters.flatMap((one) => placesIn(one.locality))) {
    if (region !== undefined) regions.add(region);
    if (topologyZone === undefined) continue;
    const bearers = regionsOfZone.get(topologyZone) ?? new Set();
    regionsOfZone.set(topologyZone, bearers.add(region));
  }
  for (const { region, topologyZones } of localities.values()) {
    for (const topologyZone of topologyZones) {
      const bearers = bearersNow.get(topologyZone) ?? new Set();
      bearersNow.set(topologyZone, bearers.add(region));
    }
  }
  const regionsNow = new Set([...localities.values()].map(({ region }) => region));
  const zones: ZonePlace[] = [];
  for (const topologyZone of [...regionsOfZone.keys()].sort()) {
    const bearers = regionsOfZone.get(topologyZone) ?? new Set();
    const now = bearersNow.get(topologyZone);
    const { zoneNames } = plan.naming;
    for (const region of [...bearers].sort()) {
      // Where its nodes once were takes the flat name from nobody who has it now.
      const isOnly = now === undefined ? bearers.size === 1 : now.size === 1 && now.has(region);
      const isRegion = now === undefined ? regions.has(topologyZone) : regionsNow.has(topologyZone);
      const mayBeFlat = isOnly && !isRegion;
      const isNested = zoneNames !== 'flat' || !mayBeFlat;
      const id = zoneId({ region, topologyZone });
      if (isNested && region !== undefined) zones.push({ id, isFlat: false, region, topologyZone });
      if (zoneNames === 'nested' || !mayBeFlat) continue;
      zones.push({ id, isFlat: true, region, topologyZone });
      // There is none any more: the zone's own name takes the place of its name.
      regions.delete(topologyZone);
    }
  }
  const suffixOf = (place: readonly string[]) => suffixThatFits(plan.naming, place);
  const placedRegions = [...regions]
    .sort()
    .map((region): PlacedRegion => ({ region, suffix: suffixOf([region]) }));
  const placedZones = zones.map((zone): PlacedZone => {
    const regionSuffix = zone.region === undefined ? undefined : suffixOf([zone.region]);
    return { ...zone, suffix: suffixOf(labelsOfZone(zone)), regionSuffix };
  });
  const placed = [...placedRegions, ...placedZones];
  const longestOctets = Math.max(0, ...placed.map(({ suffix }) => octetsOf(suffix)));
  return { localities, regions: placedRegions, zones: placedZones, longestOctets };
}

/**
 * The ladder's pure fallbacks as rules: each zone to its region, each region to the global level.
 * They say what is stored otherwise, for services that keep the federation's TTL.
 */
export function fallbackRulesOf(plan: FederationPlan): FallbackRule[] {
  const { naming, ttlSeconds } = plan;
  const global = ladderSuffix(naming, []);
  const rule = (suffix: DomainName | undefined, parentSuffix: DomainName): FallbackRule[] =>
    suffix === undefined ? [] : [{ suffix, parentSuffix, labelCount: 2, ttlSeconds }];
  const { regions, zones } = placesOf(plan);
  return [
    ...regions.flatMap(({ suffix }) => rule(suffix, global)),
    ...zones.flatMap(({ suffix, regionSuffix }) => rule(suffix, regionSuffix ?? global)),
  ];
}

interface LevelAt extends Pick<LadderLevel, 'level' | 'owner' | 'place'> {
  readonly domain: DomainName;
}

function decideLevel(
  { domain, ...at }: LevelAt,
  considered: readonly Shard[],
  up: DomainName | undefined,
): LadderLevel {
  const shards = considered.filter((shard) => shard.health.kind === 'healthy');
  const target = hostNameOf(shards, domain);
  if (target !== undefined) return { ...at, considered, outcome: { kind: 'host', target, shards } };
  if (shards.length > 0) return { ...at, considered, outcome: { kind: 'addresses', shards } };
  if (up !== undefined) return { ...at, considered, outcome: { kind: 'alias', target: up } };
  return { ...at, considered, outcome: { kind: 'absent' } };
}

/**
 * RFC 1034 section 3.6.2: a CNAME stands alone, so it is one only where all shards are one name.
 * Our choice: never a name below our own domain, which could lead back to where it came from.
 */
function hostNameOf(shards: readonly Shard[], domain: DomainName): DomainName | undefined {
  const target = shards[0]?.hostName;
  if (target === undefined || isAtOrBelow(target, domain)) return undefined;
  return shards.every(({ hostName }) => hostName === target) ? target : undefined;
}
