/**
 * Addresses of load-balancer host names, looked up again by their own TTL. The last good ones are
 * kept; a name that fails touches no other. Takes the names wanted, gives their addresses and a
 * call whenever some changed.
 */

import { Resolver } from 'node:dns/promises';
import {
  HOST_LOOKUP_TIMEOUT_MS,
  HOST_RETRY_MAX_MS,
  HOST_RETRY_MS,
  HOST_TTL_MAX_MS,
  HOST_TTL_MIN_MS,
  HOSTS_MAX,
} from './limits.ts';

export interface HostLookup {
  readonly addresses: readonly string[];
  /** Smallest TTL of the answer. */
  readonly ttlSeconds: number;
}

/** Rejects when the name cannot be resolved, whatever the reason. */
export type LookUpHost = (host: string) => Promise<HostLookup>;

export interface HostAddressesOptions {
  readonly lookUp: LookUpHost;
  /** Some host's addresses are not what they were. */
  readonly onChange: (host: string) => void;
  /** A look-up failed; the last good addresses stay. */
  readonly onFailure: (host: string, reason: string) => void;
}

interface FollowedHost {
  addresses: readonly string[] | undefined;
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

export class HostAddresses {
  readonly #options: HostAddressesOptions;
  readonly #hosts = new Map<string, FollowedHost>();

  constructor(options: HostAddressesOptions) {
    this.#options = options;
  }

  /** Follows just these from now on; forgets the others. Beyond HOSTS_MAX the rest is refused. */
  follow(hosts: ReadonlySet<string>): void {
    for (const host of this.#hosts.keys()) if (!hosts.has(host)) this.remove(host);
    for (const host of hosts) this.add(host);
  }

  /** Follows this one too. */
  add(host: string): void {
    if (this.#hosts.has(host)) return;
    if (this.#hosts.size >= HOSTS_MAX) {
      this.#options.onFailure(host, `more than ${HOSTS_MAX} host names`);
      return;
    }
    const followed: FollowedHost = { addresses: undefined, failures: 0, timer: undefined };
    this.#hosts.set(host, followed);
    void this.#refresh(host, followed);
  }

  /** Forgets it. */
  remove(host: string): void {
    clearTimeout(this.#hosts.get(host)?.timer);
    this.#hosts.delete(host);
  }

  /** Last good addresses; undefined when there never were any. */
  get(host: string): readonly string[] | undefined {
    return this.#hosts.get(host)?.addresses;
  }

  stop(): void {
    for (const followed of this.#hosts.values()) clearTimeout(followed.timer);
    this.#hosts.clear();
  }

  async #refresh(host: string, followed: FollowedHost): Promise<void> {
    const waitMs = await this.#lookUpOnce(host, followed);
    if (this.#hosts.get(host) !== followed) return;
    followed.timer = setTimeout(() => void this.#refresh(host, followed), waitMs);
  }

  async #lookUpOnce(host: string, followed: FollowedHost): Promise<number> {
    try {
      const { addresses, ttlSeconds } = await this.#options.lookUp(host);
      const before = followed.addresses?.join(' ');
      followed.failures = 0;
      followed.addresses = [...addresses].sort();
      const isFollowed = this.#hosts.get(host) === followed;
      if (isFollowed && followed.addresses.join(' ') !== before) this.#options.onChange(host);
      return Math.min(Math.max(ttlSeconds * 1000, HOST_TTL_MIN_MS), HOST_TTL_MAX_MS);
    } catch (error) {
      followed.failures++;
      this.#options.onFailure(host, error instanceof Error ? error.message : String(error));
      return Math.min(HOST_RETRY_MS * 2 ** (followed.failures - 1), HOST_RETRY_MAX_MS);
    }
  }
}

/** Look-ups through the system's resolvers, or through `servers` (`address:port`). */
export function resolverLookUp(servers: readonly string[] = []): LookUpHost {
  const resolver = new Resolver({ timeout: HOST_LOOKUP_TIMEOUT_MS, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return async (host) => {
    const [ipv4, ipv6] = await Promise.allSettled([
      resolver.resolve4(host, { ttl: true }),
      resolver.resolve6(host, { ttl: true }),
    ]);
    // One family without data is normal; both failing is a failure.
    if (ipv4.status === 'rejected' && ipv6.status === 'rejected') throw ipv4.reason;
    for (const family of [ipv4, ipv6]) {
      if (family.status === 'rejected' && !isNoData(family.reason)) throw family.reason;
    }
    const found = [ipv4, ipv6].flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    return {
      addresses: found.map((one) => one.address),
      ttlSeconds: Math.min(...found.map((one) => one.ttl)),
    };
  };
}

function isNoData(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENODATA';
}
