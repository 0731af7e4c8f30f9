/**
 * The loop of ServiceDNSRecords: the federated Services of every cluster -> `status.dns` and the
 * conditions of the record of the same name. README.md is its contract.
 *
 * Source: specs of KubeFed, "ServiceDNSRecord controller".
 */

import { readEndpointSlice, readService } from '../../../api/core.ts';
import type { ServiceDnsRecord } from '../../../api/kubefed/dns-record-objects.ts';
import { isDomainName } from '../../../api/kubefed/name-forms.ts';
import { textAt, valueAt } from '../../../api/untyped.ts';
import {
  foldRecord,
  type RecordProblem,
  type SeenCluster,
  type SeenCopy,
} from '../../../discovery/kubefed-records/record-status.ts';
import type { FollowedCollection } from '../../../kubernetes/reconciling/followed-collection.ts';
import { DONE, type Outcome } from '../../../kubernetes/reconciling/work-queue.ts';
import type { FederatedClusters } from '../../clusters/federated-clusters.ts';
import { RECORD_RESYNC_MS, UNREAD_RETRY_MS } from '../limits.ts';
import type { MemberCollections } from '../member-collections.ts';
import { RecordQueue } from '../record-queue.ts';
import { isReading, seenClusters } from '../seen-clusters.ts';
import { type RecordPlace, writeRecordStatus } from '../write-record-status.ts';

/** A Service of a member, as these loops see it. */
export interface SeenService {
  readonly loadBalancer: SeenCopy['loadBalancer'];
  /** As it stands there. */
  readonly status: unknown;
}

export interface ServiceRecordsOptions extends RecordPlace {
  /** Of the control plane: Domains lie there. */
  readonly namespace: string;
  readonly clusters: FederatedClusters;
  readonly records: FollowedCollection<ServiceDnsRecord>;
  /** Their domains. */
  readonly domains: FollowedCollection<string>;
  readonly services: MemberCollections<SeenService>;
  readonly slices: MemberCollections<SeenSlice>;
  readonly onFault: (key: string, error: unknown) => void;
}

export class ServiceRecords {
  readonly #options: ServiceRecordsOptions;
  readonly queue: RecordQueue;

  constructor(options: ServiceRecordsOptions) {
    this.#options = options;
    const { records, onFault } = options;
    this.queue = new RecordQueue(records, { reconcile: (key) => this.#reconcile(key), onFault });
  }

  /** `key`: of a Domain. */
  domainChanged(key: string): void {
    for (const [record, { domainRef }] of this.#options.records.entries()) {
      if (this.#domainKey(domainRef) === key) this.queue.wake(record);
    }
  }

  async #reconcile(key: string): Promise<Outcome> {
    const { clusters, records, domains, services, slices } = this.#options;
    const record = records.get(key);
    if (record === undefined || record.isDeleting) return DONE;
    // Before all is read nothing is known to be absent.
    const isRead = records.hasSynced && domains.hasSynced && clusters.hasSynced;
    if (!isRead || isReading(clusters, [services, slices])) {
      return { kind: 'again', afterMs: UNREAD_RETRY_MS };
    }
    const domain = domains.get(this.#domainKey(record.domainRef));
    const problem = problemOf(record, domain);
    const seen = seenClusters(clusters, (cluster) => this.#look(cluster, key));
    const { dns, conditions } = foldRecord(record, seen, problem);
    // What its names were stays while its Domain is away: one mistake does not take all of them.
    const fields = { dns, ...(problem === undefined && { domain }) };
    await writeRecordStatus(this.#options, record, { fields, conditions });
    return { kind: 'again', afterMs: RECORD_RESYNC_MS };
  }

  #domainKey(domainRef: string): string {
    return `${this.#options.namespace}/${domainRef}`;
  }

  #look(cluster: string, key: string): SeenCluster['copy'] {
    const services = this.#options.services.group(cluster, key);
    const slices = this.#options.slices.group(cluster, key);
    if (services === undefined || slices === undefined) return 'not read';
    const [service] = services;
    if (service === undefined) return 'absent';
    const { loadBalancer } = service;
    return { loadBalancer, hasEndpoint: slices.some(({ hasEndpoint }) => hasEndpoint) };
  }
}

function problemOf(
  { domainRef }: ServiceDnsRecord,
  domain: string | undefined,
): RecordProblem | undefined {
  if (domain === undefined) {
    return { reason: 'DomainNotFound', message: `no Domain is named "${domainRef}"` };
  }
  if (isDomainName(domain)) return undefined;
  return { reason: 'DomainInvalid', message: `Domain "${domainRef}": "${domain}" is no domain` };
}

export function seenService(object: unknown): SeenService {
  return { loadBalancer: readService(object).loadBalancer, status: valueAt(object, 'status') };
}

export interface SeenSlice {
  /** `namespace/name` of its Service. */
  readonly service: string;
  /** Ready, or still serving while it ends. */
  readonly hasEndpoint: boolean;
}

/** undefined: nobody's. */
export function seenSlice(object: unknown): SeenSlice | undefined {
  const { service, readyCount, servingTerminatingCount } = readEndpointSlice(object);
  if (service === undefined) return undefined;
  return {
    service: `${textAt(object, 'metadata', 'namespace') ?? ''}/${service}`,
    hasEndpoint: readyCount + servingTerminatingCount > 0,
  };
}
