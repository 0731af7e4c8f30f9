/**
 * Reports of one service from all members, what is known of the members, what probes found ->
 * its shards with their health and the one cause of each. Pure: the time is an argument, and the
 * same inputs printed and replayed give the same answer (`fedns explain`).
 */

import { InputError } from '../../dns/errors.ts';
import { type DomainName, parseName } from '../../dns/name.ts';
import {
  type FederatedService,
  judgeHealth,
  type Locality,
  type Shard,
  type ShardAddresses,
  type ShardHealth,
} from '../shard.ts';
import { shardAddress } from '../shard-address.ts';
import { canonicalHost } from '../shards-file.ts';
import type { AllowedAddresses } from './allowed-addresses.ts';
import {
  type ApiSignal,
  decideLiveness,
  type Liveness,
  type LivenessCause,
  type LivenessGraces,
  type LivenessInput,
  type ProbeSignal,
  type WhenUnreachable,
} from './liveness.ts';
import type { ShardReport } from './shard-report.ts';

export interface MemberState {
  readonly name: string;
  readonly locality: Locality;
  readonly api: ApiSignal;
  /** Monotonic, ms. */
  readonly apiSinceMs: number;
  readonly allowed: AllowedAddresses;
}

export interface ProbedSignal {
  readonly signal: ProbeSignal;
  readonly sinceMs: number;
}

export interface DecideContext {
  readonly members: ReadonlyMap<string, MemberState>;
  readonly whenUnreachable: WhenUnreachable;
  readonly graces: LivenessGraces;
  readonly suspectsSelf: boolean;
  readonly heldUntilMs: number;
  /** Canonical host name -> addresses (last good). */
  readonly resolve: (host: string) => readonly string[] | undefined;
  /** What probes say of a shard with these addresses. */
  readonly probed: (serviceKey: string, cluster: string) => ProbedSignal;
  /** A person has drained the cluster, or this service there. */
  readonly isDrained: (serviceKey: string, cluster: string) => boolean;
  readonly nowMs: number;
}

export interface DecidedShard extends Shard {
  readonly report: ShardReport;
  readonly hasAnswered: boolean;
  readonly liveness: Liveness;
  readonly policy: WhenUnreachable;
  readonly probed: ProbedSignal;
}

export interface DecidedService extends FederatedService {
  readonly shards: readonly DecidedShard[];
  /** Canonical; to be looked up. */
  readonly hosts: readonly string[];
  /** Monotonic, ms: when a grace ends, so that this must be decided anew; undefined: never. */
  readonly changesAtMs: number | undefined;
}

/** A shard as it is remembered. */
export interface KnownShard {
  readonly report: ShardReport;
  /** Why it was taken out; nothing has spoken for it since. undefined: it was not. */
  readonly wasOut: LivenessCause | undefined;
  /** One of its addresses has answered a probe: silence means something. */
  readonly hasAnswered: boolean;
}

/** Shards of clusters that are no members are left out. */
export function decideService(
  key: { readonly namespace: string; readonly objectName: string },
  known: ReadonlyMap<string, KnownShard>,
  context: DecideContext,
): DecidedService {
  const serviceKey = `${key.namespace}/${key.objectName}`;
  const heardOf = [...known].flatMap(([cluster, { report, wasOut, hasAnswered }]) => {
    const member = context.members.get(cluster);
    if (member === undefined) return [];
    const isDrained = report.wishes.drain === true || context.isDrained(serviceKey, cluster);
    const heard = said(member, report, context);
    const told = { member, report, wasOut, hasAnswered, ...heard };
    return isDrained ? [{ ...told, health: DRAINED }] : [told];
  });
  const told = claimed(heardOf);
  const freshHealthy = told.filter(
    ({ member, health }) => member.api === 'fresh' && health.kind === 'healthy',
  );
  const decided = (isLastHope: boolean): DecidedShard[] =>
    told.map((shard) => {
      const hasOtherHealthy = freshHealthy.some((other) => other !== shard);
      const probed = context.probed(serviceKey, shard.member.name);
      return decideShard({ ...shard, probed, hasOtherHealthy, isLastHope }, context);
    });
  const first = decided(false);
  const shards = first.some(({ health }) => health.kind === 'healthy') ? first : decided(true);
  const ttls = told.flatMap(({ report }) => report.wishes.ttlSeconds ?? []);
  const ends = shards.flatMap(({ liveness }) => liveness.changesAtMs ?? []);
  return {
    ...key,
    // Our choice: owners of copies that differ are all served at least as freshly as they ask.
    ttlSeconds: ttls.length === 0 ? undefined : Math.min(...ttls),
    shards,
    hosts: told.flatMap(({ report }) => hostsOf(report)),
    changesAtMs: ends.length === 0 ? undefined : Math.min(...ends),
  };
}

/** Our choice: the oldest claim to a host has it, whatever becomes of its shards. */
function claimed(told: readonly Told[]): readonly Told[] {
  const claims = told.flatMap(({ report }) => report.claim ?? []);
  const [first] = claims.sort((left, right) => {
    const order = [left.since, left.namespace].join() < [right.since, right.namespace].join();
    return order ? -1 : 1;
  });
  if (first === undefined) return told;
  return told.map((one) => {
    return one.report.claim?.namespace === first.namespace ? one : { ...one, health: CLAIMED };
  });
}

const CLAIMED: ShardHealth = {
  kind: 'unhealthy',
  reason: 'host claimed first by another namespace',
};
const DRAINED: ShardHealth = { kind: 'unhealthy', reason: 'drained' };

interface Told extends Said {
  readonly member: MemberState;
  readonly report: ShardReport;
  readonly wasOut: LivenessCause | undefined;
  readonly hasAnswered: boolean;
}

interface Said {
  readonly addresses: ShardAddresses;
  readonly hostName: DomainName | undefined;
  /** By the report alone. */
  readonly health: ShardHealth;
}

function said(member: MemberState, report: ShardReport, context: DecideContext): Said {
  const given = givenAddresses(report, context);
  const allowed = given.filter((address) => member.allowed.allows(address.text));
  const ofFamily = (family: 'ipv4' | 'ipv6') => [
    ...new Set(allowed.filter((one) => one.family === family).map(({ text }) => text)),
  ];
  const addresses = { ipv4: ofFamily('ipv4'), ipv6: ofFamily('ipv6') };
  // A name would lead clients to what is not allowed, too.
  const hostName = allowed.length === given.length ? wantedHostName(report) : undefined;
  if (given.length > 0 && allowed.length === 0) {
    return { addresses, hostName, health: { kind: 'unhealthy', reason: 'address not allowed' } };
  }
  const shard = {
    cluster: member.name,
    loadBalancer: report.targets,
    readyEndpointCount: report.hasEndpoint ? 1 : 0,
  };
  const health = judgeHealth(
    { addresses, shard },
    { name: member.name, locality: member.locality, isReachable: true },
    {
      allowWithoutEndpoints: report.wishes.allowWithoutEndpoints ?? false,
      unreachable: 'keep',
    },
  );
  if (report.targets.length === 0 && report.wishes.addresses !== undefined) {
    const reason = 'no address of the kind asked for';
    return { addresses, hostName, health: { kind: 'unhealthy', reason } };
  }
  return { addresses, hostName, health };
}

function decideShard(
  shard: Told &
    Pick<DecidedShard, 'probed'> &
    Pick<LivenessInput, 'hasOtherHealthy' | 'isLastHope'>,
  context: DecideContext,
): DecidedShard {
  const { member, report, addresses, hostName, probed } = shard;
  const { wishes } = report;
  const policy = wishes.whenUnreachable ?? context.whenUnreachable;
  const liveness = decideLiveness({
    policy,
    api: member.api,
    apiSinceMs: member.apiSinceMs,
    probe: probed.signal,
    probeSinceMs: probed.sinceMs,
    probeOverridesApi: wishes.probeOverridesApi ?? false,
    hasOtherHealthy: shard.hasOtherHealthy,
    isLastHope: shard.isLastHope,
    suspectsSelf: context.suspectsSelf,
    wasOut: shard.wasOut,
    heldUntilMs: context.heldUntilMs,
    graces: context.graces,
    nowMs: context.nowMs,
  });
  const isOut = liveness.kind === 'out' && shard.health.kind === 'healthy';
  return {
    cluster: member.name,
    addresses,
    ...(hostName !== undefined && { hostName }),
    health: isOut ? { kind: 'unhealthy', reason: liveness.cause } : shard.health,
    weight: wishes.weight ?? 1,
    rank: wishes.rank ?? 0,
    capacity: wishes.capacity,
    hasAnswered: shard.hasAnswered || probed.signal === 'up',
    report,
    liveness,
    policy,
    probed,
  };
}

function givenAddresses(report: ShardReport, { resolve }: DecideContext) {
  const texts = report.targets.flatMap((target) =>
    'ip' in target ? [target.ip] : (resolve(canonicalHost(target.hostname)) ?? []),
  );
  return texts.flatMap((text) => shardAddress(text) ?? []);
}

function hostsOf(report: ShardReport): string[] {
  return report.targets.flatMap((target) =>
    'hostname' in target ? [canonicalHost(target.hostname)] : [],
  );
}

/** The one host name that is its only target, where its owner asks for a CNAME. */
function wantedHostName(report: ShardReport): DomainName | undefined {
  if (report.wishes.hostNameAs !== 'cname') return undefined;
  const [host, ...others] = new Set(hostsOf(report));
  const isOnly = others.length === 0 && report.targets.every((target) => 'hostname' in target);
  if (!isOnly || host === undefined) return undefined;
  try {
    return parseName(host);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
