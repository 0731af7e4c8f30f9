/**
 * The loop of ServiceDNSRecords: the federated Services of every cluster -> `status.dns` and the
 * conditions of the record of the same name. README.md is its contract.
 *
 * Source: specs of KubeFed, "ServiceDNSRecord controller".
 */

import type { ServiceDnsRecord } from '../../../api/kubefed/dns-record-objects.ts';
import { foldRecord, type SeenCluster } from '../../../discovery/kubefed-records/record-status.ts';
import type { FollowedCollection } from '../../../kubernetes/reconciling/followed-collection.ts';
import { DONE, type Outcome } from '../../../kubernetes/reconciling/work-queue.ts';
import type { FederatedClusters } from '../../clusters/federated-clusters.ts';
import { RECORD_RESYNC_MS, UNREAD_RETRY_MS } from '../limits.ts';
import type { MemberCollections } from '../member-collections.ts';
import type { RecordClaims } from '../record-claims.ts';
import { RecordQueue } from '../record-queue.ts';
import { isReading, seenClusters } from '../seen-clusters.ts';
import { type RecordPlace, writeRecordStatus } from '../write-record-status.ts';
import type { Departures } from './departures.ts';
import type { SeenService, SeenSlice } from './seen-services.ts';

export interface ServiceRecordsOptions extends RecordPlace {
  readonly clusters: FederatedClusters;
  readonly records: FollowedCollection<ServiceDnsRecord>;
  readonly claims: Pick<RecordClaims, 'isRead' | 'domainOf' | 'conflictOf'>;
  readonly services: MemberCollections<SeenService>;
  readonly slices: MemberCollections<SeenSlice>;
  readonly departures: Pick<Departures, 'isLeaving'>;
  readonly onFault: (key: string, error: unknown) => void;
}

export class ServiceRecords {
  readonly #options: ServiceRecordsOptions;
  readonly queue: RecordQueue;

  constructor(options: ServiceRecordsOptions) {
    this.#options = options;
    const { records, onFault } = options;
    this.queue = new RecordQueue(records, {
      controller: 'service-dns-records',
      reconcile: (key) => this.#reconcile(key),
      onFault,
    });
  }

  async #reconcile(key: string): Promise<Outcome> {
    const { clusters, records, claims, services, slices } = this.#options;
    const record = records.get(key);
    if (record === undefined || record.isDeleting) return DONE;
    // Before all is read nothing is known to be absent.
    const isRead = claims.isRead && clusters.hasSynced;
    if (!isRead || isReading(clusters, [services, slices])) {
      return { kind: 'again', afterMs: UNREAD_RETRY_MS };
    }
    const { domain, problem } = claims.domainOf(record);
    const seen = seenClusters(clusters, [services, slices], (cluster) =>
      this.#look(cluster, record),
    );
    const conflict = claims.conflictOf(record);
    const { dns, conditions } = foldRecord(record, seen, { problem, conflict });
    const isOther = problem === undefined || (domain ?? '') !== record.domain;
    const fields = { dns, ...(isOther && { domain: domain ?? '' }) };
    await writeRecordStatus(this.#options, record, { fields, conditions });
    return { kind: 'again', afterMs: RECORD_RESYNC_MS };
  }

  #look(cluster: string, record: ServiceDnsRecord): SeenCluster['copy'] {
    const { key } = record;
    const services = this.#options.services.group(cluster, key);
    const slices = this.#options.slices.group(cluster, key);
    if (services === undefined || slices === undefined) return 'not read';
    const [service] = services;
    if (service === undefined) return 'absent';
    const { loadBalancer } = service;
    const hasEndpoint = slices.some((slice) => slice.hasEndpoint);
    const isLeaving = this.#options.departures.isLeaving(cluster, record);
    return { loadBalancer, hasEndpoint, isLeaving };
  }
}
