/**
 * What leads to the pods of a workload in one cluster: its Services, the Ingresses that lead to these,
 * and what of both may be in answers by itself. As the member collections have them; nothing is asked.
 */

import { nameOfKey } from '../../../api/kubefed/api-resource.ts';
import type { DnsRecord } from '../../../api/kubefed/dns-record-objects.ts';
import type { SeenIngress } from '../ingress-records/seen-ingress.ts';
import type { MemberCollections } from '../member-collections.ts';
import type { SeenService, SeenSlice } from './seen-services.ts';

export type Labels = ReadonlyMap<string, string>;

export type RecordAt = Pick<DnsRecord, 'kind' | 'key' | 'namespace'>;

export interface LeavingWorkload {
  /** `namespace/name`, and of which type. */
  readonly id: string;
  readonly namespace: string;
  /** Of its pods. */
  readonly labels: Labels;
}

/** `ending`: none that is not about to end; `unread`: not known. */
export type Endpoints = 'ready' | 'ending' | 'none' | 'unread';

/** A member's own Service or Ingress whose name is, or may be, answered with its addresses. */
export interface ServedShard {
  /** Name of its type config. */
  readonly type: string;
  /** `namespace/name`. */
  readonly key: string;
  /** Of the Services that it is, or leads to. */
  readonly selectors: readonly Labels[];
  /** It says that it leaves. */
  readonly isMarked: boolean;
  /** undefined: its owner says none. */
  readonly ttlSeconds: number | undefined;
}

/** `type`: name of its type config; `key`: `namespace/name`. */
export interface ShardAt {
  readonly type: string;
  readonly key: string;
  readonly namespace: string;
}

/** An empty selector selects nothing. */
export function isSelecting(selectors: readonly Labels[], labels: Labels): boolean {
  return selectors.some(
    (selector) =>
      selector.size > 0 && [...selector].every(([name, value]) => labels.get(name) === value),
  );
}

/** Names of the type configs of Services and Ingresses. */
export const SERVED_TYPES = {
  services: 'services',
  ingresses: 'ingresses.networking.k8s.io',
} as const;

export interface LedServicesOptions {
  readonly services: Pick<MemberCollections<SeenService>, 'group' | 'inNamespace'>;
  readonly slices: Pick<MemberCollections<SeenSlice>, 'group'>;
  readonly ingresses: Pick<MemberCollections<SeenIngress>, 'group' | 'inNamespace'>;
}

export class LedServices {
  readonly #seen: LedServicesOptions;

  constructor(seen: LedServicesOptions) {
    this.#seen = seen;
  }

  /** Of the Services that a record leads to in a cluster. */
  selectorsOf(cluster: string, { kind, key, namespace }: RecordAt): readonly Labels[] | 'unread' {
    if (kind === 'ServiceDNSRecord') return this.#selectors(cluster, [key]);
    const ingresses = this.#seen.ingresses.group(cluster, key);
    if (ingresses === undefined) return 'unread';
    return this.#selectors(
      cluster,
      ingresses.flatMap((ingress) => ledKeys(namespace, ingress)),
    );
  }

  /** Those that have addresses. */
  shardsIn(cluster: string, namespace: string): readonly ServedShard[] | 'unread' {
    const { services, ingresses } = this.#seen;
    const ownServices = services.inNamespace(cluster, namespace);
    const ownIngresses = ingresses.inNamespace(cluster, namespace);
    if (ownServices === undefined || ownIngresses === undefined) return 'unread';
    return [
      ...ownServices.filter(hasAddresses).map(shardOfService),
      ...ownIngresses
        .filter(hasAddresses)
        .map((ingress) => this.#shardOfIngress(cluster, namespace, ingress)),
    ];
  }

  /** undefined: it is not there, or not known, or has no addresses. */
  shardOf(cluster: string, { type, key, namespace }: ShardAt): ServedShard | undefined {
    const { services, ingresses } = this.#seen;
    if (type === SERVED_TYPES.services) {
      const own = services.group(cluster, key)?.find(hasAddresses);
      return own && shardOfService(own);
    }
    if (type !== SERVED_TYPES.ingresses) return undefined;
    const own = ingresses.group(cluster, key)?.find(hasAddresses);
    return own && this.#shardOfIngress(cluster, namespace, own);
  }

  /** The same object has addresses there, and endpoints behind it. */
  isServedIn(cluster: string, { type, key }: ServedShard): boolean {
    const { services, ingresses } = this.#seen;
    const hasEndpoint = (service: string) => this.#hasEndpoint(cluster, service);
    if (type === SERVED_TYPES.ingresses) {
      const own = ingresses.group(cluster, key)?.filter(hasAddresses) ?? [];
      return own.flatMap((one) => ledKeys(nameOfKey(key).namespace, one)).some(hasEndpoint);
    }
    return hasEndpoint(key) && services.group(cluster, key)?.some(hasAddresses) === true;
  }

  #hasEndpoint(cluster: string, service: string): boolean {
    return this.#seen.slices.group(cluster, service)?.some((one) => one.hasEndpoint) === true;
  }

  /** Of all Services there that select these pods. */
  endpointsOf(cluster: string, { namespace, labels }: LeavingWorkload): Endpoints {
    const services = this.#seen.services.inNamespace(cluster, namespace);
    if (services === undefined) return 'unread';
    const selecting = services.filter(({ selector }) => isSelecting([selector], labels));
    const slices = selecting.map(({ key }) => this.#seen.slices.group(cluster, key));
    if (slices.includes(undefined)) return 'unread';
    const all = slices.flatMap((some) => some ?? []);
    if (all.some(({ hasReady }) => hasReady)) return 'ready';
    return all.some(({ hasEndpoint }) => hasEndpoint) ? 'ending' : 'none';
  }

  #shardOfIngress(cluster: string, namespace: string, ingress: SeenIngress): ServedShard {
    const selectors = this.#selectors(cluster, ledKeys(namespace, ingress));
    const said = selectors === 'unread' ? [] : selectors;
    return { type: SERVED_TYPES.ingresses, key: ingress.key, selectors: said, ...ingress.answers };
  }

  #selectors(cluster: string, keys: readonly string[]): readonly Labels[] | 'unread' {
    const copies = keys.map((key) => this.#seen.services.group(cluster, key));
    if (copies.includes(undefined)) return 'unread';
    return copies.flatMap((some) => some ?? []).map(({ selector }) => selector);
  }
}

function shardOfService({ key, selector, answers }: SeenService): ServedShard {
  return { type: SERVED_TYPES.services, key, selectors: [selector], ...answers };
}

function ledKeys(namespace: string, { services }: SeenIngress): readonly string[] {
  return services.map((name) => `${namespace}/${name}`);
}

function hasAddresses({
  loadBalancer,
  answers,
}: Pick<SeenService, 'loadBalancer' | 'answers'>): boolean {
  return loadBalancer.length > 0 || answers.hasOwnAddresses;
}
