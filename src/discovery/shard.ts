/**
 * Shard: one Service's copy in one member cluster, with where it is and whether it is healthy.
 * The seam between whoever observes (shards file, member clusters) and the hierarchy.
 *
 * Promised: every text is checked and lower-cased (owner-names.ts), addresses are canonical and
 * of the stated family. No order is promised. `health` carries its reason into every answer's
 * explanation; unknown is never told as empty.
 */

import type { DomainName } from '../dns/name.ts';
import type { LivenessCause } from './health/liveness.ts';

/** Where a cluster is. A cluster may span several topology zones; each counts. */
export interface Locality {
  readonly region: string | undefined;
  readonly topologyZones: readonly string[];
  /**
   * Where nodes of it were once: no shard is there now, but the names stay. Clients of a zone whose
   * last node went still ask them, and a resolver keeps a NXDOMAIN after the nodes are back.
   */
  readonly formerPlaces?: readonly Place[];
}

/** A topology zone with its region; undefined: none is known, or the region alone is meant. */
export interface Place {
  readonly region: string | undefined;
  readonly topologyZone: string | undefined;
}

export interface MemberCluster {
  readonly name: string;
  readonly locality: Locality;
  /** false: its API cannot be reached. That alone takes nothing out of the answers. */
  readonly isReachable: boolean;
}

export type ShardHealth =
  | { readonly kind: 'healthy' }
  /** Reachable and synced, and it says so. */
  | { readonly kind: 'unhealthy'; readonly reason: UnhealthyReason };

export type UnhealthyReason =
  | 'no load-balancer address'
  | 'no address of the kind asked for'
  | 'host name not resolved'
  | 'no ready endpoint'
  | 'cluster unreachable'
  | 'address not allowed'
  | 'drained'
  | 'its workload leaves this cluster'
  | 'host claimed first by another namespace'
  | LivenessCause;

export interface ShardAddresses {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

export interface Shard {
  readonly cluster: string;
  readonly addresses: ShardAddresses;
  /** Its one target is this name, and its owner wants it answered as such; else by addresses. */
  readonly hostName?: DomainName | undefined;
  readonly health: ShardHealth;
  /** Share among equals; 1 unless said. Carried, not used by the ladder yet. */
  readonly weight: number;
  /** Lower is preferred; 0 unless said. Carried, not used by the ladder yet. */
  readonly rank: number;
  /** Requests a second it can take; undefined when unknown. Carried, not used yet. */
  readonly capacity: number | undefined;
}

export interface FederatedService {
  readonly namespace: string;
  readonly objectName: string;
  /** Undefined: the federation's. */
  readonly ttlSeconds: number | undefined;
  readonly shards: readonly Shard[];
}

/** What a load balancer publishes for one copy, as observed and not yet judged. */
export interface ObservedShard {
  readonly cluster: string;
  /** `status.loadBalancer.ingress`: addresses and host names, as given. */
  readonly loadBalancer: readonly ({ readonly ip: string } | { readonly hostname: string })[];
  readonly readyEndpointCount: number;
}

export interface HealthRule {
  readonly allowWithoutEndpoints: boolean;
  readonly unreachable: 'keep' | 'withdraw';
}

/** One for all: there are as many as shards. */
const HEALTHY: ShardHealth = { kind: 'healthy' };

/**
 * Judges one copy. Federation v1: healthy = has load-balancer addresses and at least one ready
 * endpoint; an unreachable cluster keeps its last state unless the owner says `withdraw`.
 */
export function judgeHealth(
  observed: { readonly addresses: ShardAddresses; readonly shard: ObservedShard },
  cluster: MemberCluster,
  rule: HealthRule,
): ShardHealth {
  const unhealthy = (reason: UnhealthyReason): ShardHealth => ({ kind: 'unhealthy', reason });
  if (!cluster.isReachable && rule.unreachable === 'withdraw')
    return unhealthy('cluster unreachable');
  if (observed.shard.loadBalancer.length === 0) return unhealthy('no load-balancer address');
  const { ipv4, ipv6 } = observed.addresses;
  if (ipv4.length + ipv6.length === 0) return unhealthy('host name not resolved');
  if (observed.shard.readyEndpointCount < 1 && !rule.allowWithoutEndpoints) {
    return unhealthy('no ready endpoint');
  }
  return HEALTHY;
}
