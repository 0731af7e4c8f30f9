/**
 * Several teams and one DNS, on real clusters: a Domain that is for some namespaces only, and names
 * that two records want. Whatever changes is so at once, in the status and in both DNSEndpoints.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const API = 'multiclusterdns.kubefed.io/v1alpha1';
const NAMESPACE = 'kube-federation-system';
const KINDS = ['dnsendpoints.multiclusterdns.kubefed.io', 'dnsendpoints.externaldns.k8s.io'];

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

interface Endpoint {
  readonly dnsName: string;
  readonly recordType: string;
  readonly targets: readonly string[];
}

let federation: Federation;

beforeAll(async () => {
  federation = await startFederation({ members: ['one'], withWorkloads: false });
  const one = federation.member('one');
  await one.addNode('a', { region: 'us', zone: 'us1' });
  await federation.join('one');
  for (const [namespace, ip] of [
    ['shop', '192.0.2.1'],
    ['team', '192.0.2.2'],
  ] as const) {
    for (const cluster of [federation.host, one]) {
      await cluster.kubectl(['create', 'namespace', namespace]);
    }
    const metadata = { name: 'web', namespace, labels: { 'kubefed.io/managed': 'true' } };
    const service = { type: 'LoadBalancer', ports: [{ port: 80 }] };
    const ingress = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } };
    const objects = [
      { apiVersion: 'v1', kind: 'Service', metadata, spec: service },
      { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec: ingress },
    ];
    await one.kubectl(['apply', '-f', '-'], objects.map((each) => JSON.stringify(each)).join('\n'));
    const patch = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip }] } } });
    for (const kind of ['service', 'ingress']) {
      const how = ['--subresource=status', '--type=merge', '-p', patch];
      await one.kubectl(['patch', kind, 'web', '-n', namespace, ...how]);
    }
  }
}, 120_000);

afterAll(() => federation.stop());

const get = async (...args: string[]) =>
  JSON.parse(await federation.host.kubectl(['get', '-o', 'json', ...args]));

async function putDomain(allowedNamespaces?: readonly string[]): Promise<void> {
  const metadata = { name: 'd', namespace: NAMESPACE };
  const allowed = allowedNamespaces && { allowedNamespaces };
  const domain = 'example.com';
  await federation.apply({ apiVersion: API, kind: 'Domain', metadata, domain, ...allowed });
}

const record = (kind: string, namespace: string, spec: object) =>
  federation.apply({ apiVersion: API, kind, metadata: { name: 'web', namespace }, spec });

const service = (namespace: string, also: object = {}) =>
  record('ServiceDNSRecord', namespace, {
    domainRef: 'd',
    allowServiceWithoutEndpoints: true,
    ...also,
  });

/** Condition -> `status reason`. */
async function words(kind: string, namespace: string): Promise<Record<string, string>> {
  const { status } = await get(kind, 'web', '-n', namespace);
  const conditions: readonly Condition[] = status?.conditions ?? [];
  return Object.fromEntries(conditions.map((one) => [one.type, `${one.status} ${one.reason}`]));
}

const says = (kind: string, namespace: string, wanted: Record<string, string>) =>
  eventually(
    () => words(kind, namespace),
    (seen) => Object.entries(wanted).every(([type, word]) => seen[type] === word),
  );

async function messageOf(kind: string, namespace: string, type: string): Promise<string> {
  const { status } = await get(kind, 'web', '-n', namespace);
  return status.conditions.find((one: Condition) => one.type === type).message;
}

/** `name TYPE targets` of both kinds, once they are equal to this; undefined: there is none. */
async function publishes(
  prefix: 'service' | 'ingress',
  namespace: string,
  wanted: readonly string[] | undefined,
): Promise<void> {
  for (const kind of KINDS) {
    const look = async () => {
      const { items } = await get(kind, '-n', namespace);
      const found = items.find(
        (one: { metadata: { name: string } }) => one.metadata.name === `${prefix}-web`,
      );
      const endpoints: readonly Endpoint[] | undefined = found?.spec.endpoints;
      return endpoints?.map((one) => [one.dnsName, one.recordType, ...one.targets].join(' '));
    };
    await eventually(look, (seen) => seen?.join('\n') === wanted?.join('\n'));
  }
}

const NAMES = (namespace: string, ip: string) =>
  ['', 'us.', 'us1.us.'].map((place) => `web.${namespace}.d.svc.${place}example.com A ${ip}`);

const X_NAMES = NAMES('team', '192.0.2.2').map((line) => line.replace('web.', 'x.'));

it('a Domain says whether it works, and for whom', async () => {
  await putDomain(['team']);
  const row = await eventually(
    () => federation.host.kubectl(['get', 'domains', '-n', NAMESPACE, '--no-headers']),
    (text) => / True +Valid\s*$/.test(text),
  );
  expect(row).toMatch(/^d +\S+ +example\.com +True +Valid/);
  const { status } = await get('domain', 'd', '-n', NAMESPACE);
  expect(status.conditions[0].message).toBe('names below example.com, for records of team');
});

it('a Domain that can have no names says why', async () => {
  const label = 'x'.repeat(62);
  const domain = [label, label, label, label].join('.');
  const metadata = { name: 'long', namespace: NAMESPACE };
  await federation.apply({ apiVersion: API, kind: 'Domain', metadata, domain });
  const { status } = await eventually(
    () => get('domain', 'long', '-n', NAMESPACE),
    (one) => one.status?.conditions !== undefined,
  );
  expect(status.conditions).toMatchObject([
    { type: 'Ready', status: 'False', reason: 'DomainTooLong', observedGeneration: 1 },
  ]);
});

it('a namespace that is not allowed has no names, and reads why; its neighbour has them', async () => {
  await service('shop');
  await service('team');
  await publishes('service', 'team', NAMES('team', '192.0.2.2'));
  await says('servicednsrecord', 'team', { Ready: 'True Published', Conflict: 'False NoConflict' });
  const not = 'False NamespaceNotAllowed';
  await says('servicednsrecord', 'shop', { Ready: not, DNSEndpointWritten: not });
  expect(await messageOf('servicednsrecord', 'shop', 'Ready')).toBe(
    'Domain "d": allowedNamespaces does not name "shop"',
  );
  await publishes('service', 'shop', undefined);
});

it('what a Domain allows from now on, and no more, is so at once', async () => {
  await putDomain(['team', 'shop']);
  await publishes('service', 'shop', NAMES('shop', '192.0.2.1'));
  await says('servicednsrecord', 'shop', {
    Ready: 'True Published',
    DNSEndpointWritten: 'True Written',
  });
  await putDomain([]);
  await publishes('service', 'shop', []);
  await publishes('service', 'team', []);
  await says('servicednsrecord', 'shop', { Ready: 'False NamespaceNotAllowed' });
  expect((await get('servicednsrecord', 'web', '-n', 'shop')).status.domain).toBe('');
});

it('a Domain that goes gives nobody what it did not allow, and takes from nobody what it did', async () => {
  await putDomain(['team']);
  await publishes('service', 'team', NAMES('team', '192.0.2.2'));
  await federation.host.kubectl(['delete', 'domain', 'd', '-n', NAMESPACE]);
  await says('servicednsrecord', 'shop', { Ready: 'False DomainNotFound' });
  await says('servicednsrecord', 'team', { Ready: 'False DomainNotFound' });
  await publishes('service', 'shop', []);
  await publishes('service', 'team', NAMES('team', '192.0.2.2'));
  await putDomain();
  await publishes('service', 'shop', NAMES('shop', '192.0.2.1'));
});

it('a host is for the namespaces of the Domain above it; its neighbours stand', async () => {
  await putDomain(['team']);
  await record('IngressDNSRecord', 'shop', { hosts: ['a.example.com', 'a.example.net'] });
  await publishes('ingress', 'shop', ['a.example.net A 192.0.2.1']);
  await says('ingressdnsrecord', 'shop', {
    Ready: 'True PartlyPublished',
    Conflict: 'False NoConflict',
    DNSEndpointWritten: 'False NamespaceNotAllowed',
  });
  await record('IngressDNSRecord', 'shop', { hosts: ['a.example.com'] });
  await publishes('ingress', 'shop', []);
  await says('ingressdnsrecord', 'shop', { Ready: 'False NamespaceNotAllowed' });
  expect(await messageOf('ingressdnsrecord', 'shop', 'Ready')).toBe(
    'a.example.com is below Domain "d", whose allowedNamespaces does not name this namespace',
  );
  await putDomain(['team', 'shop']);
  await publishes('ingress', 'shop', ['a.example.com A 192.0.2.1']);
  await says('ingressdnsrecord', 'shop', { Ready: 'True Published' });
});

it('a host of two: the older has it, the other the rest of its hosts, and both are told', async () => {
  await record('IngressDNSRecord', 'shop', { hosts: ['www.example.com'] });
  await record('IngressDNSRecord', 'team', { hosts: ['WWW.example.com.', 'team.example.com'] });
  await publishes('ingress', 'shop', ['www.example.com A 192.0.2.1']);
  await publishes('ingress', 'team', ['team.example.com A 192.0.2.2']);
  await says('ingressdnsrecord', 'team', {
    Ready: 'True PartlyPublished',
    Conflict: 'True HostClaimed',
    DNSEndpointWritten: 'False HostClaimed',
  });
  const told = 'www.example.com is of IngressDNSRecord shop/web';
  expect(await messageOf('ingressdnsrecord', 'team', 'Conflict')).toBe(told);
  expect(await messageOf('ingressdnsrecord', 'team', 'Ready')).toBe(`addresses of one; ${told}`);
  await says('ingressdnsrecord', 'shop', {
    Ready: 'True Published',
    Conflict: 'False NoConflict',
    DNSEndpointWritten: 'True Written',
  });
  const selector = 'involvedObject.kind=IngressDNSRecord,reason=HostClaimed,type=Warning';
  await eventually(
    () => get('events', '-n', 'team', '--field-selector', selector),
    ({ items }) => items.length > 0,
  );
});

it('the older record has it, also if it wants it later; of whose names all are lost is not ready', async () => {
  await service('team', { dnsPrefix: 'www' });
  const alias = 'www.example.com CNAME web.team.d.svc.example.com';
  await publishes('service', 'team', [...NAMES('team', '192.0.2.2'), alias]);
  await publishes('ingress', 'shop', []);
  await says('ingressdnsrecord', 'shop', {
    Ready: 'False HostClaimed',
    Conflict: 'True HostClaimed',
    DNSEndpointWritten: 'False HostClaimed',
  });
  expect(await messageOf('ingressdnsrecord', 'shop', 'Ready')).toBe(
    'www.example.com is of ServiceDNSRecord team/web',
  );
  await federation.host.kubectl(['delete', 'servicednsrecord', 'web', '-n', 'team']);
  await publishes('ingress', 'shop', ['www.example.com A 192.0.2.1']);
  await says('ingressdnsrecord', 'shop', { Ready: 'True Published', Conflict: 'False NoConflict' });
});

it('aliases that would lead to a name of another are left out, places with addresses stay', async () => {
  const hosts = ['www.example.com', 'x.team.d.svc.example.com'];
  await record('IngressDNSRecord', 'shop', { hosts });
  await publishes(
    'ingress',
    'shop',
    hosts.map((host) => `${host} A 192.0.2.1`),
  );
  await service('team', { dnsPrefix: 'other', externalName: 'x' });
  await publishes('service', 'team', X_NAMES.slice(1));
  await says('servicednsrecord', 'team', {
    Ready: 'True PartlyPublished',
    Conflict: 'True HostClaimed',
  });
});

it('another leader finds it as it was, and writes nothing', async () => {
  await record('IngressDNSRecord', 'team', { hosts: ['www.example.com'] });
  await publishes('ingress', 'team', []);
  await eventually(
    () => get('ingressdnsrecord', 'web', '-n', 'team'),
    ({ metadata, status }) =>
      status.conditions.every(
        (one: { observedGeneration: number }) => one.observedGeneration === metadata.generation,
      ),
  );
  const look = async () =>
    (await get('ingressdnsrecord', 'web', '-n', 'team')).metadata.resourceVersion;
  const before = await look();
  await federation.controlPlane.stop();
  await federation.startControlPlane();
  await record('ServiceDNSRecord', 'shop', { domainRef: 'none' });
  await says('servicednsrecord', 'shop', { Ready: 'False DomainNotFound' });
  expect(await look()).toBe(before);
  await publishes('ingress', 'team', []);
});

it('with the older one gone the younger has the name at once', async () => {
  await federation.host.kubectl(['delete', 'ingressdnsrecord', 'web', '-n', 'shop']);
  await publishes('ingress', 'team', ['www.example.com A 192.0.2.2']);
  await says('ingressdnsrecord', 'team', {
    Ready: 'True Published',
    Conflict: 'False NoConflict',
    DNSEndpointWritten: 'True Written',
  });
  const alias = 'other.example.com CNAME x.team.d.svc.example.com';
  await publishes('service', 'team', [alias, ...X_NAMES]);
  await says('servicednsrecord', 'team', { Ready: 'True Published', Conflict: 'False NoConflict' });
});
