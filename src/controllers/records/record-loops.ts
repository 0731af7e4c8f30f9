/**
 * The loops about DNS records and statuses of Services, wired: what they follow in the host and in the
 * members is read once for all of them.
 */

import { collectionPath } from '../../api/kubefed/api-resource.ts';
import {
  readDomain,
  readIngressDnsRecord,
  readServiceDnsRecord,
} from '../../api/kubefed/dns-record-objects.ts';
import type { SeenCopy } from '../../discovery/kubefed-records/record-status.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import type { LookUpHost } from '../../probe/host-addresses.ts';
import { faultText } from '../../runtime/fault-text.ts';
import type { Logger } from '../../runtime/logger.ts';
import { RateLimited } from '../../runtime/rate-limited.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import { DnsEndpoints } from './dns-endpoints/dns-endpoints.ts';
import { HostCollection } from './host-collection.ts';
import { IngressRecords, seenIngress } from './ingress-records/ingress-records.ts';
import { HOST_LOG_MS } from './limits.ts';
import { MemberCollections, type MemberCollectionsOptions } from './member-collections.ts';
import {
  type SeenService,
  type SeenSlice,
  ServiceRecords,
  seenService,
  seenSlice,
} from './service-records/service-records.ts';
import { type FederatedServices, ServiceStatuses } from './service-status/service-statuses.ts';
import { DOMAINS, RECORD_RESOURCES } from './write-record-status.ts';

export interface RecordLoopsOptions {
  readonly host: PacedClient;
  /** Of the control plane. */
  readonly namespace: string;
  /** The same, of a federation that is no more than a namespace. */
  readonly onlyNamespace: string | undefined;
  readonly clusters: FederatedClusters;
  /** undefined: no FederatedServiceStatus is asked for. */
  readonly federatedServices: () => FederatedServices | undefined;
  readonly logger: Logger;
  readonly lookUp?: LookUpHost | undefined;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

interface Part {
  start(): void;
  stop(): Promise<void>;
}

export class RecordLoops {
  readonly #records: ServiceRecords;
  readonly #ingressRecords: IngressRecords;
  readonly #statuses: ServiceStatuses;
  readonly #members: readonly MemberCollections<SeenService | SeenSlice | SeenCopy>[];
  readonly #parts: readonly Part[];

  constructor(options: RecordLoopsOptions) {
    const { host, namespace, onlyNamespace, clusters, logger, lookUp, limits } = options;
    const failures = new RateLimited(HOST_LOG_MS);
    const onFault = (key: string, error: unknown) =>
      logger.error('fault of ours, going on', { key, error: faultText(error) });
    const hostOnly = { client: host.client, limits };
    const records = new HostCollection({
      ...hostOnly,
      path: collectionPath(RECORD_RESOURCES.ServiceDNSRecord, onlyNamespace),
      project: readServiceDnsRecord,
      onObject: (key) => {
        this.#records.wake(key);
        endpoints.wake('service', key);
      },
    });
    const ingressRecords = new HostCollection({
      ...hostOnly,
      path: collectionPath(RECORD_RESOURCES.IngressDNSRecord, onlyNamespace),
      project: readIngressDnsRecord,
      onObject: (key) => {
        this.#ingressRecords.wake(key);
        endpoints.wake('ingress', key);
      },
    });
    const domains = new HostCollection({
      ...hostOnly,
      path: collectionPath(DOMAINS, namespace),
      project: readDomain,
      onObject: (key) => this.#records.domainChanged(key),
    });
    const inMembers = <T>(
      path: string,
      of: Pick<MemberCollectionsOptions<T>, 'project' | 'groupOf' | 'onGroup'>,
    ) =>
      new MemberCollections({
        clusters,
        path: pathIn(path, onlyNamespace),
        ...of,
        onSynced: () => this.#wakeAll(),
        limits,
      });
    const services = inMembers('/api/v1/services', {
      project: seenService,
      groupOf: (_, key) => key,
      onGroup: (key) => {
        this.#records.wake(key);
        this.#statuses.wake(key);
      },
    });
    const slices = inMembers<SeenSlice>('/apis/discovery.k8s.io/v1/endpointslices', {
      project: seenSlice,
      groupOf: ({ service }) => service,
      onGroup: (key) => this.#records.wake(key),
    });
    const ingresses = inMembers('/apis/networking.k8s.io/v1/ingresses', {
      project: seenIngress,
      groupOf: (_, key) => key,
      onGroup: (key) => this.#ingressRecords.wake(key),
    });
    const shared = { host, clusters, onFault };
    this.#records = new ServiceRecords({
      ...shared,
      ...{ namespace, records, domains, services, slices },
    });
    this.#ingressRecords = new IngressRecords({ ...shared, records: ingressRecords, ingresses });
    const endpoints = new DnsEndpoints({
      ...{ host, onlyNamespace, onFault, lookUp, limits },
      records: { service: records, ingress: ingressRecords },
      onHostFailure: (address, reason) =>
        failures.run(reason.replaceAll(address, ''), (others) =>
          logger.warn('host name not resolved, last good addresses stay', {
            ...{ address, reason },
            count: others + 1,
          }),
        ),
    });
    this.#statuses = new ServiceStatuses({
      ...shared,
      ...{ onlyNamespace, services, limits },
      federated: options.federatedServices,
    });
    this.#members = [services, slices, ingresses];
    const loops = [this.#records, this.#ingressRecords, endpoints, this.#statuses];
    this.#parts = [records, ingressRecords, domains, ...this.#members, ...loops];
  }

  start(): void {
    for (const part of this.#parts) part.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.stop()));
  }

  /** Come, gone, ready or not, or reached otherwise. */
  clusterChanged(name: string): void {
    for (const members of this.#members) members.clusterChanged(name);
    this.#wakeAll();
  }

  #wakeAll(): void {
    this.#records.wakeAll();
    this.#ingressRecords.wakeAll();
    this.#statuses.wakeAll();
  }
}

/** `/api/v1/services`, or only those of a namespace. */
function pathIn(path: string, namespace: string | undefined): string {
  if (namespace === undefined) return path;
  const last = path.lastIndexOf('/');
  return `${path.slice(0, last)}/namespaces/${namespace}${path.slice(last)}`;
}
