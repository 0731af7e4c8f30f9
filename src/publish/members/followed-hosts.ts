/** Which services need which host names; the union of them is what is looked up. */

import type { HostAddresses } from '../../probe/host-addresses.ts';

export class FollowedHosts {
  readonly #addresses: HostAddresses;
  readonly #onLeft: (host: string) => void;
  readonly #hostsOf = new Map<string, readonly string[]>();
  readonly #servicesOf = new Map<string, Set<string>>();

  /** `onLeft`: no service needs this host any more. */
  constructor(addresses: HostAddresses, onLeft: (host: string) => void) {
    this.#addresses = addresses;
    this.#onLeft = onLeft;
  }

  servicesOf(host: string): Iterable<string> {
    return this.#servicesOf.get(host) ?? [];
  }

  /** Of this service just these from now on. */
  follow(key: string, hosts: readonly string[]): void {
    const before = this.#hostsOf.get(key) ?? [];
    if (before.length === 0 && hosts.length === 0) return;
    for (const host of before) this.#servicesOf.get(host)?.delete(key);
    for (const host of hosts) {
      const services = this.#servicesOf.get(host) ?? new Set();
      this.#servicesOf.set(host, services.add(key));
    }
    for (const host of before) {
      if (this.#servicesOf.get(host)?.size !== 0) continue;
      this.#servicesOf.delete(host);
      this.#onLeft(host);
    }
    if (hosts.length === 0) this.#hostsOf.delete(key);
    else this.#hostsOf.set(key, hosts);
    if (before.join() !== hosts.join()) this.#addresses.follow(new Set(this.#servicesOf.keys()));
  }
}
