/**
 * DNS records on real clusters, as KubeFed's guide has them (W3.8): a federated Service and Ingress, a
 * Domain and their records -> status, DNSEndpoints, conditions; and a member that dies.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const DNS_API = 'multiclusterdns.kubefed.io/v1alpha1';
const TYPES_API = 'types.kubefed.io/v1beta1';
const EVERYWHERE = { clusterSelector: {} };
const P = 'web.shop.test-domain.svc';

let federation: Federation;

beforeAll(async () => {
  federation = await startFederation({ members: ['one', 'two'] });
  await federation.member('one').addNode('a', { region: 'us', zone: 'us1' });
  await federation.member('one').addNode('b', { region: 'us', zone: 'us2' });
  await federation.member('two').addNode('a', { region: 'eu', zone: 'eu1' });
  await federation.join('one');
  await federation.join('two');
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  const labels = { app: 'web' };
  const container = { name: 'main', image: 'lab.example/any' };
  const pod = { metadata: { labels }, spec: { containers: [container] } };
  const deployment = { selector: { matchLabels: labels }, template: pod };
  const service = { type: 'LoadBalancer', selector: labels, ports: [{ port: 80 }] };
  const ingress = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } };
  await apply('FederatedNamespace', 'shop', { placement: EVERYWHERE });
  await apply('FederatedDeployment', 'web', spread({ spec: deployment }));
  await apply('FederatedService', 'web', spread({ spec: service }));
  await apply('FederatedIngress', 'web', spread({ spec: ingress }));
}, 180_000);

afterAll(() => federation.stop());

const spread = (template: object) => ({ template, placement: EVERYWHERE });

async function apply(kind: string, name: string, spec: object, api = TYPES_API): Promise<void> {
  const object = { apiVersion: api, kind, metadata: { name, namespace: 'shop' }, spec };
  await federation.host.kubectl(['apply', '-f', '-'], JSON.stringify(object));
}

const json = async (cluster: string, ...args: string[]) =>
  JSON.parse(
    await federation.member(cluster).kubectl(['get', '-o', 'json', '-n', 'shop', ...args]),
  );

interface Endpoint {
  readonly dnsName: string;
  readonly recordType: string;
  readonly recordTTL: number;
  readonly targets: readonly string[];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** `name TYPE ttl targets`, P short. */
const endpointLines = (object: { spec: { endpoints: readonly Endpoint[] } }) =>
  object.spec.endpoints.map(({ dnsName, recordType, recordTTL, targets }) =>
    [dnsName, recordType, recordTTL, ...targets].join(' ').replaceAll(P, 'P'),
  );

const reasons = (object: { status?: { conditions?: readonly Condition[] } }) =>
  Object.fromEntries((object.status?.conditions ?? []).map(({ type, reason }) => [type, reason]));

/** A copy whose load balancer has these addresses. */
async function balance(cluster: string, kind: string, ...targets: object[]): Promise<void> {
  await eventually(
    () => json(cluster, kind, 'web'),
    () => true,
  );
  const patch = JSON.stringify({ status: { loadBalancer: { ingress: targets } } });
  const how = ['--subresource=status', '--type=merge', '-p', patch];
  await federation.member(cluster).kubectl(['patch', kind, 'web', '-n', 'shop', ...how]);
}

const record = () => json('host', 'servicednsrecord', 'web');
const KUBEFED = 'dnsendpoints.multiclusterdns.kubefed.io';
const EXTERNAL_DNS = 'dnsendpoints.externaldns.k8s.io';

it('without its Domain a record says so, and has no DNSEndpoint', async () => {
  await apply('ServiceDNSRecord', 'web', { domainRef: 'test-domain', recordTTL: 300 }, DNS_API);
  const seen = await eventually(record, (one) => reasons(one)['Ready'] === 'DomainNotFound');
  expect(seen.status.domain).toBeUndefined();
  expect((await json('host', KUBEFED)).items).toEqual([]);
});

it('with it, without addresses: every cluster with its place, and what it lacks', async () => {
  const domain = {
    apiVersion: DNS_API,
    kind: 'Domain',
    metadata: { name: 'test-domain', namespace: 'kube-federation-system' },
    domain: 'example.com',
  };
  await federation.host.kubectl(['apply', '-f', '-'], JSON.stringify(domain));
  const seen = await eventually(record, (one) => reasons(one)['Ready'] === 'NoLoadBalancer');
  expect(seen.status.domain).toBe('example.com');
  expect(seen.status.dns).toEqual([
    { cluster: 'one', loadBalancer: {}, region: 'us', zones: ['us1', 'us2'] },
    { cluster: 'two', loadBalancer: {}, region: 'eu', zones: ['eu1'] },
  ]);
  const told = await eventually(record, (one) => reasons(one)['DNSEndpointWritten'] !== undefined);
  expect(reasons(told)).toMatchObject({ Located: 'Located', DNSEndpointWritten: 'NoAddresses' });
  // Whether an Event is written hangs on who leads just then: one of them is enough.
  const events = await eventually(
    () => json('host', 'events', '--field-selector', 'involvedObject.kind=ServiceDNSRecord'),
    ({ items }) => items.length > 0,
  );
  const words = events.items.map((one: { reason: string }) => one.reason);
  expect(['DomainNotFound', 'NoLoadBalancer', 'NoAddresses', 'NoEndpoints']).toContain(words[0]);
});

it('addresses: status, DNSEndpoints of both APIs, owned by the record', async () => {
  await balance('one', 'service', { ip: '192.0.2.2' }, { ip: '192.0.2.1' });
  const object = await eventually(
    () => json('host', KUBEFED, 'service-web'),
    (one) => one.spec.endpoints.length === 6,
  );
  const lines = [
    'P.eu.example.com CNAME 300 P.example.com',
    'P.eu1.eu.example.com CNAME 300 P.eu.example.com',
    'P.example.com A 300 192.0.2.1 192.0.2.2',
    'P.us.example.com A 300 192.0.2.1 192.0.2.2',
    'P.us1.us.example.com A 300 192.0.2.1 192.0.2.2',
    'P.us2.us.example.com A 300 192.0.2.1 192.0.2.2',
  ];
  expect(endpointLines(object)).toEqual(lines);
  const seen = await eventually(record, (one) => reasons(one)['DNSEndpointWritten'] === 'Written');
  expect(seen.status.dns[0].loadBalancer).toEqual({
    ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }],
  });
  expect(reasons(seen)).toMatchObject({ Ready: 'Published', ClustersSeen: 'AllSeen' });
  expect(object.metadata.ownerReferences).toMatchObject([
    { kind: 'ServiceDNSRecord', name: 'web', uid: seen.metadata.uid },
  ]);
  const other = await json('host', EXTERNAL_DNS, 'service-web');
  expect(endpointLines(other)).toEqual(lines);
});

it('one host name that does not resolve holds nobody up; families apart', async () => {
  await balance('two', 'service', { hostname: 'lb.invalid' }, { ip: '2001:db8::1' });
  const object = await eventually(
    () => json('host', KUBEFED, 'service-web'),
    (one) => one.spec.endpoints.length === 7,
  );
  expect(endpointLines(object).slice(0, 4)).toEqual([
    'P.eu.example.com AAAA 300 2001:db8::1',
    'P.eu1.eu.example.com AAAA 300 2001:db8::1',
    'P.example.com A 300 192.0.2.1 192.0.2.2',
    'P.example.com AAAA 300 2001:db8::1',
  ]);
  const seen = await eventually(
    record,
    (one) => reasons(one)['DNSEndpointWritten'] === 'HostNotResolved',
  );
  expect(reasons(seen)['Ready']).toBe('Published');
});

it('externalName labels every level; dnsPrefix is one more name', async () => {
  const spec = { domainRef: 'test-domain', recordTTL: 300, externalName: 'x', dnsPrefix: 'www' };
  await apply('ServiceDNSRecord', 'web', spec, DNS_API);
  const object = await eventually(
    () => json('host', KUBEFED, 'service-web'),
    (one) => one.spec.endpoints.length === 8,
  );
  const { endpoints } = object.spec;
  expect(endpoints.filter((one: { labels?: object }) => one.labels === undefined)).toEqual([
    {
      dnsName: 'www.example.com',
      recordTTL: 300,
      recordType: 'CNAME',
      targets: ['x.shop.test-domain.svc.example.com'],
    },
  ]);
  expect(endpoints[1].labels).toEqual({ serviceName: 'web' });
});

it('what another changes in a DNSEndpoint is set right', async () => {
  const patch = ['--type=merge', '-p', '{"spec":{"endpoints":[]}}'];
  await federation.host.kubectl(['patch', KUBEFED, 'service-web', '-n', 'shop', ...patch]);
  await eventually(
    () => json('host', KUBEFED, 'service-web'),
    (one) => one.spec.endpoints.length === 8,
  );
});

it('another leader writes nothing where all is as it was', async () => {
  const before = await record();
  await federation.controlPlane.stop();
  await federation.startControlPlane();
  await apply('ServiceDNSRecord', 'none', { domainRef: 'test-domain' }, DNS_API);
  await eventually(
    () => json('host', 'servicednsrecord', 'none'),
    (one) => reasons(one)['DNSEndpointWritten'] === 'NoAddresses',
  );
  const none = await json('host', 'servicednsrecord', 'none');
  expect(reasons(none)['Ready']).toBe('NoServiceInCluster');
  expect((await record()).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  await federation.host.kubectl(['delete', 'servicednsrecord', 'none', '-n', 'shop']);
});

it('an IngressDNSRecord: its host at all addresses', async () => {
  const hosts = ['ingress.example.com'];
  await apply('IngressDNSRecord', 'web', { hosts, recordTTL: 300 }, DNS_API);
  await balance('one', 'ingress', { ip: '192.0.2.7' });
  const object = await eventually(
    () => json('host', KUBEFED, 'ingress-web'),
    (one) => one.spec.endpoints.length === 1,
  );
  expect(endpointLines(object)).toEqual(['ingress.example.com A 300 192.0.2.7']);
  const seen = await json('host', 'ingressdnsrecord', 'web');
  expect(seen.status.dns).toEqual([
    { cluster: 'one', loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } },
    { cluster: 'two', loadBalancer: {} },
  ]);
  expect(reasons(seen)['Ready']).toBe('Published');
});

it('a FederatedServiceStatus, where the type config asks for it', async () => {
  const statusType = {
    group: 'core.kubefed.io',
    version: 'v1alpha1',
    kind: 'FederatedServiceStatus',
    pluralName: 'federatedservicestatuses',
    scope: 'Namespaced',
  };
  const patch = JSON.stringify({ spec: { statusCollection: 'Enabled', statusType } });
  const where = ['-n', 'kube-federation-system', '--type=merge', '-p', patch];
  await federation.host.kubectl(['patch', 'federatedtypeconfig', 'services', ...where]);
  const seen = await eventually(
    () => json('host', 'federatedservicestatus', 'web'),
    (one) => one.clusterStatus.length === 2,
  );
  expect(seen.clusterStatus[1]).toMatchObject({
    clusterName: 'two',
    status: { loadBalancer: { ingress: [{ hostname: 'lb.invalid' }, { ip: '2001:db8::1' }] } },
  });
  expect(seen.metadata.ownerReferences).toMatchObject([{ kind: 'FederatedService', name: 'web' }]);
  const args = ['get', 'federatedtypeconfig', 'services', '-n', 'kube-federation-system'];
  const output = ['-o', 'jsonpath={.status.propagationController} {.status.statusController}'];
  const states = await eventually(
    () => federation.host.kubectl([...args, ...output]),
    (said) => !said.includes('NotRunning'),
  );
  expect(states).toBe('Running Running');
});

it('no endpoint left: its names go up the ladder', async () => {
  const patch = JSON.stringify({
    spec: {
      overrides: [
        { clusterName: 'one', clusterOverrides: [{ op: 'add', path: '/spec/replicas', value: 0 }] },
      ],
    },
  });
  const how = ['-n', 'shop', '--type=merge', '-p', patch];
  await federation.host.kubectl(['patch', 'federateddeployment', 'web', ...how]);
  const seen = await eventually(
    record,
    (one) => one.status.dns[0].loadBalancer.ingress === undefined,
  );
  const ready = seen.status.conditions.find(({ type }: Condition) => type === 'Ready');
  expect(ready).toMatchObject({ status: 'True', message: 'addresses of two; one: NoEndpoints' });
});

it('a member that dies keeps its entry and its names, and is marked', async () => {
  const before = await record();
  await federation.member('two').apiserver.kill9();
  const seen = await eventually(
    record,
    (one) => reasons(one)['ClustersSeen'] === 'ClusterNotReady',
    60_000,
  );
  expect(seen.status.dns).toEqual(before.status.dns);
  const marked = seen.status.conditions.find(({ type }: Condition) => type === 'ClustersSeen');
  expect(marked.message).toBe('as seen last: two: ClusterNotReady');
  const object = await json('host', KUBEFED, 'service-web');
  expect(endpointLines(object)[1]).toMatch(/^x\.shop\.\S+ AAAA 300 2001:db8::1$/);
});

it('with the record its DNSEndpoints go', async () => {
  await federation.host.kubectl(['delete', 'servicednsrecord', 'web', '-n', 'shop']);
  await eventually(
    async () => (await json('host', KUBEFED)).items.length,
    (count) => count === 1,
    60_000,
  );
});
