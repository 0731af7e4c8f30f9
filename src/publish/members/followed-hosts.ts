/**
 * Which services need which host names; the union of them is what is looked up. Each member has a
 * share of its own: one with too many takes no room from the others.
 */

import type { WantedHost } from '../../discovery/health/decide-service.ts';
import type { HostAddresses } from '../../probe/host-addresses.ts';
import { HOSTS_OF_MEMBER_MAX } from '../limits.ts';

export interface FollowedHostsOptions {
  readonly addresses: HostAddresses;
  /** No service needs this host any more. */
  readonly onLeft: (host: string) => void;
  /** A member has more host names than its share: the others are not looked up. */
  readonly onRefused: (cluster: string, host: string) => void;
  /** There is room again: these services of it were refused some. */
  readonly onRoom: (keys: Iterable<string>) => void;
}

export class FollowedHosts {
  readonly #options: FollowedHostsOptions;
  /** Service key -> what is looked up for it. */
  readonly #hostsOf = new Map<string, readonly WantedHost[]>();
  readonly #servicesOf = new Map<string, Set<string>>();
  /** Cluster -> host -> how often. */
  readonly #uses = new Map<string, Map<string, number>>();
  /** Cluster -> services that were refused a host. */
  readonly #refused = new Map<string, Set<string>>();

  constructor(options: FollowedHostsOptions) {
    this.#options = options;
  }

  servicesOf(host: string): Iterable<string> {
    return this.#servicesOf.get(host) ?? [];
  }

  /** Of this service just these from now on. */
  follow(key: string, wanted: readonly WantedHost[]): void {
    const before = this.#hostsOf.get(key) ?? [];
    if (isSame(before, wanted)) return;
    for (const one of before) this.#release(key, one);
    for (const keys of this.#refused.values()) keys.delete(key);
    const taken = wanted.filter((one) => this.#take(key, one));
    if (taken.length === 0) this.#hostsOf.delete(key);
    else this.#hostsOf.set(key, taken);
    for (const { host } of before) {
      if (this.#servicesOf.get(host)?.size !== 0) continue;
      this.#servicesOf.delete(host);
      this.#options.addresses.remove(host);
      this.#options.onLeft(host);
    }
    for (const { cluster } of before) this.#offerRoom(cluster);
  }

  #take(key: string, { host, cluster }: WantedHost): boolean {
    const uses = this.#uses.get(cluster) ?? new Map<string, number>();
    this.#uses.set(cluster, uses);
    if (!uses.has(host) && uses.size >= HOSTS_OF_MEMBER_MAX) {
      const keys = this.#refused.get(cluster) ?? new Set();
      this.#refused.set(cluster, keys.add(key));
      this.#options.onRefused(cluster, host);
      return false;
    }
    uses.set(host, (uses.get(host) ?? 0) + 1);
    const services = this.#servicesOf.get(host) ?? new Set();
    this.#servicesOf.set(host, services.add(key));
    this.#options.addresses.add(host);
    return true;
  }

  #release(key: string, { host, cluster }: WantedHost): void {
    const uses = this.#uses.get(cluster);
    const count = uses?.get(host) ?? 0;
    if (count > 1) uses?.set(host, count - 1);
    else uses?.delete(host);
    this.#servicesOf.get(host)?.delete(key);
  }

  #offerRoom(cluster: string): void {
    const keys = this.#refused.get(cluster);
    if (keys === undefined || keys.size === 0) return;
    if ((this.#uses.get(cluster)?.size ?? 0) >= HOSTS_OF_MEMBER_MAX) return;
    this.#refused.delete(cluster);
    this.#options.onRoom(keys);
  }
}

function isSame(left: readonly WantedHost[], right: readonly WantedHost[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ host, cluster }, at) => host === right[at]?.host && cluster === right[at].cluster)
  );
}
