/**
 * Domain, ServiceDNSRecord and IngressDNSRecord (multiclusterdns.kubefed.io/v1alpha1) cut down to what
 * their names are made of: what a person wants, and what their status says of each cluster. Anything
 * missing or of another kind is absent; dns-records.ts says what is wrong with them.
 *
 * Source: specs of KubeFed, "DNS kinds".
 */

import { type LoadBalancerTarget, readLoadBalancer } from '../core.ts';
import { listAt, textAt, valueAt } from '../untyped.ts';
import { keyOfObject, type ObjectName } from './api-resource.ts';

export const DNS_GROUP = 'multiclusterdns.kubefed.io';

/** One cluster in a record's status. */
export interface RecordEntry {
  readonly cluster: string;
  /** Empty: it publishes none. */
  readonly loadBalancer: readonly LoadBalancerTarget[];
  readonly region: string | undefined;
  readonly topologyZones: readonly string[];
}

interface DnsObject extends ObjectName {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly isDeleting: boolean;
  /** As it was written last. */
  readonly status: unknown;
}

/** It has no spec. */
export interface DomainObject extends DnsObject {
  readonly kind: 'Domain';
  /** Without a last dot; empty where it says none. */
  readonly domain: string;
  /** Whose records may have names below it; undefined: all, empty: none. */
  readonly allowedNamespaces: readonly string[] | undefined;
}

interface DnsRecordObject extends DnsObject {
  /** RFC 3339 in UTC; empty where nobody has made it yet. */
  readonly createdAt: string;
  /** undefined: not said. Seconds. */
  readonly ttlSeconds: number | undefined;
  /** `status.dns`, each cluster once. */
  readonly entries: readonly RecordEntry[];
}

/** Its name and namespace are the Service's. */
export interface ServiceDnsRecord extends DnsRecordObject {
  readonly kind: 'ServiceDNSRecord';
  /** Name of a Domain; a part of every name, too. */
  readonly domainRef: string;
  /** Stands in the names in place of the Service's; empty: nothing does. */
  readonly externalName: string;
  /** Of one more name; empty: there is none. */
  readonly dnsPrefix: string;
  readonly allowsWithoutEndpoints: boolean;
  /** Of its status; empty: nobody has found its Domain yet. */
  readonly domain: string;
}

/** Its name and namespace are the Ingress's. */
export interface IngressDnsRecord extends DnsRecordObject {
  readonly kind: 'IngressDNSRecord';
  readonly hosts: readonly string[];
}

export type DnsRecord = ServiceDnsRecord | IngressDnsRecord;

export function readServiceDnsRecord(object: unknown): ServiceDnsRecord {
  return {
    kind: 'ServiceDNSRecord',
    ...readRecord(object),
    domainRef: textAt(object, 'spec', 'domainRef') ?? '',
    externalName: textAt(object, 'spec', 'externalName') ?? '',
    dnsPrefix: textAt(object, 'spec', 'dnsPrefix') ?? '',
    allowsWithoutEndpoints: valueAt(object, 'spec', 'allowServiceWithoutEndpoints') === true,
    domain: withoutDot(textAt(object, 'status', 'domain') ?? ''),
  };
}

export function readIngressDnsRecord(object: unknown): IngressDnsRecord {
  const hosts = listAt(object, 'spec', 'hosts').flatMap((host) =>
    typeof host === 'string' && host !== '' ? [withoutDot(host)] : [],
  );
  return { kind: 'IngressDNSRecord', ...readRecord(object), hosts: [...new Set(hosts)] };
}

/** Of allowed namespaces that cannot be read nobody is allowed. */
export function readDomain(object: unknown): DomainObject {
  const isLimited = valueAt(object, 'allowedNamespaces') !== undefined;
  const namespaces = listAt(object, 'allowedNamespaces').filter((one) => typeof one === 'string');
  return {
    kind: 'Domain',
    ...readObject(object),
    domain: withoutDot(textAt(object, 'domain') ?? ''),
    allowedNamespaces: isLimited ? namespaces : undefined,
  };
}

/** Whether a condition of a record or a Domain is as it should be: of Conflict False, else True. */
export function isWell(condition: unknown): boolean {
  const wanted = textAt(condition, 'type') === 'Conflict' ? 'False' : 'True';
  return textAt(condition, 'status') === wanted;
}

function readRecord(object: unknown): DnsRecordObject {
  const ttl = Number(valueAt(object, 'spec', 'recordTTL') ?? 0);
  const read = readObject(object);
  return {
    ...read,
    createdAt: textAt(object, 'metadata', 'creationTimestamp') ?? '',
    ttlSeconds: Number.isSafeInteger(ttl) && ttl > 0 ? ttl : undefined,
    entries: readEntries(read.status),
  };
}

function readObject(object: unknown): DnsObject {
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  const name = textAt(object, 'metadata', 'name') ?? '';
  return {
    namespace,
    name,
    key: keyOfObject({ namespace, name }),
    uid: textAt(object, 'metadata', 'uid') ?? '',
    resourceVersion: textAt(object, 'metadata', 'resourceVersion') ?? '',
    generation: Number(valueAt(object, 'metadata', 'generation') ?? 0),
    isDeleting: textAt(object, 'metadata', 'deletionTimestamp') !== undefined,
    status: valueAt(object, 'status'),
  };
}

function readEntries(status: unknown): RecordEntry[] {
  const entries = new Map<string, RecordEntry>();
  for (const one of listAt(status, 'dns')) {
    const cluster = textAt(one, 'cluster') ?? '';
    if (cluster === '' || entries.has(cluster)) continue;
    const topologyZones = listAt(one, 'zones').filter((zone) => typeof zone === 'string');
    entries.set(cluster, {
      cluster,
      loadBalancer: readLoadBalancer({ status: one }),
      region: textAt(one, 'region') || undefined,
      topologyZones,
    });
  }
  return [...entries.values()];
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
