/**
 * Shards of workloads that a plan takes out of a cluster: they leave the answers first, and their pods
 * go once clients have forgotten the addresses, a TTL later. Until the last of the pods has ended they do
 * not come back.
 *
 * A workload's shard in a cluster is of every ServiceDNSRecord whose Service there selects its pods, of
 * every IngressDNSRecord whose Ingress there leads to such a Service, and, where names of members' own
 * objects are served, of these Services and Ingresses themselves. Kept in memory: a new leader counts the
 * TTL anew. Nobody waits for a name that cannot be without the shard, longer than a while.
 */

import type { DnsRecord } from '../../../api/kubefed/dns-record-objects.ts';
import { TTL_SECONDS_DEFAULT } from '../../../discovery/ladder/plan-records.ts';
import {
  DEPARTURE_CHECK_MS,
  DEPARTURE_LINGER_MS,
  DEPARTURE_MARGIN_MS,
  DEPARTURE_PATIENCE_MS,
} from '../limits.ts';
import {
  type Endpoints,
  isSelecting,
  type Labels,
  type LeavingWorkload,
  type RecordAt,
  type ServedShard,
  type ShardAt,
} from './led-services.ts';

export interface DeparturesOptions {
  /** Of both kinds. */
  readonly records: {
    readonly hasSynced: boolean;
    values(): Iterable<DnsRecord>;
  };
  /** Of all Services that a record leads to in a cluster; an empty one selects nothing. */
  readonly selectorsOf: (cluster: string, record: RecordAt) => readonly Labels[] | 'unread';
  /** Names of members' Services and Ingresses; undefined: nobody serves any. */
  readonly served?: ServedShards | undefined;
  /** Of the Services in a cluster that select these pods. */
  readonly endpointsOf: (cluster: string, workload: LeavingWorkload) => Endpoints;
  /** A shard of this record leaves, or does no more. */
  readonly onRecord: (record: RecordAt) => void;
  readonly nowMs?: () => number;
}

export interface ServedShards {
  /** Where their owners say none. */
  readonly ttlSeconds: number;
  shardsIn(cluster: string, namespace: string): readonly ServedShard[] | 'unread';
  /** undefined: it is not there, or not known, or has no addresses. */
  shardOf(cluster: string, object: ShardAt): ServedShard | undefined;
  /** In another cluster than these. */
  isElsewhere(shard: ServedShard, clusters: ReadonlySet<string>): boolean;
  /** It leaves, or does no more. */
  onShard(shard: ServedShard): void;
}

/** Monotonic times, ms. */
interface Departure {
  readonly sinceMs: number;
  /** Since when it is in no answer. */
  outSinceMs: number | undefined;
  /** Nobody waits for it any more. */
  mayGo: boolean;
  /** When its workload was gone: its pods may still end. */
  goneAtMs: number | undefined;
  /** When its pods were looked at last; undefined: not since something changed. */
  lookedAtMs: number | undefined;
}

interface Leaving {
  readonly workload: LeavingWorkload;
  /** By cluster. */
  readonly departures: Map<string, Departure>;
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
  leave(given: LeavingWorkload, clusters: Iterable<string>): ReadonlyMap<string, number> {
    const { workload, departures: before } = this.#leaving.get(given.id) ?? {
      workload: given,
      departures: new Map(),
    };
    const wanted = new Set(clusters);
    const departures = this.#departuresOf(wanted, before);
    const leaving: Leaving = { workload, departures };
    if (departures.size === 0) this.#leaving.delete(workload.id);
    else this.#leaving.set(workload.id, leaving);
    const turned = [...new Set([...before.keys(), ...wanted])].filter(
      (cluster) => before.has(cluster) !== departures.has(cluster),
    );
    for (const cluster of turned) this.#tellTurn(workload, cluster);
    const waits = [...wanted].map((cluster) => [cluster, this.#waitMs(leaving, cluster)] as const);
    for (const [cluster, waitMs] of waits) {
      const departure = departures.get(cluster);
      if (departure !== undefined) departure.mayGo = waitMs === 0;
    }
    return new Map(waits);
  }

  isLeaving(cluster: string, record: RecordAt): boolean {
    return this.#leavingIn(record.namespace).some(
      ({ workload, departures }) =>
        departures.has(cluster) && this.#isSelected(workload, cluster, record),
    );
  }

  /** Clusters where the shard of a member's own object leaves; undefined: none. */
  clustersLeft(object: ShardAt): ReadonlySet<string> | undefined {
    const { served } = this.#options;
    if (served === undefined || this.#leaving.size === 0) return undefined;
    const clusters = this.#leavingIn(object.namespace).flatMap(({ workload, departures }) =>
      [...departures.keys()].filter((cluster) =>
        isSelecting(served.shardOf(cluster, object)?.selectors ?? [], workload.labels),
      ),
    );
    return clusters.length === 0 ? undefined : new Set(clusters);
  }

  /** Services or endpoints of this namespace are others, in some member. */
  endpointsChanged(namespace: string): void {
    for (const { workload, departures } of this.#leaving.values()) {
      if (workload.namespace !== namespace) continue;
      for (const departure of departures.values()) departure.lookedAtMs = undefined;
    }
  }

  #departuresOf(
    wanted: ReadonlySet<string>,
    before: ReadonlyMap<string, Departure>,
  ): Map<string, Departure> {
    const now = this.#nowMs();
    const departures = new Map<string, Departure>();
    for (const cluster of wanted) {
      const known = before.get(cluster);
      const anew = {
        ...{ sinceMs: now, outSinceMs: undefined, mayGo: false },
        ...{ goneAtMs: undefined, lookedAtMs: undefined },
      };
      departures.set(cluster, known?.goneAtMs === undefined ? (known ?? anew) : anew);
    }
    for (const [cluster, departure] of before) {
      if (wanted.has(cluster) || !departure.mayGo) continue;
      departure.goneAtMs ??= now;
      departures.set(cluster, departure);
    }
    return departures;
  }

  /** In this namespace; what is over is forgotten. */
  #leavingIn(namespace: string): readonly Leaving[] {
    return [...this.#leaving.values()].filter(({ workload, departures }) => {
      if (workload.namespace !== namespace) return false;
      for (const [cluster, departure] of departures) {
        if (this.#isOver(departure, workload, cluster)) departures.delete(cluster);
      }
      if (departures.size === 0) this.#leaving.delete(workload.id);
      return departures.size > 0;
    });
  }

  /** Pods that end would be answered once more. */
  #isOver(departure: Departure, workload: LeavingWorkload, cluster: string): boolean {
    const { goneAtMs, lookedAtMs } = departure;
    const now = this.#nowMs();
    if (goneAtMs === undefined) return false;
    // Every plan of the namespace asks, of each workload that goes.
    if (lookedAtMs !== undefined && now - lookedAtMs < DEPARTURE_CHECK_MS) return false;
    departure.lookedAtMs = now;
    const goneForMs = now - goneAtMs;
    if (goneForMs > DEPARTURE_PATIENCE_MS) return true;
    const endpoints = this.#options.endpointsOf(cluster, workload);
    // Others' pods behind the same Service, or its own that came back.
    if (endpoints === 'ready') return goneForMs > DEPARTURE_LINGER_MS;
    return endpoints === 'none';
  }

  #tellTurn(workload: LeavingWorkload, cluster: string): void {
    for (const record of this.#recordsOf(workload, cluster)) this.#options.onRecord(record);
    for (const shard of this.#shardsOf(workload, cluster)) this.#options.served?.onShard(shard);
  }

  #waitMs({ workload, departures }: Leaving, cluster: string): number {
    const departure = departures.get(cluster);
    if (departure === undefined) return 0;
    const now = this.#nowMs();
    const isOver = now - departure.sinceMs > DEPARTURE_PATIENCE_MS;
    // Unknown is not absent.
    if (!this.#isRead(workload, cluster)) return isOver ? 0 : DEPARTURE_CHECK_MS;
    const records = this.#recordsOf(workload, cluster);
    const shards = this.#shardsOf(workload, cluster);
    if (records.length === 0 && shards.length === 0) return 0;
    if (this.#isIn(cluster, records) || this.#isServed(shards, departures)) {
      departure.outSinceMs = undefined;
      return isOver ? 0 : DEPARTURE_CHECK_MS;
    }
    departure.outSinceMs ??= now;
    const ttls = [
      ...records.map(({ ttlSeconds }) => ttlSeconds ?? TTL_SECONDS_DEFAULT),
      ...shards.map(({ ttlSeconds }) => ttlSeconds ?? this.#options.served?.ttlSeconds ?? 0),
    ];
    return Math.max(departure.outSinceMs + 1000 * Math.max(...ttls) + DEPARTURE_MARGIN_MS - now, 0);
  }

  #isIn(cluster: string, records: readonly DnsRecord[]): boolean {
    return records.some(({ entries }) =>
      entries.some((entry) => entry.cluster === cluster && entry.loadBalancer.length > 0),
    );
  }

  /** Its member does not say yet that it leaves, or it alone keeps a name up. */
  #isServed(shards: readonly ServedShard[], departures: ReadonlyMap<string, Departure>): boolean {
    const { served } = this.#options;
    const left = new Set(departures.keys());
    const waiting = shards.filter((shard) => {
      if (!shard.isMarked) served?.onShard(shard);
      return !shard.isMarked || served?.isElsewhere(shard, left) !== true;
    });
    return waiting.length > 0;
  }

  #isRead({ namespace }: LeavingWorkload, cluster: string): boolean {
    const { records, selectorsOf, served } = this.#options;
    if (!records.hasSynced || served?.shardsIn(cluster, namespace) === 'unread') return false;
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

  #shardsOf({ namespace, labels }: LeavingWorkload, cluster: string): readonly ServedShard[] {
    const shards = this.#options.served?.shardsIn(cluster, namespace) ?? [];
    if (shards === 'unread') return [];
    return shards.filter(({ selectors }) => isSelecting(selectors, labels));
  }

  #isSelected({ labels }: LeavingWorkload, cluster: string, record: RecordAt): boolean {
    const selectors = this.#options.selectorsOf(cluster, record);
    return selectors !== 'unread' && isSelecting(selectors, labels);
  }
}
