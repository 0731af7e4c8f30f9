/**
 * Host names of load balancers that records need: looked up again by their TTL, as long as a record
 * needs them. The last good addresses stay; one that fails touches no other.
 */

import { HostAddresses, type LookUpHost, resolverLookUp } from '../../../probe/host-addresses.ts';
import { RECORD_HOSTS_MAX } from '../limits.ts';

export interface RecordHostsOptions {
  /** Something may be another for this record. */
  readonly onRecord: (key: string) => void;
  readonly onFailure: (host: string, reason: string) => void;
  readonly lookUp?: LookUpHost | undefined;
}

export class RecordHosts {
  readonly #addresses: HostAddresses;
  /** Record -> what is looked up for it. */
  readonly #hostsOf = new Map<string, ReadonlySet<string>>();
  readonly #recordsOf = new Map<string, Set<string>>();
  /** Looked up once at the least, whatever came of it. */
  readonly #tried = new Set<string>();

  constructor({ onRecord, onFailure, lookUp = resolverLookUp() }: RecordHostsOptions) {
    const settled = (host: string, isNews: boolean) => {
      const isFirst = !this.#tried.has(host);
      this.#tried.add(host);
      if (!isFirst && !isNews) return;
      for (const key of this.#recordsOf.get(host) ?? []) onRecord(key);
    };
    this.#addresses = new HostAddresses({
      lookUp,
      onChange: (host) => settled(host, true),
      onFailure: (host, reason) => {
        onFailure(host, reason);
        settled(host, false);
      },
    });
  }

  stop(): void {
    this.#addresses.stop();
  }

  /** For this record just these from now on, the first ones of too many. */
  follow(key: string, wanted: ReadonlySet<string>): void {
    const hosts = new Set([...wanted].sort().slice(0, RECORD_HOSTS_MAX));
    const before = this.#hostsOf.get(key) ?? new Set();
    if (hosts.size === 0) this.#hostsOf.delete(key);
    else this.#hostsOf.set(key, hosts);
    for (const host of hosts) {
      const records = this.#recordsOf.get(host) ?? new Set();
      this.#recordsOf.set(host, records.add(key));
      this.#addresses.add(host);
    }
    for (const host of before) {
      if (hosts.has(host)) continue;
      const records = this.#recordsOf.get(host);
      records?.delete(key);
      if (records !== undefined && records.size > 0) continue;
      this.#recordsOf.delete(host);
      this.#tried.delete(host);
      this.#addresses.remove(host);
    }
  }

  /** Last good ones; undefined: there never were any. */
  get(host: string): readonly string[] | undefined {
    return this.#addresses.get(host);
  }

  /** Its first look-up is under way. */
  isAwaited(host: string): boolean {
    return this.#recordsOf.has(host) && !this.#tried.has(host);
  }
}
