/**
 * Shards of workloads that a plan takes out of a cluster: they leave the answers first, and their pods
 * go once clients have forgotten the addresses, a TTL later.
 *
 * A workload's shard in a cluster is of every ServiceDNSRecord whose Service there selects its pods, and
 * of every IngressDNSRecord whose Ingress there leads to such a Service. Kept in memory: a new leader counts the TTL anew. Nobody waits for a name that cannot be without
 * the shard, longer than a while.
 */

import type { DnsRecord } from '../../../api/kubefed/dns-record-objects.ts';
import { TTL_SECONDS_DEFAULT } from '../../../discovery/ladder/plan-records.ts';
import { DEPARTURE_CHECK_MS, DEPARTURE_MARGIN_MS, DEPARTURE_PATIENCE_MS } from '../limits.ts';

export type Labels = ReadonlyMap<string, string>;

export interface DeparturesOptions {
  /** Of both kinds. */
  readonly records: {
    readonly hasSynced: boolean;
    values(): Iterable<DnsRecord>;
  };
  /** Of all Services that a record leads to in a cluster; an empty one selects nothing. */
  readonly selectorsOf: (cluster: string, record: RecordAt) => readonly Labels[] | 'unread';
  /** A shard of this record leaves, or does no more. */
  readonly onRecord: (record: RecordAt) => void;
  readonly nowMs?: () => number;
}

export type RecordAt = Pick<DnsRecord, 'kind' | 'key' | 'namespace'>;

export interface LeavingWorkload {
  /** `namespace/name`, and of which type. */
  readonly id: string;
  readonly namespace: string;
  /** Of its pods. */
  readonly labels: Labels;
}

interface Leaving {
  readonly workload: LeavingWorkload;
  /** Cluster -> since when, and since when it is in no record; monotonic ms. */
  readonly clusters: Map<string, { readonly sinceMs: number; outSinceMs: number | undefined }>;
}

export class Departures {
  readonly #options: DeparturesOptions;
  readonly #nowMs: () => number;
  readonly #leaving = new Map<string, Leaving>();

  constructor(options: DeparturesOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /**
   * Just these clusters it leaves from now on. Gives how long each is to be waited for, ms; 0: its
   * pods may go.
   */
  leave(workload: LeavingWorkload, clusters: Iterable<string>): ReadonlyMap<string, number> {
    const { workload: known, clusters: before } = this.#leaving.get(workload.id) ?? {
      workload,
      clusters: new Map(),
    };
    const now = this.#nowMs();
    const wanted = new Set(clusters);
    const leaving: Leaving = { workload, clusters: new Map() };
    for (const cluster of wanted) {
      leaving.clusters.set(cluster, before.get(cluster) ?? { sinceMs: now, outSinceMs: undefined });
    }
    if (wanted.size === 0) this.#leaving.delete(workload.id);
    else this.#leaving.set(workload.id, leaving);
    const turned = [...before.keys(), ...wanted].filter(
      (cluster) => before.has(cluster) !== wanted.has(cluster),
    );
    for (const cluster of turned) {
      for (const record of this.#recordsOf(known, cluster)) this.#options.onRecord(record);
    }
    return new Map([...wanted].map((cluster) => [cluster, this.#waitMs(leaving, cluster)]));
  }

  isLeaving(cluster: string, record: RecordAt): boolean {
    for (const { workload, clusters } of this.#leaving.values()) {
      if (workload.namespace !== record.namespace || !clusters.has(cluster)) continue;
      if (this.#isSelected(workload, cluster, record)) return true;
    }
    return false;
  }

  #waitMs({ workload, clusters }: Leaving, cluster: string): number {
    const since = clusters.get(cluster);
    if (since === undefined) return 0;
    const now = this.#nowMs();
    const isOver = now - since.sinceMs > DEPARTURE_PATIENCE_MS;
    // Unknown is not absent.
    if (!this.#isRead(workload, cluster)) return isOver ? 0 : DEPARTURE_CHECK_MS;
    const records = this.#recordsOf(workload, cluster);
    if (records.length === 0) return 0;
    const isIn = records.some(({ entries }) =>
      entries.some((entry) => entry.cluster === cluster && entry.loadBalancer.length > 0),
    );
    if (isIn) {
      since.outSinceMs = undefined;
      return isOver ? 0 : DEPARTURE_CHECK_MS;
    }
    since.outSinceMs ??= now;
    const ttls = records.map(({ ttlSeconds }) => ttlSeconds ?? TTL_SECONDS_DEFAULT);
    return Math.max(since.outSinceMs + 1000 * Math.max(...ttls) + DEPARTURE_MARGIN_MS - now, 0);
  }

  #isRead({ namespace }: LeavingWorkload, cluster: string): boolean {
    const { records, selectorsOf } = this.#options;
    if (!records.hasSynced) return false;
    return [...records.values()].every(
      (record) => record.namespace !== namespace || selectorsOf(cluster, record) !== 'unread',
    );
  }

  #recordsOf(workload: LeavingWorkload, cluster: string): readonly DnsRecord[] {
    return [...this.#options.records.values()].filter((record) => {
      const isOf = record.namespace === workload.namespace && !record.isDeleting;
      return isOf && this.#isSelected(workload, cluster, record);
    });
  }

  #isSelected({ labels }: LeavingWorkload, cluster: string, record: RecordAt): boolean {
    const selectors = this.#options.selectorsOf(cluster, record);
    if (selectors === 'unread') return false;
    return selectors.some(
      (selector) =>
        selector.size > 0 && [...selector].every(([name, value]) => labels.get(name) === value),
    );
  }
}
