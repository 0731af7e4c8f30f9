/**
 * The loops about DNS records and statuses of Services, wired: what they follow in the host and in the
 * members is read once for all of them.
 */

import type { LoadBalancerTarget } from '../../api/core.ts';
import { collectionPath, nameOfKey } from '../../api/kubefed/api-resource.ts';
import {
  type DnsRecord,
  readDomain,
  readIngressDnsRecord,
  readServiceDnsRecord,
  type ServiceDnsRecord,
} from '../../api/kubefed/dns-record-objects.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import type { LookUpHost } from '../../probe/host-addresses.ts';
import { faultText } from '../../runtime/fault-text.ts';
import type { Logger } from '../../runtime/logger.ts';
import { RateLimited } from '../../runtime/rate-limited.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import { DnsEndpoints } from './dns-endpoints/dns-endpoints.ts';
import { Domains } from './domains/domains.ts';
import { IngressRecords } from './ingress-records/ingress-records.ts';
import { HOST_LOG_MS } from './limits.ts';
import { RecordClaims } from './record-claims.ts';
import { RecordEvents } from './record-events.ts';
import { RECORD_RESOURCES } from './record-resources.ts';
import { Departures } from './service-records/departures.ts';
import { FollowedMembers, type MemberNews } from './service-records/followed-members.ts';
import { LedServices, type ServedShard } from './service-records/led-services.ts';
import { ServiceRecords } from './service-records/service-records.ts';
import { type FederatedServices, ServiceStatuses } from './service-status/service-statuses.ts';

export interface RecordLoopsOptions {
  readonly host: PacedClient;
  /** Of the control plane. */
  readonly namespace: string;
  /** The same, of a federation that is no more than a namespace. */
  readonly onlyNamespace: string | undefined;
  readonly clusters: FederatedClusters;
  /** undefined: no FederatedServiceStatus is asked for. */
  readonly federatedServices: () => FederatedServices | undefined;
  /** Names of members' own Services and Ingresses are answered, too; undefined: they are not. */
  readonly served: ServedNames | undefined;
  /** DNSEndpoints are written. */
  readonly writesEndpoints: boolean;
  readonly logger: Logger;
  readonly lookUp?: LookUpHost | undefined;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export interface ServedNames {
  /** Where their owners say none. */
  readonly ttlSeconds: number;
  readonly onShard: (shard: ServedShard) => void;
}

interface Part {
  start(): void;
  stop(): Promise<void>;
}

/** Whom news of one key goes to. */
interface News extends MemberNews {
  readonly record: (kind: DnsRecord['kind'], key: string) => void;
  readonly domain: (key: string) => void;
}

export class RecordLoops {
  /** Shards that leave the answers before their pods go. */
  readonly departures: Departures;
  readonly #serviceRecords: FollowedCollection<ServiceDnsRecord>;
  readonly #domains: Domains;
  readonly #claims: RecordClaims;
  readonly #records: ServiceRecords;
  readonly #ingressRecords: IngressRecords;
  readonly #statuses: ServiceStatuses;
  readonly #members: FollowedMembers;
  readonly #parts: readonly Part[];
  readonly #events: RecordEvents;
  readonly #isServed: boolean;

  constructor(options: RecordLoopsOptions) {
    const { host, namespace, onlyNamespace, clusters, logger, lookUp, limits } = options;
    const news = this.#news();
    const { records, ingressRecords, domains } = followHost(options, news);
    this.#serviceRecords = records;
    this.#members = new FollowedMembers(options, news);
    const { services, slices, ingresses } = this.#members;
    const onFault = (key: string, error: unknown) =>
      logger.error('fault of ours, going on', { key, error: faultText(error) });
    const events = new RecordEvents(host);
    this.#events = events;
    const claims = new RecordClaims({
      ...{ namespace, domains },
      records: { ServiceDNSRecord: records, IngressDNSRecord: ingressRecords },
      onRecord: (kind, key) => {
        const isService = kind === 'ServiceDNSRecord';
        (isService ? this.#records : this.#ingressRecords).queue.wake(key);
        endpoints.wake(isService ? 'service' : 'ingress', key);
      },
    });
    this.#claims = claims;
    const shared = { host, events, clusters, claims, onFault };
    this.#domains = new Domains({ host, events, namespace, domains, onFault });
    const led = new LedServices({ services, slices, ingresses });
    this.departures = this.#departures(options, { records, ingressRecords }, led);
    const { departures } = this;
    this.#records = new ServiceRecords({ ...shared, records, services, slices, departures });
    this.#ingressRecords = new IngressRecords({
      ...shared,
      ...{ records: ingressRecords, ingresses, departures },
    });
    const endpoints = new DnsEndpoints({
      ...{ host, events, claims, onlyNamespace, onFault, lookUp, limits },
      isWanted: options.writesEndpoints,
      records: { service: records, ingress: ingressRecords },
      onHostFailure: hostFailureTeller(logger),
    });
    this.#statuses = new ServiceStatuses({
      ...shared,
      ...{ onlyNamespace, services, limits },
      federated: options.federatedServices,
      onWork: () => this.#members.need(),
    });
    this.#isServed = options.served !== undefined;
    const queues = [this.#domains, this.#records, this.#ingressRecords].map(({ queue }) => queue);
    this.#parts = [...[records, ingressRecords, domains], ...queues, endpoints, this.#statuses];
  }

  start(): void {
    for (const part of this.#parts) part.start();
    if (this.#isServed) this.#members.need();
  }

  async stop(): Promise<void> {
    this.#events.stop();
    await Promise.all([...this.#parts, this.#members].map((part) => part.stop()));
  }

  /** Come, gone, ready or not, or reached otherwise. */
  clusterChanged(name: string): void {
    this.#members.clusterChanged(name);
    this.#wakeAll();
  }

  /** Of the records' statuses: key of a Service -> its addresses in this cluster, as it said them last. */
  lastAddresses(cluster: string): readonly (readonly [string, readonly LoadBalancerTarget[]])[] {
    return [...this.#serviceRecords.values()].map(({ key, entries }) => {
      const entry = entries.find((one) => one.cluster === cluster);
      return [key, entry?.loadBalancer ?? []];
    });
  }

  federatedServiceChanged(key: string): void {
    this.#statuses.wake(key);
  }

  /** Services may be federated from now on, no more, or otherwise. */
  typesChanged(): void {
    this.#statuses.wakeAll();
  }

  /** FederatedServiceStatuses are kept. */
  get keepsStatuses(): boolean {
    return this.#statuses.isRunning;
  }

  #news(): News {
    return {
      record: (kind, key) => {
        this.#members.need();
        this.#claims.recordChanged(kind, key);
      },
      domain: (key) => {
        this.#domains.queue.wake(key);
        this.#claims.domainChanged(key);
      },
      service: (key) => {
        this.departures.endpointsChanged(nameOfKey(key).namespace);
        this.#records.queue.wake(key);
        this.#statuses.wake(key);
      },
      slice: (key) => {
        this.departures.endpointsChanged(nameOfKey(key).namespace);
        this.#records.queue.wake(key);
      },
      ingress: (key) => this.#ingressRecords.queue.wake(key),
      all: () => this.#wakeAll(),
    };
  }

  #departures(
    { clusters, served }: RecordLoopsOptions,
    { records, ingressRecords }: Pick<ReturnType<typeof followHost>, 'records' | 'ingressRecords'>,
    led: LedServices,
  ): Departures {
    return new Departures({
      records: {
        get hasSynced() {
          return records.hasSynced && ingressRecords.hasSynced;
        },
        values: () => [...records.values(), ...ingressRecords.values()],
      },
      selectorsOf: (cluster, record) => led.selectorsOf(cluster, record),
      endpointsOf: (cluster, workload) => led.endpointsOf(cluster, workload),
      served: served && {
        ...served,
        shardsIn: (cluster, namespace) => led.shardsIn(cluster, namespace),
        shardOf: (cluster, object) => led.shardOf(cluster, object),
        isElsewhere: (shard, left) =>
          clusters.names.some((name) => {
            // What one that is not ready says is of another time.
            const isSeen = !left.has(name) && clusters.get(name)?.isReady === true;
            return isSeen && led.isServedIn(name, shard);
          }),
      },
      onRecord: ({ kind, key }) => {
        const isService = kind === 'ServiceDNSRecord';
        (isService ? this.#records : this.#ingressRecords).queue.wake(key);
      },
    });
  }

  #wakeAll(): void {
    this.#records.queue.wakeAll();
    this.#ingressRecords.queue.wakeAll();
    this.#statuses.wakeAll();
  }
}

function followHost({ host, onlyNamespace, limits }: RecordLoopsOptions, news: News) {
  const { ServiceDNSRecord, IngressDNSRecord, Domain } = RECORD_RESOURCES;
  const shared = { client: host.client, limits };
  return {
    records: new FollowedCollection({
      ...shared,
      path: collectionPath(ServiceDNSRecord, onlyNamespace),
      project: readServiceDnsRecord,
      onObject: (key) => news.record('ServiceDNSRecord', key),
    }),
    ingressRecords: new FollowedCollection({
      ...shared,
      path: collectionPath(IngressDNSRecord, onlyNamespace),
      project: readIngressDnsRecord,
      onObject: (key) => news.record('IngressDNSRecord', key),
    }),
    domains: new FollowedCollection({
      ...shared,
      // Also those that lie elsewhere, and are of no use there: that is told.
      path: collectionPath(Domain, onlyNamespace),
      project: readDomain,
      onObject: news.domain,
    }),
  };
}

/** Many names may fail for one reason, a resolver that is away: one line tells of it. */
function hostFailureTeller(logger: Logger): (host: string, reason: string) => void {
  const failures = new RateLimited(HOST_LOG_MS);
  return (address, reason) =>
    failures.run(reason.replaceAll(address, ''), (others) => {
      const count = others + 1;
      logger.warn('host name not resolved, last good addresses stay', { address, reason, count });
    });
}
