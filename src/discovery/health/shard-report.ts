/**
 * ShardReport: what a member says of one Service, without judgement: objects -> report. It is what
 * is stored, so that a member that cannot be seen (cut off, or not read yet after a restart) still
 * has its last word.
 */

import type {
  LoadBalancerTarget,
  NodePorts,
  SlimEndpointSlice,
  SlimNode,
  SlimService,
} from '../../api/core.ts';
import type { WhenUnreachable } from './liveness.ts';
import { type AddressSource, readWishes, type ShardWishes } from './shard-wishes.ts';

export interface ShardReport {
  /** Addresses and host names as given, not checked yet. */
  readonly targets: readonly LoadBalancerTarget[];
  /** Ready, or at least still serving while it ends. */
  readonly hasEndpoint: boolean;
  /** What a probe asks by default; undefined: nothing of TCP. */
  readonly tcpPort?: number;
  readonly wishes: ShardWishes;
  /** Of a host: who claims it in this member, since when, by which kinds of objects. */
  readonly claim?: {
    readonly namespace: string;
    readonly since: string;
    readonly kinds: readonly string[];
  };
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

/** What the member has beside the Service itself. */
export interface ServiceSurroundings {
  readonly slices: Iterable<SlimEndpointSlice>;
  /** By their names; undefined: not read (yet). */
  readonly nodes: ReadonlyMap<string, SlimNode> | undefined;
}

const NODES_UNREAD = 'annotation fedns.io/addresses: the nodes are not read (yet)';

export function readShardReport(
  service: SlimService,
  around: ServiceSurroundings,
  { before, defaultPolicy }: ReportContext,
): ReadReport {
  const { wishes, problems: slips } = readWishes(service.wishes);
  const problems = [...slips];
  if ((wishes.whenUnreachable ?? defaultPolicy) === 'freeze' && before !== undefined) {
    return { report: { ...before, wishes }, problems };
  }
  const slices = usedSlices(around.slices);
  const places = placesOf(service, wishes, { slices, nodes: around.nodes });
  if (places === undefined) problems.push(NODES_UNREAD);
  // Unknown is not absent: where it was is where it is.
  const { given, tcpPort } = places ?? { given: before?.targets ?? [], tcpPort: before?.tcpPort };
  const { targets, problem } = takeTargets(given);
  if (problem !== undefined) problems.push(problem);
  const report = {
    targets,
    hasEndpoint: slices.length > 0,
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

/** Those with a ready endpoint; where none has one, those whose endpoints serve while they end. */
function usedSlices(slices: Iterable<SlimEndpointSlice>): SlimEndpointSlice[] {
  const all = [...slices];
  const ready = all.filter(({ readyCount }) => readyCount > 0);
  if (ready.length > 0) return ready;
  return all.filter(({ servingTerminatingCount }) => servingTerminatingCount > 0);
}

/** Those that may be one, and not more than can be published. */
export function takeTargets(given: readonly LoadBalancerTarget[]): {
  readonly targets: readonly LoadBalancerTarget[];
  readonly problem: string | undefined;
} {
  // Nearly always: the list that the Service has is the report's, too.
  if (given.length <= TARGETS_MAX && given.every(isTarget)) {
    return { targets: given, problem: undefined };
  }
  const targets = given.filter(isTarget).slice(0, TARGETS_MAX);
  const droppedCount = given.length - targets.length;
  return { targets, problem: `${droppedCount} targets are no address and no host name` };
}

function isTarget(target: LoadBalancerTarget): boolean {
  if ('ip' in target) return target.ip.length <= ADDRESS_LENGTH_MAX;
  return target.hostname.length <= HOST_LENGTH_MAX && HOST_NAME.test(target.hostname);
}

interface Places {
  readonly given: readonly LoadBalancerTarget[];
  readonly tcpPort: number | undefined;
}

interface Used {
  readonly slices: readonly SlimEndpointSlice[];
  readonly nodes: ReadonlyMap<string, SlimNode> | undefined;
}

/** Where the shard is, and at which port it answers there; undefined: not known now. */
function placesOf(service: SlimService, wishes: ShardWishes, used: Used): Places | undefined {
  const sources = wishes.addresses ?? ['load-balancer'];
  if (sources.includes('node-ports')) {
    const { nodePorts } = service;
    if (nodePorts === undefined) return { given: [], tcpPort: undefined };
    if (used.nodes === undefined) return undefined;
    return { given: nodeTargets(nodePorts, used.slices, used.nodes), tcpPort: nodePorts.tcp };
  }
  if (sources.includes('endpoints')) {
    const texts = used.slices.flatMap(({ addresses }) => addresses);
    const [tcpPort] = used.slices.flatMap((slice) => slice.tcpPort ?? []);
    return { given: [...new Set(texts)].sort().map((ip) => ({ ip })), tcpPort };
  }
  return { given: targetsOf(service, sources), tcpPort: service.tcpPort };
}

/** In one order, whatever the order of the nodes: what is the same is not written again. */
function nodeTargets(
  { isLocal }: NodePorts,
  slices: readonly SlimEndpointSlice[],
  nodes: ReadonlyMap<string, SlimNode>,
): LoadBalancerTarget[] {
  const names = isLocal ? slices.flatMap(({ nodeNames }) => nodeNames) : nodes.keys();
  const texts = [...names].flatMap((name) => {
    const node = nodes.get(name);
    return node?.isServing ? node.addresses : [];
  });
  return [...new Set(texts)].sort().map((ip) => ({ ip }));
}

function targetsOf(
  service: SlimService,
  sources: readonly AddressSource[],
): readonly LoadBalancerTarget[] {
  // Nearly always: one list for both.
  if (sources.length === 1 && sources[0] === 'load-balancer') return service.loadBalancer;
  return sources.flatMap((source): readonly LoadBalancerTarget[] => {
    switch (source) {
      case 'load-balancer':
        return service.loadBalancer;
      case 'external-ips':
        return service.externalIPs.map((ip) => ({ ip }));
      case 'cluster-ips':
        return service.clusterIPs
          .split(',')
          .filter((ip) => ip !== '' && ip !== 'None')
          .map((ip) => ({ ip }));
      default:
        return [];
    }
  });
}
