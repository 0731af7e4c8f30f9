/**
 * Why a name answers what it answers: the ladder from this name upwards, each shard that counts
 * there with its one cause, the policy that decided, and what would have to happen for it to
 * change. Pure: from the same values the records were planned from.
 */

import type { DomainName } from '../dns/name.ts';
import { formatName } from '../dns/name.ts';
import { describeContent } from './explain.ts';
import type { DecidedService } from './health/decide-service.ts';
import type { DecidedShard } from './health/decided-shard.ts';
import type { PlannedOwner } from './ladder/plan-records.ts';
import { describeKey } from './owner-names.ts';

export interface ExplainedShard {
  readonly cluster: string;
  readonly isIn: boolean;
  /** Exactly one. */
  readonly cause: string;
  readonly policy: string;
  readonly api: 'fresh' | 'lost';
  readonly apiForSeconds: number;
  readonly probe: 'up' | 'unknown' | 'down';
  readonly probeForSeconds: number | undefined;
  /** Why those that do not answer do not: as it is now. */
  readonly probeReason: string | undefined;
  readonly addresses: readonly string[];
  /** `services default/web`, with the resource version that was read last. */
  readonly object: string;
  readonly resourceVersion: string | undefined;
  /** What would have to happen for it to change. */
  readonly until: string;
}

export interface ExplainedLevel {
  readonly name: string;
  readonly level: 'global' | 'region' | 'zone';
  readonly place: string;
  readonly ttlSeconds: number;
  readonly answer: string;
  readonly shards: readonly ExplainedShard[];
}

export interface ExplainInput {
  readonly decided: DecidedService;
  readonly owners: ReadonlyMap<DomainName, PlannedOwner>;
  readonly ttlSeconds: number;
  /** Resource version of the Service as last read. */
  readonly versionOf: (cluster: string) => string | undefined;
  /** What the last probes of its addresses found, where they do not answer. */
  readonly probeReasonOf?: (cluster: string) => string | undefined;
  readonly nowMs: number;
}

/** From `owner` up the ladder until a level holds addresses, or nothing. Bounded by three levels. */
export function explainName(owner: DomainName, input: ExplainInput): ExplainedLevel[] {
  const levels: ExplainedLevel[] = [];
  let at: DomainName | undefined = owner;
  while (at !== undefined && levels.length < input.owners.size) {
    const planned: PlannedOwner | undefined = input.owners.get(at);
    if (planned === undefined) break;
    levels.push(explainLevel(planned, input));
    const { outcome } = planned.level;
    at = outcome.kind === 'alias' ? outcome.target : undefined;
  }
  return levels;
}

function explainLevel({ level, rrsets }: PlannedOwner, input: ExplainInput): ExplainedLevel {
  const here = new Set(level.considered.map(({ cluster }) => cluster));
  return {
    name: formatName(level.owner),
    level: level.level,
    place: level.place,
    ttlSeconds: input.decided.ttlSeconds ?? input.ttlSeconds,
    answer: describeContent(rrsets),
    shards: input.decided.shards
      .filter(({ cluster }) => here.has(cluster))
      .map((shard) => explainShard(shard, input)),
  };
}

function explainShard(shard: DecidedShard, input: ExplainInput): ExplainedShard {
  const { decided, nowMs } = input;
  const { cluster, liveness, probed, addresses, policy, health, basis } = shard;
  const { member } = basis;
  const isIn = health.kind === 'healthy';
  return {
    cluster,
    isIn,
    cause: isIn ? liveness.cause : health.reason,
    policy,
    api: member.api,
    apiForSeconds: secondsSince(member.apiSinceMs, nowMs),
    probe: probed.signal,
    probeForSeconds: probed.sinceMs === 0 ? undefined : secondsSince(probed.sinceMs, nowMs),
    probeReason: input.probeReasonOf?.(cluster),
    addresses: [...addresses.ipv4, ...addresses.ipv6],
    object: describeKey(decided),
    resourceVersion: input.versionOf(cluster),
    until: whatChangesIt(shard, nowMs),
  };
}

function whatChangesIt({ health, liveness }: DecidedShard, nowMs: number): string {
  if (health.kind === 'healthy') {
    if (liveness.kind === 'follow') return 'its member says otherwise, or both signals are lost';
    if (liveness.changesAtMs === undefined) return 'its member is back and says otherwise';
    const seconds = Math.max(0, Math.ceil((liveness.changesAtMs - nowMs) / 1000));
    return `out in ${seconds} s, unless its member or its addresses answer`;
  }
  switch (health.reason) {
    case 'no load-balancer address':
    case 'no address of the kind asked for':
      return 'its Service gets an address';
    case 'host name not resolved':
      return 'its host name resolves';
    case 'no ready endpoint':
      return 'one of its endpoints becomes ready';
    case 'address not allowed':
      return 'its network is in the allow list of this member';
    case 'host claimed first by another namespace':
      return 'the older Ingress or HTTPRoute of that host goes';
    case 'drained':
      return 'it is undrained';
    case 'its workload leaves this cluster':
      return 'its workload has left, or stays after all';
    case 'frozen by its owner':
      return 'its owner ends the freeze';
    case 'member fresh, addresses do not answer':
    case 'addresses do not answer':
      return 'its addresses answer';
    default:
      return 'its member answers again';
  }
}

function secondsSince(sinceMs: number, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - sinceMs) / 1000));
}
