/**
 * A Service and an EndpointSlice at rest, each in one text: there are as many as shards, and they are
 * looked at when they change. As objects with their lists and texts the two took 400 octets a shard
 * (heap snapshot, 200,000 shards), and the collector's time with each.
 */

import type { LoadBalancerTarget, SlimEndpointSlice, SlimService } from '../../api/core.ts';
import type { NodeNumbers } from './node-numbers.ts';

/** JSON of a list: what is seldom said comes last, and is left out. */
export type PackedService = string;

export interface PackedSlice {
  /** Name of the Service in the same namespace; undefined: nobody's. */
  readonly service: string | undefined;
  readonly text: string;
}

export function packService(service: SlimService): PackedService {
  const { version, type, loadBalancer, clusterIPs, tcpPort } = service;
  const { externalIPs, nodePorts, labels, wishes } = service;
  return packList([
    version,
    type,
    loadBalancer.map((target) => ('ip' in target ? target.ip : [target.hostname])),
    clusterIPs,
    tcpPort,
    externalIPs.length === 0 ? undefined : externalIPs,
    nodePorts,
    labels.size === 0 ? undefined : [...labels],
    wishes.size === 0 ? undefined : [...wishes],
  ]);
}

export function unpackService(packed: PackedService): SlimService {
  const [version, type, targets, clusterIPs, tcpPort, ...seldom] = JSON.parse(packed);
  const [externalIPs, nodePorts, labels, wishes] = seldom;
  const targetOf = (one: string | [string]): LoadBalancerTarget =>
    typeof one === 'string' ? { ip: one } : { hostname: one[0] };
  return {
    version,
    type,
    loadBalancer: targets.map(targetOf),
    clusterIPs,
    tcpPort: tcpPort ?? undefined,
    externalIPs: externalIPs ?? NOTHING,
    nodePorts: nodePorts ?? undefined,
    labels: labels ? new Map(labels) : EMPTY,
    wishes: wishes ? new Map(wishes) : EMPTY,
  };
}

export function packSlice(slice: SlimEndpointSlice, nodes: NodeNumbers): PackedSlice {
  const { service, readyCount, servingTerminatingCount, nodeNames } = slice;
  const { causedAtMs, addresses, tcpPort } = slice;
  const text = packList([
    readyCount,
    servingTerminatingCount,
    nodeNames.map((name) => nodes.numberOf(name) ?? name),
    causedAtMs,
    addresses.length === 0 ? undefined : addresses,
    tcpPort,
  ]);
  return { service, text };
}

export function unpackSlice({ service, text }: PackedSlice, nodes: NodeNumbers): SlimEndpointSlice {
  const [readyCount, servingTerminatingCount, numbers, causedAtMs, addresses, tcpPort] =
    JSON.parse(text);
  const nameOf = (one: number | string) => (typeof one === 'string' ? one : nodes.nameOf(one));
  return {
    service,
    readyCount,
    servingTerminatingCount,
    nodeNames: numbers.map(nameOf),
    causedAtMs: causedAtMs ?? undefined,
    addresses: addresses ?? NOTHING,
    tcpPort: tcpPort ?? undefined,
  };
}

/** undefined: said to be absent; at the end it is left out. */
function packList(fields: readonly unknown[]): string {
  return JSON.stringify(fields.slice(0, 1 + fields.findLastIndex((one) => one !== undefined)));
}

const EMPTY: ReadonlyMap<string, string> = new Map();
const NOTHING: readonly never[] = [];
