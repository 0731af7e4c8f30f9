/**
 * Reports of one service from all members, what is known of the members, what probes found ->
 * its shards with their health and the one cause of each. Pure: the time is an argument, and the
 * same inputs printed and replayed give the same answer (`fedns explain`).
 */

import type { FederatedService, ShardHealth } from '../shard.ts';
import { DecidedShard, type ProbedSignal, type ShardBasis } from './decided-shard.ts';
import {
  decideLiveness,
  type LivenessCause,
  type LivenessGraces,
  type LivenessInput,
  type WhenUnreachable,
} from './liveness.ts';
import type { MemberState } from './member-state.ts';
import { hostsOf, type ResolveHost, type Said, said } from './said-shard.ts';
import type { ShardReport } from './shard-report.ts';

export interface DecideContext {
  readonly members: ReadonlyMap<string, MemberState>;
  /** Of a namespace, where a Service's owner says none. */
  readonly defaultPolicy: (namespace: string) => WhenUnreachable;
  readonly graces: LivenessGraces;
  readonly suspectsSelf: boolean;
  readonly heldUntilMs: number;
  readonly resolve: ResolveHost;
  /** What probes say of a shard with these addresses. */
  readonly probed: (serviceKey: string, cluster: string) => ProbedSignal;
  /** A person has drained the cluster, or this service there. */
  readonly isDrained: (serviceKey: string, cluster: string) => boolean;
  readonly nowMs: number;
}

export interface DecisionBasis
  extends Pick<DecideContext, 'nowMs' | 'suspectsSelf' | 'heldUntilMs' | 'graces'> {
  /** What its hosts resolved to. */
  readonly resolved: ReadonlyMap<string, readonly string[]>;
}

export interface DecidedService extends FederatedService {
  readonly shards: readonly DecidedShard[];
  readonly basis: DecisionBasis;
  /** To be looked up. */
  readonly hosts: readonly WantedHost[];
  /** Monotonic, ms: when a grace ends, so that this must be decided anew; undefined: never. */
  readonly changesAtMs: number | undefined;
}

export interface WantedHost {
  /** Canonical. */
  readonly host: string;
  /** Whose word it is. */
  readonly cluster: string;
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
    const told = { member, report, wasOut, hasAnswered, isDrained, ...heard };
    return isDrained ? [{ ...told, health: DRAINED }] : [told];
  });
  const told = claimed(heardOf);
  const shards = decideAll(told, { ...key, context });
  const ttls = told.flatMap(({ report }) => report.wishes.ttlSeconds ?? []);
  const hosts = told.flatMap(({ member, report }) =>
    hostsOf(report).map((host) => ({ host, cluster: member.name })),
  );
  const ends = shards.flatMap(({ liveness }) => liveness.changesAtMs ?? []);
  return {
    ...key,
    // Our choice: owners of copies that differ are all served at least as freshly as they ask.
    ttlSeconds: ttls.length === 0 ? undefined : Math.min(...ttls),
    shards,
    hosts,
    basis: basisOf(context, hosts),
    changesAtMs: ends.length === 0 ? undefined : Math.min(...ends),
  };
}

interface Deciding {
  readonly namespace: string;
  readonly objectName: string;
  readonly context: DecideContext;
}

/**
 * A shard whose workload leaves is out where another is in; where none is, nobody is out for that; and
 * where still none is, the last hope is asked.
 */
function decideAll(told: readonly Told[], deciding: Deciding): readonly DecidedShard[] {
  const isAnyIn = (shards: readonly DecidedShard[]) =>
    shards.some(({ health }) => health.kind === 'healthy');
  if (told.some(({ report }) => report.wishes.leaving === true)) {
    const shards = decideTold(told.map(leave), { ...deciding, isLastHope: false });
    if (isAnyIn(shards)) return shards;
  }
  const shards = decideTold(told, { ...deciding, isLastHope: false });
  return isAnyIn(shards) ? shards : decideTold(told, { ...deciding, isLastHope: true });
}

function leave(shard: Told): Told {
  const isLeaving = shard.report.wishes.leaving === true && shard.health.kind === 'healthy';
  return isLeaving ? { ...shard, health: LEAVING } : shard;
}

function decideTold(
  told: readonly Told[],
  { namespace, objectName, context, isLastHope }: Deciding & Pick<LivenessInput, 'isLastHope'>,
): readonly DecidedShard[] {
  const decidedOne = (
    shard: Told,
    others: Pick<LivenessInput, 'hasOtherHealthy' | 'isLastHope'>,
  ): DecidedShard => {
    const probed = context.probed(`${namespace}/${objectName}`, shard.member.name);
    // A host has no namespace of its own: whoever claims it says what holds there.
    const defaultPolicy = context.defaultPolicy(shard.report.claim?.namespace ?? namespace);
    const policy = shard.report.wishes.whenUnreachable ?? defaultPolicy;
    return decideShard({ ...shard, ...others, policy, defaultPolicy, probed }, context);
  };
  // Who is fresh is decided without the others: one that is out by its own probe is none to go for.
  const isAnyLost = told.some(({ member }) => member.api === 'lost');
  const freshHealthy = told.filter((shard) => {
    // Only those that are lost ask.
    if (!isAnyLost || shard.member.api !== 'fresh' || shard.health.kind !== 'healthy') return false;
    const alone = decidedOne(shard, { hasOtherHealthy: false, isLastHope: false });
    return alone.health.kind === 'healthy';
  });
  return told.map((shard) => {
    const hasOtherHealthy = freshHealthy.some((other) => other !== shard);
    return decidedOne(shard, { hasOtherHealthy, isLastHope });
  });
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
const LEAVING: ShardHealth = {
  kind: 'unhealthy',
  reason: 'its workload leaves this cluster',
};

interface Told extends Said {
  readonly member: MemberState;
  readonly report: ShardReport;
  readonly wasOut: LivenessCause | undefined;
  readonly hasAnswered: boolean;
  readonly isDrained: boolean;
}

function decideShard(
  shard: Told &
    Pick<DecidedShard, 'probed' | 'policy'> &
    Pick<ShardBasis, 'defaultPolicy'> &
    Pick<LivenessInput, 'hasOtherHealthy' | 'isLastHope'>,
  context: DecideContext,
): DecidedShard {
  const { member, report, addresses, hostName, probed, policy } = shard;
  const { wishes } = report;
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
  return new DecidedShard(
    report,
    {
      member,
      hostName,
      health: isOut ? { kind: 'unhealthy', reason: liveness.cause } : shard.health,
      weight: wishes.weight ?? 1,
      rank: wishes.rank ?? 0,
      capacity: wishes.capacity,
      hasAnswered: shard.hasAnswered || probed.signal === 'up',
      liveness,
      policy,
      probe: probed.signal,
      wasOut: shard.wasOut,
      hadAnswered: shard.hasAnswered,
      isDrained: shard.isDrained,
      defaultPolicy: shard.defaultPolicy,
    },
    { addresses, probedSinceMs: probed.sinceMs },
  );
}

const NO_HOSTS: DecisionBasis['resolved'] = new Map();

function basisOf(
  { nowMs, suspectsSelf, heldUntilMs, graces, resolve }: DecideContext,
  hosts: readonly WantedHost[],
): DecisionBasis {
  const resolved =
    hosts.length === 0 ? NO_HOSTS : new Map(hosts.map(({ host }) => [host, resolve(host) ?? []]));
  return {
    nowMs,
    suspectsSelf,
    heldUntilMs,
    graces,
    resolved,
  };
}
