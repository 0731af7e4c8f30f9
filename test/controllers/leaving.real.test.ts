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
    await eventually(
      () => federation.get(name, ['service', 'web', '-n', 'shop']),
      () => true,
      60_000,
    );
    const ingress = [{ ip: addresses.get(name) }];
    const patch = JSON.stringify({ status: { loadBalancer: { ingress } } });
    const how = ['--subresource=status', '--type=merge', '-p', patch];
    await federation.member(name).kubectl(['patch', 'service', 'web', '-n', 'shop', ...how]);
  }
}, 180_000);

afterAll(() => federation.stop());

const addresses = new Map<string, string>();
const labels = { app: 'web' };
const container = { name: 'main', image: 'lab.example/any' };
const pod = { metadata: { labels }, spec: { containers: [container] } };
const deployment = { replicas: 1, selector: { matchLabels: labels }, template: pod };
const service = { type: 'LoadBalancer', selector: labels, ports: [{ port: 80 }] };
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
  const record = await federation.get('host', ['servicednsrecord', 'web', '-n', 'shop']);
  const why = record.status?.conditions?.find(({ type }) => type === 'Ready');
  expect(why?.message).toBe('addresses of b; a: Leaving');
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
