/**
 * ShardReport: what a member says of one Service, without judgement: objects -> report. It is what
 * is stored, so that a member that cannot be seen (cut off, or not read yet after a restart) still
 * has its last word.
 */

import type { LoadBalancerTarget, SlimEndpointSlice, SlimService } from '../../api/core.ts';
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

/** `before`: the last report of this shard; a frozen shard keeps its state, but not its wishes. */
export function readShardReport(
  service: SlimService,
  slices: Iterable<SlimEndpointSlice>,
  before: ShardReport | undefined,
): ReadReport {
  const { wishes, problems } = readWishes(service.wishes);
  if (wishes.whenUnreachable === 'freeze' && before !== undefined) {
    return { report: { ...before, wishes }, problems };
  }
  let readyCount = 0;
  let endingCount = 0;
  for (const slice of slices) {
    readyCount += slice.readyCount;
    endingCount += slice.servingTerminatingCount;
  }
  const tcpPort = service.tcpPorts[0];
  const report = {
    targets: targetsOf(service, wishes).slice(0, TARGETS_MAX),
    hasEndpoint: readyCount > 0 || endingCount > 0,
    ...(tcpPort !== undefined && { tcpPort }),
    wishes,
  };
  return { report, problems };
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
