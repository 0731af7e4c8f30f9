/**
 * A planned move where names are those of the members' own Services, without any record: the copy says
 * that it leaves, servers answer with the others, a TTL later its pods go, and not before the last of
 * them has ended does it come back.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { dig } from '../lab/dig.ts';
import type { RunningProcess } from '../lab/process.ts';
import { ends, makePlace, type Place, startServe } from '../scenario/running-fedns.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const NAMESPACE = 'kube-federation-system';
const TTL_SECONDS = 6;
const NAME = 'web.shop.f.svc.example.com';
const ADDRESSES = new Map([
  ['a', '192.0.2.1'],
  ['b', '192.0.2.2'],
]);

let federation: Federation;
let place: Place;
let server: RunningProcess;

beforeAll(async () => {
  federation = await startFederation({
    members: ['a', 'b'],
    annotations: { 'fedns.io/return-after': '1s' },
    servedTtlSeconds: TTL_SECONDS,
  });
  for (const name of ADDRESSES.keys()) {
    await federation.member(name).addNode('node', { zone: 'z', region: name });
    await federation.join(name);
  }
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  await federation.apply(...objects);
  for (const [name, ip] of ADDRESSES) {
    const patch = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip }] } } });
    await eventually(
      () => federation.get(name, ['service', 'web', '-n', 'shop']),
      () => true,
      60_000,
    );
    const how = ['--subresource=status', '--type=merge', '-p', patch];
    await federation.member(name).kubectl(['patch', 'service', 'web', '-n', 'shop', ...how]);
  }
  const host = { kubeconfig: federation.host.kubeconfigPath, namespace: NAMESPACE };
  const probe = { periodMs: 60_000 };
  place = await makePlace({
    more: {
      zones: ['example.com'],
      federation: { name: 'f', domain: 'example.com', ttlSeconds: TTL_SECONDS },
      members: { host, select: 'load-balancers', probe },
    },
  });
  server = await startServe(place);
}, 240_000);

afterAll(async () => {
  await server?.stop();
  await federation?.stop();
});

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

const TYPES = 'types.kubefed.io/v1beta1';
const objects = [
  object(TYPES, 'FederatedNamespace', { placement }, 'shop'),
  object(TYPES, 'FederatedDeployment', { template: { spec: deployment }, placement }),
  object(TYPES, 'FederatedService', { template: { spec: service }, placement }),
  object('scheduling.kubefed.io/v1alpha1', 'ReplicaSchedulingPreference', {
    targetKind: 'FederatedDeployment',
    totalReplicas: 2,
    rebalance: true,
  }),
];

const answered = (wanted: string) =>
  eventually(
    () => ends(place.port, NAME),
    (seen) => seen === wanted,
    60_000,
  );

/** Ready pods; 0 where there is no workload. */
async function ready(name: string): Promise<number> {
  const { items } = await federation.get(name, ['deployments', '-n', 'shop']);
  const status = items[0]?.status as { readyReplicas?: number } | undefined;
  return status?.readyReplicas ?? 0;
}

async function marks(name: string): Promise<Readonly<Record<string, string>>> {
  const { metadata } = await federation.get(name, ['service', 'web', '-n', 'shop']);
  return metadata.annotations ?? {};
}

const drain = (word: string) =>
  federation.host.kubectl([
    ...['annotate', 'kubefedcluster', 'a', '-n', NAMESPACE],
    `fedns.io/drain-workloads${word}`,
  ]);

it('both answer; drained, one leaves the answers while its pods still run, and they go a TTL later', async () => {
  await answered('192.0.2.1 192.0.2.2');
  await drain('=true');
  await answered('192.0.2.2');
  const leftAtMs = performance.now();
  expect(await ready('a')).toBe(1);
  expect(await ready('b')).toBe(2);
  expect((await marks('a'))['fedns.io/leaving']).toBe('true');
  expect(await marks('b')).not.toHaveProperty('fedns.io/leaving');
  const asked = { host: '127.0.0.1', port: place.port };
  const why = await dig(asked, '+short', 'TXT', `_why.${NAME}`);
  expect(why).toContain('its workload leaves this cluster');
  const preference = await federation.get('host', ['rsp', 'web', '-n', 'shop']);
  const said = preference.status?.conditions?.find(({ type }) => type === 'Ready');
  expect(said?.message).toBe('b 2; waits until clients have forgotten a');
  await eventually(
    () => ready('a'),
    (count) => count === 0,
    60_000,
  );
  expect(performance.now() - leftAtMs).toBeGreaterThan(TTL_SECONDS * 1000);
}, 180_000);

it('gone, it says nothing any more, and nobody is answered with it', async () => {
  await eventually(
    () => marks('a'),
    (seen) => !('fedns.io/leaving' in seen) && !('fedns.io/given-annotations' in seen),
    60_000,
  );
  expect(await ends(place.port, NAME)).toBe('192.0.2.2');
}, 90_000);

it('taken back it runs there again, and answers', async () => {
  await drain('-');
  await answered('192.0.2.1 192.0.2.2');
  expect(await ready('a')).toBe(1);
}, 90_000);
