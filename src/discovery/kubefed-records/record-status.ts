/**
 * What each cluster has of a record's Service or Ingress -> the record's status: an entry a cluster,
 * and conditions that say why a name is missing. Pure.
 *
 * Source: specs of KubeFed, "ServiceDNSRecord controller" and "IngressDNSRecord controller". Here
 * other than there: a cluster that is not ready keeps its entry as it was seen last (KubeFed meant to
 * keep it, and lost it), a cluster without a place blocks nobody, and conditions are ours.
 */

import type { SaidCondition } from '../../api/conditions.ts';
import type { LoadBalancerTarget } from '../../api/core.ts';
import type { DnsRecord, RecordEntry } from '../../api/kubefed/dns-record-objects.ts';
import { takeTargets } from '../health/shard-report.ts';
import {
  conflictCondition,
  type NamesTrouble,
  NO_CONFLICT,
  type RecordConflict,
  readyWithConflict,
} from './record-conflict.ts';
import type { DomainProblem } from './record-domain.ts';
import { shortened } from './shortened.ts';

export interface SeenCluster {
  readonly cluster: string;
  readonly region: string | undefined;
  readonly topologyZones: readonly string[];
  /** Unknown where it is not ready, or could not be read yet. */
  readonly copy: SeenCopy | 'absent' | 'not ready' | 'not read';
  /** Why it was not read, in one line; undefined: nothing is known to be in the way. */
  readonly problem?: string | undefined;
}

/** A Service or an Ingress of one cluster. */
export interface SeenCopy {
  readonly loadBalancer: readonly LoadBalancerTarget[];
  /** A ready one; of an Ingress nobody asks. */
  readonly hasEndpoint: boolean;
  /** Its pods go soon: it leaves the answers before them, where another cluster is in. */
  readonly isLeaving?: boolean;
}

/** Why a cluster has no address in it; the last ones are nearer to having one. */
const MISSING = [
  'ClusterNotReady',
  'ClusterNotRead',
  'NoServiceInCluster',
  'NoIngressInCluster',
  'NoEndpoints',
  'NoLoadBalancer',
  'Leaving',
] as const;

const UNKNOWN = { 'not ready': 'ClusterNotReady', 'not read': 'ClusterNotRead' } as const;

type Missing = (typeof MISSING)[number];

type Unknown = (typeof UNKNOWN)[keyof typeof UNKNOWN];

/** Condition -> its reasons; ours, KubeFed has none. `Leaving` is only told of: another cluster is in then. */
export interface RecordReasons {
  readonly Ready:
    | 'Published'
    | 'PartlyPublished'
    | 'NoClusters'
    | Exclude<Missing, 'Leaving'>
    | RecordProblem['reason']
    | NamesTrouble['reason'];
  readonly Located: 'Located' | 'NoRegion' | 'NoZones';
  readonly ClustersSeen: 'AllSeen' | Unknown;
  readonly Conflict: 'NoConflict' | 'HostClaimed';
}

interface ConditionOf<Type extends keyof RecordReasons> extends SaidCondition {
  readonly type: Type;
  readonly reason: RecordReasons[Type];
}

export type RecordCondition = {
  [Type in keyof RecordReasons]: ConditionOf<Type>;
}[keyof RecordReasons];

export interface RecordProblem {
  readonly reason: DomainProblem['reason'] | 'NoHosts';
  readonly message: string;
}

/** Of the record itself, whatever its clusters have. */
export interface RecordFaults {
  readonly problem?: RecordProblem | undefined;
  readonly conflict?: RecordConflict;
}

export interface FoldedRecord {
  /** Sorted by cluster. */
  readonly dns: readonly WrittenEntry[];
  readonly conditions: readonly RecordCondition[];
}

interface WrittenEntry {
  readonly cluster: string;
  /** Sorted by ip, then by hostname. */
  readonly loadBalancer: { readonly ingress?: readonly LoadBalancerTarget[] };
  readonly region?: string;
  readonly zones?: readonly string[];
}

export function foldRecord(
  record: DnsRecord,
  clusters: readonly SeenCluster[],
  { problem, conflict = NO_CONFLICT }: RecordFaults = {},
): FoldedRecord {
  const sorted = [...clusters].sort((left, right) => (left.cluster < right.cluster ? -1 : 1));
  const judged = withoutLeaving(
    sorted,
    sorted.map((seen) => judge(record, seen)),
  );
  const isService = record.kind === 'ServiceDNSRecord';
  return {
    dns: judged.map(({ entry }) => written(entry, isService)),
    conditions: [
      readyWithConflict(readyCondition(judged, problem), conflict),
      ...(isService ? [locatedCondition(judged)] : []),
      seenCondition(judged),
      conflictCondition(conflict),
    ],
  };
}

interface Judged {
  readonly entry: RecordEntry;
  readonly unknown: { readonly reason: Unknown; readonly problem: string | undefined } | undefined;
  /** undefined: it has addresses. */
  readonly missing: Missing | undefined;
}

function judge(record: DnsRecord, { cluster, copy, problem, ...place }: SeenCluster): Judged {
  const before = record.entries.find((one) => one.cluster === cluster);
  const region = place.region ?? before?.region;
  const zones = place.topologyZones.length > 0 ? place.topologyZones : before?.topologyZones;
  const entry = { cluster, region, topologyZones: zones ?? [] };
  const isUnknown = copy === 'not ready' || copy === 'not read';
  const unknown = isUnknown ? { reason: UNKNOWN[copy], problem } : undefined;
  const judged = (loadBalancer: readonly LoadBalancerTarget[], missing: Missing): Judged => ({
    entry: { ...entry, loadBalancer },
    unknown,
    missing: loadBalancer.length > 0 ? undefined : missing,
  });
  // Unknown is not absent: what it said last stays.
  if (isUnknown) return judged(before?.loadBalancer ?? [], UNKNOWN[copy]);
  const isService = record.kind === 'ServiceDNSRecord';
  if (copy === 'absent') return judged([], isService ? 'NoServiceInCluster' : 'NoIngressInCluster');
  const needsEndpoint = isService && !record.allowsWithoutEndpoints;
  if (needsEndpoint && !copy.hasEndpoint) return judged([], 'NoEndpoints');
  return judged(inOrder(takeTargets(copy.loadBalancer).targets), 'NoLoadBalancer');
}

/** Who goes is out, unless it is all there is that can be seen: a name is never emptied by a move. */
function withoutLeaving(
  clusters: readonly SeenCluster[],
  judged: readonly Judged[],
): readonly Judged[] {
  const isLeaving = clusters.map(({ copy }) => typeof copy === 'object' && copy.isLeaving === true);
  const staying = judged.filter((_, at) => isLeaving[at] !== true);
  const isIn = ({ missing, unknown }: Judged) => missing === undefined && unknown === undefined;
  if (!staying.some(isIn)) return judged;
  return judged.map((one, at) => {
    if (isLeaving[at] !== true || one.missing !== undefined) return one;
    return { ...one, entry: { ...one.entry, loadBalancer: [] }, missing: 'Leaving' };
  });
}

function readyCondition(
  judged: readonly Judged[],
  problem: RecordProblem | undefined,
): ConditionOf<'Ready'> {
  const type = 'Ready';
  if (problem !== undefined) return { type, status: 'False', ...problem };
  const missing = judged.flatMap((one) =>
    one.missing === undefined ? [] : [`${one.entry.cluster}: ${one.missing}`],
  );
  const published = judged.filter((one) => one.missing === undefined);
  if (published.length > 0) {
    const names = published.map(({ entry }) => entry.cluster).join(', ');
    const message = shortened([`addresses of ${names}`, ...missing]);
    return { type, status: 'True', reason: 'Published', message };
  }
  const nearest = MISSING.findLast((word) => judged.some((one) => one.missing === word));
  // Who leaves does so only where another is in.
  if (nearest !== undefined && nearest !== 'Leaving') {
    return { type, status: 'False', reason: nearest, message: shortened(missing) };
  }
  const message = 'no KubeFedCluster is registered';
  return { type, status: 'False', reason: 'NoClusters', message };
}

type PlaceLack = Exclude<RecordReasons['Located'], 'Located'>;

/** A cluster that lacks a place has no names of its own there. */
function locatedCondition(judged: readonly Judged[]): ConditionOf<'Located'> {
  const lacking = judged.flatMap(({ entry }): { cluster: string; reason: PlaceLack }[] => {
    const { cluster, region, topologyZones } = entry;
    if (region === undefined) return [{ cluster, reason: 'NoRegion' }];
    return topologyZones.length === 0 ? [{ cluster, reason: 'NoZones' }] : [];
  });
  const [first] = [...lacking].sort((left, right) => (left.reason < right.reason ? -1 : 1));
  const type = 'Located';
  if (first === undefined) {
    return { type, status: 'True', reason: 'Located', message: 'every cluster has its place' };
  }
  const message = shortened(lacking.map(({ cluster, reason }) => `${cluster}: ${reason}`));
  return { type, status: 'False', reason: first.reason, message };
}

/** Marks entries that are not of now. */
function seenCondition(judged: readonly Judged[]): ConditionOf<'ClustersSeen'> {
  const type = 'ClustersSeen';
  const unseen = judged.flatMap(({ entry, unknown }) =>
    unknown === undefined ? [] : [{ cluster: entry.cluster, ...unknown }],
  );
  const [first] = unseen;
  if (first === undefined) {
    return { type, status: 'True', reason: 'AllSeen', message: 'every cluster is seen as it is' };
  }
  const texts = unseen.map(({ cluster, reason, problem }) =>
    problem === undefined ? `${cluster}: ${reason}` : `${cluster}: ${reason}: ${problem}`,
  );
  const message = `as seen last: ${shortened(texts)}`;
  return { type, status: 'False', reason: first.reason, message };
}

function written(entry: RecordEntry, isService: boolean): WrittenEntry {
  const { cluster, loadBalancer, region, topologyZones } = entry;
  return {
    cluster,
    loadBalancer: loadBalancer.length === 0 ? {} : { ingress: loadBalancer },
    ...(isService && region !== undefined && { region }),
    ...(isService && topologyZones.length > 0 && { zones: topologyZones }),
  };
}

/** Whatever order a cluster says them in: what is the same is not written again. */
function inOrder(targets: readonly LoadBalancerTarget[]): LoadBalancerTarget[] {
  const texts = new Map(targets.map((target) => [sortKey(target), target]));
  return [...texts].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, one]) => one);
}

/** By ip, where none is said by hostname, which then comes first. */
function sortKey(target: LoadBalancerTarget): string {
  return 'ip' in target ? `1 ${target.ip}` : `0 ${target.hostname}`;
}
