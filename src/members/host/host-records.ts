/**
 * What the host of a federation says of DNS names: Domains, ServiceDNSRecords and IngressDNSRecords
 * with the status that the control plane writes; followed, never written.
 *
 * Promised: nothing is told before all of them were read whole, so "not yet read" never looks like
 * "no records". The host away, all stay as they are.
 */

import { collectionPath } from '../../api/kubefed/api-resource.ts';
import {
  DNS_GROUP,
  type DnsRecord,
  readDomain,
  readIngressDnsRecord,
  readServiceDnsRecord,
} from '../../api/kubefed/dns-record-objects.ts';
import { ApiClient } from '../../kubernetes/api-client.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import type { HostSource } from '../membership.ts';
import { federatedNamespace } from './federation-scope.ts';

export interface HostRecordsOptions {
  readonly host: Pick<HostSource, 'access' | 'namespace'>;
  /** All were read; from now on each change of one, and of a Domain all. */
  readonly onAll: () => void;
  readonly onRecord: (kind: DnsRecord['kind'], key: string) => void;
  /** The host cannot be read, or says nothing usable. */
  readonly onProblem: (problem: string) => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

type Domain = ReturnType<typeof readDomain>;

interface Followed {
  readonly domains: FollowedCollection<Domain>;
  readonly records: Readonly<Record<DnsRecord['kind'], FollowedCollection<DnsRecord>>>;
}

type CollectionPart = 'hasSynced' | 'problem' | 'start' | 'stop';

const NO_DOMAINS: ReadonlyMap<string, Domain> = new Map();

export class HostRecords {
  readonly #options: HostRecordsOptions;
  readonly #client: ApiClient;
  readonly #ended = new AbortController();
  #followed: Followed | undefined;
  /** Empty: all; undefined: not followed yet. */
  #onlyNamespace: string | undefined;
  #domains = NO_DOMAINS;
  #started: Promise<void> | undefined;

  constructor(options: HostRecordsOptions) {
    this.#options = options;
    this.#client = new ApiClient(options.host.access);
  }

  /** At once; the host need not be there yet. */
  start(): void {
    this.#started ??= this.#start();
  }

  /** Resolves once quiet. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#started;
    await Promise.all(this.#collections().map((one) => one.stop()));
    await this.#client.close();
  }

  get hasSynced(): boolean {
    const collections = this.#collections();
    return collections.length > 0 && collections.every(({ hasSynced }) => hasSynced);
  }

  /** By name. */
  get domains(): ReadonlyMap<string, Domain> {
    return this.#domains;
  }

  get(kind: DnsRecord['kind'], key: string): DnsRecord | undefined {
    return this.#followed?.records[kind].get(key);
  }

  *records(): Iterable<DnsRecord> {
    if (this.#followed === undefined) return;
    for (const collection of Object.values(this.#followed.records)) yield* collection.values();
  }

  #collections(): readonly Pick<FollowedCollection<unknown>, CollectionPart>[] {
    if (this.#followed === undefined) return [];
    return [this.#followed.domains, ...Object.values(this.#followed.records)];
  }

  async #start(): Promise<void> {
    const { onProblem, host } = this.#options;
    const namespace = await federatedNamespace({
      client: this.#client,
      namespace: host.namespace,
      signal: this.#ended.signal,
      onUnsure: ({ status, message }) => {
        if (status !== 404) onProblem(message);
        else if (this.#followed === undefined) this.#follow('');
      },
    });
    if (namespace === undefined || namespace === this.#onlyNamespace) return;
    // What was read whole stays: these are all the records there are, and who asks may read them.
    if (this.hasSynced) return;
    await Promise.all(this.#collections().map((one) => one.stop()));
    if (!this.#ended.signal.aborted) this.#follow(namespace);
  }

  #follow(namespace: string): void {
    const { onRecord, onAll } = this.#options;
    this.#onlyNamespace = namespace;
    const follow = <T>(
      plural: string,
      where: string | undefined,
      project: (object: unknown) => T,
      onObject: (key: string) => void,
    ) =>
      new FollowedCollection<T>({
        client: this.#client,
        path: collectionPath(
          { group: DNS_GROUP, version: 'v1alpha1', plural, kind: '', isNamespaced: true },
          where,
        ),
        project,
        onObject: (key) => {
          if (this.hasSynced) onObject(key);
        },
        onSynced: () => {
          this.#takeDomains();
          if (this.hasSynced) onAll();
        },
        onStatus: () => this.#tellProblem(),
        limits: this.#options.limits,
      });
    const everywhere = namespace === '' ? undefined : namespace;
    this.#followed = {
      domains: follow('domains', this.#options.host.namespace, readDomain, () => {
        this.#takeDomains();
        onAll();
      }),
      records: {
        ServiceDNSRecord: follow<DnsRecord>(
          'servicednsrecords',
          everywhere,
          readServiceDnsRecord,
          (key) => onRecord('ServiceDNSRecord', key),
        ),
        IngressDNSRecord: follow<DnsRecord>(
          'ingressdnsrecords',
          everywhere,
          readIngressDnsRecord,
          (key) => onRecord('IngressDNSRecord', key),
        ),
      },
    };
    for (const one of this.#collections()) one.start();
  }

  #takeDomains(): void {
    const entries = this.#followed?.domains.entries() ?? [];
    this.#domains = new Map(
      [...entries].map(([key, one]) => [key.slice(key.indexOf('/') + 1), one]),
    );
  }

  #tellProblem(): void {
    const problem = this.#collections().find((one) => one.problem !== undefined)?.problem;
    if (problem !== undefined) this.#options.onProblem(problem);
  }
}
