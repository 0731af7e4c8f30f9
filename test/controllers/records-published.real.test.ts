/**
 * Records of the host as names of our own store: from a Service in a member to an answer, and what a
 * server keeps answering while nothing is known of a record, of its host, or of any of them.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { dig } from '../lab/dig.ts';
import { type Etcd, startEtcd } from '../lab/etcd.ts';
import type { RunningProcess } from '../lab/process.ts';
import { ends, fedns, makePlace, type Place, startServe } from '../scenario/running-fedns.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const API = 'multiclusterdns.kubefed.io/v1alpha1';
const SYSTEM = 'kube-federation-system';
const P = 'web.shop.site.svc';

let federation: Federation;
let etcd: Etcd;
let place: Place;
let server: RunningProcess;

beforeAll(async () => {
  [federation, etcd] = await Promise.all([
    startFederation({ members: ['one'] }),
    startEtcd({ version: '3.7' }),
  ]);
  await federation.member('one').addNode('a', { region: 'us', zone: 'us1' });
  await federation.join('one');
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  const host = { kubeconfig: federation.host.kubeconfigPath };
  const more = {
    zones: ['example.com'],
    controlPlane: { host, publishRecords: true },
    federation: { domain: 'example.com' },
    store: { kind: 'etcd', urls: [etcd.endpoint], folder: './state' },
  };
  place = await makePlace({ more });
  server = await startServe(place);
}, 180_000);

afterAll(async () => {
  await server.stop();
  await federation.stop();
  await etcd.stop();
});

const domain = (name: string, of: string) => ({
  apiVersion: API,
  kind: 'Domain',
  metadata: { name, namespace: SYSTEM },
  domain: of,
});

const record = (kind: string, name: string, spec: object) => ({
  apiVersion: API,
  kind,
  metadata: { name, namespace: 'shop' },
  spec,
});

const service = (name: string, spec: object = {}) =>
  record('ServiceDNSRecord', name, {
    domainRef: 'site',
    allowServiceWithoutEndpoints: true,
    ...spec,
  });

/** What the control plane would write; it must not run. */
async function say(kind: string, name: string, ...addresses: string[]): Promise<void> {
  const entry = { cluster: 'one', region: 'us', zones: ['us1'] };
  const ingress = addresses.map((ip) => (ip.includes('.invalid') ? { hostname: ip } : { ip }));
  const status = { domain: 'example.com', dns: [{ ...entry, loadBalancer: { ingress } }] };
  const how = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
  await federation.host.kubectl(['patch', kind, name, '-n', 'shop', ...how]);
}

const answered = (name: string, wanted: string, limitMs = 20_000) =>
  eventually(
    () => ends(place.port, name),
    (seen) => seen === wanted,
    limitMs,
  );

it('from a Service in a member to an answer of each level, and of its prefix', async () => {
  const template = { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } };
  const types = { apiVersion: 'types.kubefed.io/v1beta1' };
  const everywhere = { placement: { clusterSelector: {} } };
  await federation.apply(
    domain('site', 'example.com'),
    {
      ...types,
      kind: 'FederatedNamespace',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: everywhere,
    },
    {
      ...types,
      kind: 'FederatedService',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { template, ...everywhere },
    },
    service('web', { dnsPrefix: 'www' }),
  );
  await eventually(
    () => federation.member('one').kubectl(['get', 'service', 'web', '-n', 'shop']),
    () => true,
    60_000,
  );
  const ingress = [{ ip: '192.0.2.1' }];
  const status = JSON.stringify({ status: { loadBalancer: { ingress } } });
  const how = ['--subresource=status', '--type=merge', '-p', status];
  await federation.member('one').kubectl(['patch', 'service', 'web', '-n', 'shop', ...how]);
  for (const name of [`${P}.us1.us.`, `${P}.us.`, `${P}.`, 'www.']) {
    await answered(`${name}example.com`, '192.0.2.1');
  }
  const stored = await etcd.ctl(['get', '--prefix', '/skydns/com/example/www']);
  expect(stored).toContain('fedns-records');
  const server = { host: '127.0.0.1', port: place.port };
  const why = await dig(server, '+short', 'TXT', `_why.${P}.us.example.com`);
  expect(why).toContain('"in one"');
});

it('what nobody has looked at yet keeps what it had; then it says anew', async () => {
  await federation.controlPlane.stop();
  const how = ['--subresource=status', '--type=merge', '-p', '{"status":null}'];
  await federation.host.kubectl(['patch', 'servicednsrecord', 'web', '-n', 'shop', ...how]);
  await federation.apply(service('next'));
  await say('servicednsrecord', 'next', '192.0.2.9');
  // Written after it: the new record was seen.
  await answered('next.shop.site.svc.example.com', '192.0.2.9');
  expect(await ends(place.port, `${P}.us1.us.example.com`)).toBe('192.0.2.1');
  expect(await ends(place.port, 'www.example.com')).toBe('192.0.2.1');
  await say('servicednsrecord', 'web', '192.0.2.2');
  await answered('www.example.com', '192.0.2.2');
});

it('hosts of an Ingress; what is outside of our zones is told, and left out', async () => {
  await federation.apply(
    record('IngressDNSRecord', 'web', { hosts: ['shop.example.com', 'shop.example.org'] }),
  );
  await say('ingressdnsrecord', 'web', '192.0.2.7');
  await answered('shop.example.com', '192.0.2.7');
  expect(server.log()).toContain(
    'IngressDNSRecord shop/web: shop.example.org.: in none of our zones',
  );
});

it('a host name never resolved yet empties nothing, whatever else is written', async () => {
  await say('servicednsrecord', 'web', 'lb.invalid');
  await say('servicednsrecord', 'next', '192.0.2.10');
  await answered('next.shop.site.svc.example.com', '192.0.2.10');
  expect(await ends(place.port, `${P}.example.com`)).toBe('192.0.2.2');
  await say('servicednsrecord', 'web', '192.0.2.2', '192.0.2.3');
  await answered(`${P}.example.com`, '192.0.2.2 192.0.2.3');
});

it('a deleted record takes its names along, a neighbour keeps its', async () => {
  await federation.host.kubectl(['delete', 'servicednsrecord', 'next', '-n', 'shop']);
  await answered('next.shop.site.svc.example.com', 'NXDOMAIN');
  expect(await ends(place.port, `${P}.example.com`)).toBe('192.0.2.2 192.0.2.3');
});

it('many that go at once are held until a person accepts it', async () => {
  const names = Array.from({ length: 15 }, (_, index) => `many${index}`);
  await federation.apply(...names.map((name) => service(name)));
  for (const name of names) await say('servicednsrecord', name, '192.0.2.20');
  await answered('many14.shop.site.svc.example.com', '192.0.2.20');
  await federation.host.kubectl(['delete', 'servicednsrecords', '--all', '-n', 'shop']);
  await eventually(
    async () => server.log(),
    (log) => log.includes('removals-held'),
  );
  expect(await ends(place.port, 'many14.shop.site.svc.example.com')).toBe('192.0.2.20');
  expect(await ends(place.port, `${P}.example.com`)).toBe('192.0.2.2 192.0.2.3');
  expect((await fedns(place, ['store', 'accept', 'example.com'])).code).toBe(0);
  await answered('many14.shop.site.svc.example.com', 'NXDOMAIN');
});

it('the host away, a restarted server answers, and takes nothing out', async () => {
  await federation.apply(service('web'));
  await say('servicednsrecord', 'web', '192.0.2.30');
  await answered(`${P}.example.com`, '192.0.2.30');
  await federation.host.apiserver.kill9();
  await server.stop();
  server = await startServe(place);
  await answered(`${P}.example.com`, '192.0.2.30');
  await eventually(
    async () => server.log(),
    (log) => log.includes('records of the host not read'),
  );
  expect(await ends(place.port, `${P}.example.com`)).toBe('192.0.2.30');
}, 60_000);
