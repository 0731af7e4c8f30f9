/**
 * Records and Domains of the host, as they come and go -> which names each record may have. What one
 * of them changes for another record is told, too: both are looked at again, within a moment.
 */

import type {
  DnsRecord,
  DomainObject,
  IngressDnsRecord,
  ServiceDnsRecord,
} from '../../api/kubefed/dns-record-objects.ts';
import { ClaimedNames, type DomainsByName } from '../../discovery/kubefed-records/claimed-names.ts';
import { describeRecord, type RecordId } from '../../discovery/kubefed-records/name-claims.ts';
import type { RecordConflict } from '../../discovery/kubefed-records/record-conflict.ts';
import type { RecordDomain } from '../../discovery/kubefed-records/record-domain.ts';
import type { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import { CLAIMS_SLICE_MS } from './limits.ts';

type Followed<T> = Pick<FollowedCollection<T>, 'get' | 'values' | 'hasSynced'>;

export interface RecordClaimsOptions {
  /** Of the control plane: Domains lie there. */
  readonly namespace: string;
  readonly records: {
    readonly ServiceDNSRecord: Followed<ServiceDnsRecord>;
    readonly IngressDNSRecord: Followed<IngressDnsRecord>;
  };
  readonly domains: Followed<DomainObject>;
  /** It changed, or its Domain, or who has one of its names. */
  readonly onRecord: (kind: DnsRecord['kind'], key: string) => void;
}

export class RecordClaims {
  readonly #options: RecordClaimsOptions;
  readonly #names: ClaimedNames;
  /** To be looked at again: of a Domain, or of a list, there may be very many. */
  readonly #changed = new Map<string, RecordId>();
  #isLooking = false;
  #hasLooked = false;

  constructor(options: RecordClaimsOptions) {
    this.#options = options;
    const { namespace, domains } = options;
    const domainsByName: DomainsByName = {
      get: (name) => domains.get(`${namespace}/${name}`),
      values: () => [...domains.values()].filter((one) => one.namespace === namespace),
    };
    this.#names = new ClaimedNames(() => domainsByName);
  }

  /** Before all were read whole, and looked at, nothing is known to be free, or to be allowed. */
  get isRead(): boolean {
    const { records, domains } = this.#options;
    const hasSynced =
      domains.hasSynced && Object.values(records).every((collection) => collection.hasSynced);
    this.#hasLooked ||= hasSynced && this.#changed.size === 0;
    return this.#hasLooked;
  }

  /** Come, gone, or another. */
  recordChanged(kind: DnsRecord['kind'], key: string): void {
    this.#changed.set(describeRecord({ kind, key }), { kind, key });
    this.#lookSoon();
  }

  domainChanged(key: string): void {
    const { records, namespace } = this.#options;
    const isOfAll = this.#names.domainsChanged();
    for (const record of records.ServiceDNSRecord.values()) {
      const isOfIt = `${namespace}/${record.domainRef}` === key;
      if (isOfIt || isOfAll) this.recordChanged(record.kind, record.key);
    }
    if (!isOfAll) return;
    for (const record of records.IngressDNSRecord.values()) {
      this.recordChanged(record.kind, record.key);
    }
  }

  domainOf(record: DnsRecord): RecordDomain {
    return this.#names.domainOf(record);
  }

  conflictOf(record: DnsRecord): RecordConflict {
    // What it wants now, not what it wanted before.
    if (this.#changed.has(describeRecord(record))) this.#look(record);
    return this.#names.conflictOf(record);
  }

  #lookSoon(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    setImmediate(() => {
      this.#isLooking = false;
      const startedMs = performance.now();
      for (const record of this.#changed.values()) {
        this.#look(record);
        if (performance.now() - startedMs > CLAIMS_SLICE_MS) break;
      }
      if (this.#changed.size > 0) this.#lookSoon();
    });
  }

  #look({ kind, key }: RecordId): void {
    const { records, onRecord } = this.#options;
    this.#changed.delete(describeRecord({ kind, key }));
    const record = records[kind].get(key);
    const others =
      record === undefined ? this.#names.remove({ kind, key }) : this.#names.put(record);
    onRecord(kind, key);
    for (const other of others) onRecord(other.kind, other.key);
  }
}
