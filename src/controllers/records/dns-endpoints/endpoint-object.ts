/**
 * The DNSEndpoint of a record, as object: its name, whose it is, and what we remember in it.
 *
 *   ServiceDNSRecord shop/web -> DNSEndpoint shop/service-web     IngressDNSRecord -> ingress-web
 *
 * Source: specs of KubeFed, "DNSEndpoint controllers"; specs of ExternalDNS, "DNSEndpoint". The owner
 * reference is ours: with the record it goes, also while we are away.
 */

import { type ApiResource, apiVersionOf } from '../../../api/kubefed/api-resource.ts';
import { DNS_GROUP, type DnsRecord } from '../../../api/kubefed/dns-record-objects.ts';
import { listAt, textAt, textMapAt, valueAt } from '../../../api/untyped.ts';
import type { EndpointValue } from '../../../discovery/kubefed-records/dns-endpoints.ts';
import { canonicalJson } from '../../../federation/canonical-json.ts';
import { RECORD_RESOURCES } from '../record-resources.ts';

const API = {
  version: 'v1alpha1',
  kind: 'DNSEndpoint',
  plural: 'dnsendpoints',
  isNamespaced: true,
};

/** KubeFed's own, read by ExternalDNS up to 0.20, and the one that it reads from 0.21 on. */
export const ENDPOINT_RESOURCES: readonly ApiResource[] = [
  { group: DNS_GROUP, ...API },
  { group: 'externaldns.k8s.io', ...API },
];

/** Addresses of host names as JSON: a start does not forget what was resolved before it. */
const RESOLVED_ANNOTATION = 'fedns.io/resolved';

export type ResolvedHosts = Readonly<Record<string, readonly string[]>>;

/** One that is there. */
export interface SeenEndpoint {
  readonly resourceVersion: string;
  readonly uid: string;
  readonly isDeleting: boolean;
  /** Of its owner references; KubeFed's own objects have none. */
  readonly owners: readonly string[];
  /** Ours with this uid: `owners` names it so. */
  readonly ownerUids: ReadonlySet<string>;
  readonly resolved: ReadonlyMap<string, readonly string[]>;
  /** canonicalJson of what we write. */
  readonly content: string;
}

export function seenEndpoint(object: unknown): SeenEndpoint {
  const owners = listAt(object, 'metadata', 'ownerReferences');
  const resolved = textMapAt(object, 'metadata', 'annotations').get(RESOLVED_ANNOTATION);
  return {
    resourceVersion: textAt(object, 'metadata', 'resourceVersion') ?? '',
    uid: textAt(object, 'metadata', 'uid') ?? '',
    isDeleting: textAt(object, 'metadata', 'deletionTimestamp') !== undefined,
    owners: owners.map((one) => `${textAt(one, 'kind')} ${textAt(one, 'name')}`),
    ownerUids: new Set(owners.flatMap((one) => textAt(one, 'uid') ?? [])),
    resolved: readResolved(resolved),
    content: contentOf(valueAt(object, 'spec', 'endpoints'), resolved),
  };
}

export function endpointName({ kind, name }: Pick<DnsRecord, 'kind' | 'name'>): string {
  return kind === 'ServiceDNSRecord' ? `service-${name}` : `ingress-${name}`;
}

/** Key of the record that an object of this key would be of; undefined: of none. */
export function recordOfEndpoint(key: string): string | undefined {
  const slash = key.indexOf('/');
  const [, prefix, name] = /^(service|ingress)-(.+)$/.exec(key.slice(slash + 1)) ?? [];
  return prefix === undefined ? undefined : `${prefix}/${key.slice(0, slash)}/${name}`;
}

export interface WantedEndpoint {
  readonly endpoints: readonly EndpointValue[];
  readonly resolved: ResolvedHosts;
}

/** It is there, ours, and says what is wanted. */
export function isAsWanted(seen: SeenEndpoint, record: DnsRecord, wanted: WantedEndpoint): boolean {
  const isSame = seen.content === contentOf(wanted.endpoints, resolvedText(wanted.resolved));
  return isSame && seen.ownerUids.has(record.uid);
}

/** Another's object of this name is left alone; one without an owner is KubeFed's, and becomes ours. */
export function isOfOthers(seen: SeenEndpoint, { kind, name }: DnsRecord): boolean {
  return seen.owners.length > 0 && !seen.owners.includes(`${kind} ${name}`);
}

/** To be made. */
export function endpointObject(
  resource: ApiResource,
  record: DnsRecord,
  { endpoints, resolved }: WantedEndpoint,
): object {
  const text = resolvedText(resolved);
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name: endpointName(record),
      namespace: record.namespace,
      ...(text !== undefined && { annotations: { [RESOLVED_ANNOTATION]: text } }),
      ownerReferences: ownersOf(record),
    },
    spec: { endpoints },
  };
}

/** Merge patch (RFC 7386) of the one that was seen. */
export function endpointPatch(
  { resourceVersion, uid }: SeenEndpoint,
  record: DnsRecord,
  { endpoints, resolved }: WantedEndpoint,
): object {
  const annotations = { [RESOLVED_ANNOTATION]: resolvedText(resolved) ?? null };
  const ownerReferences = ownersOf(record);
  return {
    metadata: { resourceVersion, uid, annotations, ownerReferences },
    spec: { endpoints },
  };
}

function ownersOf({ kind, name, uid }: DnsRecord): readonly object[] {
  const apiVersion = apiVersionOf(RECORD_RESOURCES[kind]);
  return [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: false }];
}

/** undefined: there is nothing to remember, and the annotation is taken away. */
function resolvedText(resolved: ResolvedHosts): string | undefined {
  return Object.keys(resolved).length === 0 ? undefined : canonicalJson(resolved);
}

function contentOf(endpoints: unknown, resolved: string | undefined): string {
  return canonicalJson({ endpoints: endpoints ?? [], resolved: resolved ?? null });
}

function readResolved(text: string | undefined): ReadonlyMap<string, readonly string[]> {
  const resolved = new Map<string, readonly string[]>();
  if (text === undefined) return resolved;
  try {
    const hosts: unknown = JSON.parse(text);
    for (const host of Object.keys(Object(hosts))) {
      resolved.set(
        host,
        listAt(hosts, host).filter((ip) => typeof ip === 'string'),
      );
    }
  } catch {
    // Whoever wrote it: it is only what we remember, and it is looked up again.
  }
  return resolved;
}
