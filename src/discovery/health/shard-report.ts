/**
 * ShardReport: what a member says of one Service, without judgement: objects -> report. It is what
 * is stored, so that a member that cannot be seen (cut off, or not read yet after a restart) still
 * has its last word.
 */

import type { LoadBalancerTarget, SlimEndpointSlice, SlimService } from '../../api/core.ts';
import type { WhenUnreachable } from './liveness.ts';
import { readWishes, type ShardWishes } from './shard-wishes.ts';

export interface ShardReport {
  /** Addresses and host names as given, not checked yet. */
  readonly targets: readonly LoadBalancerTarget[];
  /** Ready, or at least still serving while it ends. */
  readonly hasEndpoint: boolean;
  /** What a probe asks by default; undefined: nothing of TCP. */
  readonly tcpPort?: number;
  readonly wishes: ShardWishes;
}

export interface ReadReport {
  readonly report: ShardReport;
  readonly problems: readonly string[];
}

/** Never more targets than this of one shard: an RRset of 64 KB holds no more anyway. */
const TARGETS_MAX = 4096;
/** RFC 1035 section 2.3.4, as text. A longer one is no name, and would fill the store. */
const HOST_NAME = /^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/;
const HOST_LENGTH_MAX = 254;
/** The longest text of an address, with its scope. */
const ADDRESS_LENGTH_MAX = 64;

export interface ReportContext {
  /** The last report of this shard: a frozen one keeps its state, but not its wishes. */
  readonly before: ShardReport | undefined;
  /** Where its owner says none. */
  readonly defaultPolicy: WhenUnreachable;
}

export function readShardReport(
  service: SlimService,
  slices: Iterable<SlimEndpointSlice>,
  { before, defaultPolicy }: ReportContext,
): ReadReport {
  const { wishes, problems: slips } = readWishes(service.wishes);
  const problems = [...slips];
  if ((wishes.whenUnreachable ?? defaultPolicy) === 'freeze' && before !== undefined) {
    return { report: { ...before, wishes }, problems };
  }
  let readyCount = 0;
  let endingCount = 0;
  for (const slice of slices) {
    readyCount += slice.readyCount;
    endingCount += slice.servingTerminatingCount;
  }
  const tcpPort = service.tcpPorts[0];
  const given = targetsOf(service, wishes);
  const targets = given.filter(isTarget).slice(0, TARGETS_MAX);
  const droppedCount = given.length - targets.length;
  if (droppedCount > 0) problems.push(`${droppedCount} targets are no address and no host name`);
  const report = {
    targets,
    hasEndpoint: readyCount > 0 || endingCount > 0,
    ...(tcpPort !== undefined && { tcpPort }),
    wishes,
  };
  return { report, problems };
}

/** Another's word: no more, and nothing else, than we would have read ourselves. */
export function soundReport(report: ShardReport): ShardReport {
  const { targets } = report;
  const isSound = targets.length <= TARGETS_MAX && targets.every(isTarget);
  return isSound ? report : { ...report, targets: targets.filter(isTarget).slice(0, TARGETS_MAX) };
}

function isTarget(target: LoadBalancerTarget): boolean {
  if ('ip' in target) return target.ip.length <= ADDRESS_LENGTH_MAX;
  return target.hostname.length <= HOST_LENGTH_MAX && HOST_NAME.test(target.hostname);
}

function targetsOf(service: SlimService, wishes: ShardWishes): LoadBalancerTarget[] {
  const sources = wishes.addresses ?? ['load-balancer'];
  return sources.flatMap((source): readonly LoadBalancerTarget[] => {
    switch (source) {
      case 'load-balancer':
        return service.loadBalancer;
      case 'external-ips':
        return service.externalIPs.map((ip) => ({ ip }));
      case 'cluster-ips':
        return service.clusterIPs.filter((ip) => ip !== 'None').map((ip) => ({ ip }));
      default:
        return source satisfies never;
    }
  });
}
