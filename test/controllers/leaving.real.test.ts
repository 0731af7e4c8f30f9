/**
 * A planned move on real clusters, in its order: the others are ready, the shard leaves the answers,
 * clients forget it, its pods go. And back again.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const NAMESPACE = 'kube-federation-system';
const TYPES = 'types.kubefed.io/v1beta1';
const TTL_SECONDS = 6;

let federation: Federation;

beforeAll(async () => {
  federation = await startFederation({
    members: ['a', 'b'],
    annotations: { 'fedns.io/return-after': '1s' },
  });
  for (const [name, last] of [
    ['a', 1],
    ['b', 2],
  ] as const) {
    await federation.member(name).addNode('node', { zone: 'z', region: name });
    await federation.join(name);
    addresses.set(name, `192.0.2.${last}`);
  }
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  await federation.apply(...objects);
  for (const name of ['a', 'b']) {
    const ingress = [{ ip: addresses.get(name) }];
    const patch = JSON.stringify({ status: { loadBalancer: { ingress } } });
    const how = ['--subresource=status', '--type=merge', '-p', patch];
    for (const kind of ['service', 'ingress']) {
      await eventually(
        () => federation.get(name, [kind, 'web', '-n', 'shop']),
        () => true,
        60_000,
      );
      await federation.member(name).kubectl(['patch', kind, 'web', '-n', 'shop', ...how]);
    }
  }
}, 180_000);

afterAll(() => federation.stop());

const addresses = new Map<string, string>();
const labels = { app: 'web' };
const container = { name: 'main', image: 'lab.example/any' };
const pod = { metadata: { labels }, spec: { containers: [container] } };
const deployment = { replicas: 1, selector: { matchLabels: labels }, template: pod };
const service = { type: 'LoadBalancer', selector: labels, ports: [{ port: 80 }] };
const ingress = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } };
const placement = { clusterSelector: {} };

const object = (apiVersion: string, kind: string, spec: object, name = 'web') => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop' },
  spec,
});

const objects = [
  {
    apiVersion: 'multiclusterdns.kubefed.io/v1alpha1',
    kind: 'Domain',
    metadata: { name: 'site', namespace: NAMESPACE },
    domain: 'example.com',
  },
  object(TYPES, 'FederatedNamespace', { placement }, 'shop'),
  object(TYPES, 'FederatedDeployment', { template: { spec: deployment }, placement }),
  object(TYPES, 'FederatedService', { template: { spec: service }, placement }),
  object(TYPES, 'FederatedIngress', { template: { spec: ingress }, placement }),
  object('multiclusterdns.kubefed.io/v1alpha1', 'IngressDNSRecord', {
    hosts: ['www.example.com'],
    recordTTL: TTL_SECONDS,
  }),
  object('scheduling.kubefed.io/v1alpha1', 'ReplicaSchedulingPreference', {
    targetKind: 'FederatedDeployment',
    totalReplicas: 2,
    rebalance: true,
  }),
  object('multiclusterdns.kubefed.io/v1alpha1', 'ServiceDNSRecord', {
    domainRef: 'site',
    recordTTL: TTL_SECONDS,
  }),
];

/** Clusters whose addresses the record has. */
async function answering(): Promise<string> {
  const { status } = await federation.get('host', ['servicednsrecord', 'web', '-n', 'shop']);
  const entries = (status as { dns?: { cluster: string; loadBalancer: { ingress?: object[] } }[] })
    ?.dns;
  return (entries ?? [])
    .filter(({ loadBalancer }) => (loadBalancer.ingress ?? []).length > 0)
    .map(({ cluster }) => cluster)
    .join(' ');
}

/** Ready pods; 0 where there is no workload. */
async function ready(name: string): Promise<number> {
  const { items } = await federation.get(name, ['deployments', '-n', 'shop']);
  const status = items[0]?.status as { readyReplicas?: number } | undefined;
  return status?.readyReplicas ?? 0;
}

const drain = (word: string) =>
  federation.host.kubectl([
    'annotate',
    'kubefedcluster',
    'a',
    '-n',
    NAMESPACE,
    `fedns.io/drain-workloads${word}`,
  ]);

it('both answer; drained, one leaves the answers while its pods still run, and they go a TTL later', async () => {
  await eventually(answering, (seen) => seen === 'a b', 60_000);
  await drain('=true');
  await eventually(answering, (seen) => seen === 'b', 60_000);
  const leftAtMs = performance.now();
  expect(await ready('a')).toBe(1);
  expect(await ready('b')).toBe(2);
  const preference = await federation.get('host', ['rsp', 'web', '-n', 'shop']);
  const said = preference.status?.conditions?.find(({ type }) => type === 'Ready');
  expect(said).toMatchObject({
    reason: 'Moving',
    message: 'b 2; waits until clients have forgotten a',
  });
  // Names of the Service, and hosts of the Ingress that leads to it.
  for (const kind of ['servicednsrecord', 'ingressdnsrecord']) {
    await eventually(
      () => federation.get('host', [kind, 'web', '-n', 'shop']),
      ({ status }) =>
        status?.conditions?.some(({ message }) => message === 'addresses of b; a: Leaving') ===
        true,
    );
  }
  await eventually(
    () => ready('a'),
    (count) => count === 0,
    60_000,
  );
  expect(performance.now() - leftAtMs).toBeGreaterThan(TTL_SECONDS * 1000);
  expect(await answering()).toBe('b');
}, 180_000);

it('taken back it runs there again, and answers', async () => {
  await drain('-');
  await eventually(answering, (seen) => seen === 'a b', 60_000);
  expect(await ready('a')).toBe(1);
}, 90_000);

it('a member that leaves the federation leaves the records, their DNSEndpoints, and no name behind', async () => {
  const endpoints = async () => {
    const { spec } = await federation.get('host', [
      'dnsendpoints.multiclusterdns.kubefed.io',
      ...['service-web', '-n', 'shop'],
    ]);
    return JSON.stringify(spec);
  };
  await eventually(endpoints, (text) => text.includes('192.0.2.1'));
  // The last that unjoin does.
  await federation.host.kubectl(['delete', 'kubefedcluster', 'a', '-n', NAMESPACE]);
  await eventually(endpoints, (text) => !text.includes('192.0.2.1') && text.includes('192.0.2.2'));
  expect(await endpoints()).not.toMatch(/\.a\.example\.com/);
  const { status } = await federation.get('host', ['servicednsrecord', 'web', '-n', 'shop']);
  const { dns } = status as unknown as { dns: { cluster: string }[] };
  expect(dns.map(({ cluster }) => cluster)).toEqual(['b']);
  // It runs on there: to leave is not to be deleted.
  expect(await ready('a')).toBe(1);
}, 60_000);
