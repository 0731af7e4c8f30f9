/** Where the objects about DNS records are in the host. Source: specs of KubeFed, "API groups". */

import type { ApiResource } from '../../api/kubefed/api-resource.ts';
import {
  DNS_GROUP,
  type DnsRecord,
  type DomainObject,
} from '../../api/kubefed/dns-record-objects.ts';

const API = { group: DNS_GROUP, version: 'v1alpha1', isNamespaced: true } as const;

/** What has a status of ours here. */
export type NamedObject = DnsRecord | DomainObject;

export const RECORD_RESOURCES: Readonly<Record<NamedObject['kind'], ApiResource>> = {
  ServiceDNSRecord: { ...API, kind: 'ServiceDNSRecord', plural: 'servicednsrecords' },
  IngressDNSRecord: { ...API, kind: 'IngressDNSRecord', plural: 'ingressdnsrecords' },
  Domain: { ...API, kind: 'Domain', plural: 'domains' },
};
