/**
 * The loop of IngressDNSRecords: the federated Ingresses of every cluster -> `status.dns` and the
 * conditions of the record of the same name. README.md is its contract.
 *
 * Source: specs of KubeFed, "IngressDNSRecord controller".
 */

import type { IngressDnsRecord } from '../../../api/kubefed/dns-record-objects.ts';
import {
  foldRecord,
  type RecordProblem,
} from '../../../discovery/kubefed-records/record-status.ts';
import type { FollowedCollection } from '../../../kubernetes/reconciling/followed-collection.ts';
import { DONE, type Outcome } from '../../../kubernetes/reconciling/work-queue.ts';
import type { FederatedClusters } from '../../clusters/federated-clusters.ts';
import { RECORD_RESYNC_MS, UNREAD_RETRY_MS } from '../limits.ts';
import type { MemberCollections } from '../member-collections.ts';
import type { RecordClaims } from '../record-claims.ts';
import { RecordQueue } from '../record-queue.ts';
import { isReading, seenClusters } from '../seen-clusters.ts';
import type { Departures } from '../service-records/departures.ts';
import { type RecordPlace, writeRecordStatus } from '../write-record-status.ts';
import type { SeenIngress } from './seen-ingress.ts';

export interface IngressRecordsOptions extends RecordPlace {
  readonly clusters: FederatedClusters;
  readonly records: FollowedCollection<IngressDnsRecord>;
  readonly claims: Pick<RecordClaims, 'isRead' | 'conflictOf'>;
  readonly ingresses: MemberCollections<SeenIngress>;
  readonly departures: Pick<Departures, 'isLeaving'>;
  readonly onFault: (key: string, error: unknown) => void;
}

export class IngressRecords {
  readonly #options: IngressRecordsOptions;
  readonly queue: RecordQueue;

  constructor(options: IngressRecordsOptions) {
    this.#options = options;
    const { records, onFault } = options;
    this.queue = new RecordQueue(records, {
      controller: 'ingress-dns-records',
      reconcile: (key) => this.#reconcile(key),
      onFault,
    });
  }

  async #reconcile(key: string): Promise<Outcome> {
    const { clusters, records, claims, ingresses, departures } = this.#options;
    const record = records.get(key);
    if (record === undefined || record.isDeleting) return DONE;
    // Before all is read nothing is known to be absent.
    const isRead = claims.isRead && clusters.hasSynced;
    if (!isRead || isReading(clusters, [ingresses])) {
      return { kind: 'again', afterMs: UNREAD_RETRY_MS };
    }
    const seen = seenClusters(clusters, [ingresses], (cluster) => {
      const copies = ingresses.group(cluster, key);
      if (copies === undefined) return 'not read';
      const [copy] = copies;
      if (copy === undefined) return 'absent';
      const { loadBalancer } = copy;
      const isLeaving = departures.isLeaving(cluster, record);
      // Nobody asks what is behind it.
      return { loadBalancer, hasEndpoint: true, isLeaving };
    });
    const faults = { problem: problemOf(record), conflict: claims.conflictOf(record) };
    const { dns, conditions } = foldRecord(record, seen, faults);
    await writeRecordStatus(this.#options, record, { fields: { dns }, conditions });
    return { kind: 'again', afterMs: RECORD_RESYNC_MS };
  }
}

function problemOf({ hosts }: IngressDnsRecord): RecordProblem | undefined {
  if (hosts.length > 0) return undefined;
  return { reason: 'NoHosts', message: 'spec.hosts: names no host' };
}
