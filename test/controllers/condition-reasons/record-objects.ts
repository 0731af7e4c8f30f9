/** What tests of records put into a host and a member: records, Domains, and managed objects with addresses. */

import type { KubernetesCluster } from '../../lab/kubernetes.ts';

const API = 'multiclusterdns.kubefed.io/v1alpha1';

type RecordKind = 'ServiceDNSRecord' | 'IngressDNSRecord';

export function dnsRecord(
  kind: RecordKind,
  name: string,
  spec: object,
  namespace = 'shop',
): object {
  return { apiVersion: API, kind, metadata: { name, namespace }, spec };
}

export function domainObject(
  name: string,
  domain: string,
  also: object = {},
  namespace = 'kube-federation-system',
): object {
  return { apiVersion: API, kind: 'Domain', metadata: { name, namespace }, domain, ...also };
}

/** A DNSEndpoint that somebody else owns. */
export function foreignEndpoint(name: string): object {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'mine', uid: 'abc' };
  return {
    apiVersion: API,
    kind: 'DNSEndpoint',
    metadata: { name, namespace: 'shop', ownerReferences: [owner] },
    spec: { endpoints: [] },
  };
}

/** Of the host: no DNSEndpoint may be made in this namespace. */
export function endpointsForbidden(namespace: string): readonly object[] {
  const name = 'no-dns-endpoints';
  const api = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name } };
  const rule = { apiVersions: ['*'], resources: ['dnsendpoints'], operations: ['CREATE'] };
  const apiGroups = ['multiclusterdns.kubefed.io', 'externaldns.k8s.io'];
  const expression = `object.metadata.namespace != "${namespace}"`;
  return [
    {
      ...api,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        matchConstraints: { resourceRules: [{ ...rule, apiGroups }] },
        validations: [{ expression, message: 'no names from here' }],
      },
    },
    {
      ...api,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

/** A managed Service or Ingress of a member, as a copy of ours is. */
export async function putCopy(
  member: KubernetesCluster,
  kind: 'Service' | 'Ingress',
  name: string,
  namespace = 'shop',
): Promise<void> {
  const metadata = { name, namespace, labels: { 'kubefed.io/managed': 'true' } };
  const object =
    kind === 'Service'
      ? { apiVersion: 'v1', spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }
      : { apiVersion: 'networking.k8s.io/v1', spec: { defaultBackend: BACKEND } };
  await member.kubectl(['apply', '-f', '-'], JSON.stringify({ ...object, kind, metadata }));
}

const BACKEND = { service: { name: 'any', port: { number: 80 } } };

/** As its load balancer would say them. */
export async function balance(
  member: KubernetesCluster,
  kind: 'Service' | 'Ingress',
  name: string,
  { targets = [{ ip: '192.0.2.1' }], namespace = 'shop' }: Balanced = {},
): Promise<void> {
  const status = { loadBalancer: { ingress: targets } };
  await member.kubectl([
    ...['patch', kind, name, '-n', namespace, '--subresource=status', '--type=merge'],
    ...['-p', JSON.stringify({ status })],
  ]);
}

interface Balanced {
  readonly targets?: readonly object[];
  readonly namespace?: string;
}
