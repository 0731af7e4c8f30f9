/**
 * Declared services -> everything that should be stored for them. Judges each shard, plans each
 * ladder, gathers the RRsets by owner. Pure; host names are resolved by the caller beforehand.
 */

import type { FallbackRule } from '../../dns/fallback-rule.ts';
import type { DomainName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { ZoneNames } from '../owner-names.ts';
import {
  type FederatedService,
  judgeHealth,
  type MemberCluster,
  type Shard,
  type ShardAddresses,
} from '../shard.ts';
import { shardAddress } from '../shard-address.ts';
import {
  canonicalHost,
  type DeclaredService,
  type DeclaredShard,
  namingOf,
  type ShardsFile,
} from '../shards-file.ts';
import {
  type FederationPlan,
  fallbackRulesOf,
  type LadderLevel,
  planLadder,
  rrsetsOfLevel,
  ttlOf,
} from './hierarchy.ts';

/** Federation v1's constant, seconds: used where nothing else is said. */
export const TTL_SECONDS_DEFAULT = 180;

export interface PlannedOwner {
  readonly level: LadderLevel;
  readonly rrsets: readonly RRset[];
}

/** `stored`: every alias is a record; `synthesised`: rules stand for those that are pure. */
export type Fallbacks = 'stored' | 'synthesised';

export interface RecordPlan {
  /** In the order in which names appear: global, then regions, then zones of each service. */
  readonly owners: ReadonlyMap<DomainName, PlannedOwner>;
  /** Owners that rules stand for: not to be stored. Empty where fallbacks are stored. */
  readonly byRule: ReadonlySet<DomainName>;
  readonly rules: readonly FallbackRule[];
  /** Host names whose addresses are wanted, canonical. */
  readonly hosts: ReadonlySet<string>;
}

export interface PlanOptions {
  readonly zoneNames: ZoneNames;
  /** `stored` unless said. */
  readonly fallbacks?: Fallbacks;
  /** Used where neither the service nor its federation says a TTL. Seconds. */
  readonly ttlSeconds: number;
  /** Canonical host name -> addresses (last good); undefined when never resolved. */
  readonly resolve: (host: string) => readonly string[] | undefined;
}

export function planRecords(file: ShardsFile, options: PlanOptions): RecordPlan {
  const plan: FederationPlan = {
    naming: namingOf(file, options.zoneNames),
    ttlSeconds: file.ttlSeconds ?? options.ttlSeconds,
    clusters: file.clusters,
  };
  const owners = new Map<DomainName, PlannedOwner>();
  const hosts = new Set<string>();
  const byRule = new Set<DomainName>();
  const fallbacks = options.fallbacks ?? 'stored';
  const clusters = new Map(file.clusters.map((cluster) => [cluster.name, cluster]));
  for (const declared of file.services) {
    const shards = declared.shards.flatMap((shard) => {
      const cluster = clusters.get(shard.cluster);
      for (const host of hostsOf(shard)) hosts.add(host);
      return cluster === undefined ? [] : [judgedShard({ shard, declared, cluster }, options)];
    });
    const planned = planService(plan, { ...declared, shards }, fallbacks);
    for (const [owner, { level, rrsets, isByRule }] of planned) {
      if (isByRule) byRule.add(owner);
      owners.set(owner, { level, rrsets });
    }
  }
  const rules = options.fallbacks === 'synthesised' ? fallbackRulesOf(plan) : [];
  return { owners, byRule, rules, hosts };
}

/** The names of one service; `isByRule`: a rule stands for it, it is not to be stored. */
export function planService(
  plan: FederationPlan,
  service: FederatedService,
  fallbacks: Fallbacks,
): Map<DomainName, PlannedOwner & { readonly isByRule: boolean }> {
  const ttlSeconds = ttlOf(plan, service);
  // A rule has one TTL: a service with another keeps its aliases as records.
  const isRuled = fallbacks === 'synthesised' && ttlSeconds === plan.ttlSeconds;
  return new Map(
    planLadder(plan, service).map((level) => {
      const isByRule = isRuled && level.outcome.kind === 'alias';
      return [level.owner, { level, rrsets: rrsetsOfLevel(level, ttlSeconds), isByRule }];
    }),
  );
}

function judgedShard(
  given: { shard: DeclaredShard; declared: DeclaredService; cluster: MemberCluster },
  options: PlanOptions,
): Shard {
  const { shard, declared, cluster } = given;
  const addresses = addressesOf(shard, options);
  const health = judgeHealth({ addresses, shard }, cluster, declared.rule);
  const { weight, rank, capacity } = shard;
  return { cluster: shard.cluster, addresses, health, weight, rank, capacity };
}

function addressesOf(shard: DeclaredShard, options: PlanOptions): ShardAddresses {
  const ips = shard.loadBalancer.flatMap((target) =>
    'ip' in target ? [target.ip] : (options.resolve(canonicalHost(target.hostname)) ?? []),
  );
  // What a resolver gave and no record can hold is left out: one odd host harms nobody else.
  const addresses = ips.flatMap((ip) => shardAddress(ip) ?? []);
  const ofFamily = (family: 'ipv4' | 'ipv6') =>
    addresses.filter((one) => one.family === family).map(({ text }) => text);
  return { ipv4: ofFamily('ipv4'), ipv6: ofFamily('ipv6') };
}

function hostsOf(shard: DeclaredShard): string[] {
  return shard.loadBalancer.flatMap((target) =>
    'hostname' in target ? [canonicalHost(target.hostname)] : [],
  );
}

/** What is to be stored: the plan without what rules stand for. */
export function storedOwners(plan: RecordPlan): ReadonlyMap<DomainName, PlannedOwner> {
  return new Map([...plan.owners].filter(([owner]) => !plan.byRule.has(owner)));
}
