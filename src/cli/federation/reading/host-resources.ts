/** Types of a host that verbs read, beside those that others own. Source: specs of KubeFed, "API groups". */

import type { ApiResource } from '../../../api/kubefed/api-resource.ts';
import { DNS_GROUP } from '../../../api/kubefed/dns-record-objects.ts';

export const PREFERENCE_RESOURCE: ApiResource = {
  group: 'scheduling.kubefed.io',
  version: 'v1alpha1',
  kind: 'ReplicaSchedulingPreference',
  plural: 'replicaschedulingpreferences',
  isNamespaced: true,
};

const DNS = { group: DNS_GROUP, version: 'v1alpha1', isNamespaced: true } as const;

/** Named as the Service or Ingress that they give names. */
export const DNS_RECORD_RESOURCES: Readonly<Record<string, ApiResource>> = {
  Service: { ...DNS, kind: 'ServiceDNSRecord', plural: 'servicednsrecords' },
  Ingress: { ...DNS, kind: 'IngressDNSRecord', plural: 'ingressdnsrecords' },
};

export const DNS_ENDPOINT_RESOURCE: ApiResource = {
  ...DNS,
  kind: 'DNSEndpoint',
  plural: 'dnsendpoints',
};

export const EVENT_RESOURCE: ApiResource = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  isNamespaced: true,
};
