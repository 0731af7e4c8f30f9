/**
 * ReplicaSchedulingPreferences on real clusters with their controllers: every documented case, what a
 * dead member costs, and that what moves is ready before what it replaces goes.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const NAMESPACE = 'kube-federation-system';
const CLUSTERS = ['a', 'b', 'c'];

let federation: Federation;

beforeAll(async () => {
  federation = await startFederation({
    members: CLUSTERS,
    annotations: { 'fedns.io/workload-grace': '2s', 'fedns.io/return-after': '2s' },
  });
  for (const name of CLUSTERS) {
    await federation.member(name).addNode('node', { zone: 'z', region: 'r' });
    await federation.join(name);
  }
  await federation.host.kubectl(['create', 'namespace', 'test-ns']);
  await federation.apply({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedNamespace',
    metadata: { name: 'test-ns', namespace: 'test-ns' },
    spec: { placement: { clusterSelector: {} } },
  });
  await federation.apply(deployment);
}, 180_000);

afterAll(() => federation.stop());

const pods = {
  metadata: { labels: { app: 'w' } },
  spec: { containers: [{ name: 'w', image: 'w' }] },
};
const deployment = {
  apiVersion: 'types.kubefed.io/v1beta1',
  kind: 'FederatedDeployment',
  metadata: { name: 'test-deployment', namespace: 'test-ns' },
  spec: {
    placement: { clusterSelector: {} },
    template: { spec: { replicas: 1, selector: { matchLabels: { app: 'w' } }, template: pods } },
  },
};

async function prefer(spec: object): Promise<void> {
  await federation.host.kubectl(['delete', 'rsp', '-n', 'test-ns', '--all']);
  await federation.apply({
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name: 'test-deployment', namespace: 'test-ns' },
    spec: { targetKind: 'FederatedDeployment', ...spec },
  });
}

/** Replicas that the members' workloads want; absent where there is no workload. */
async function spread(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const name of CLUSTERS) {
    try {
      const { items } = await federation.get(name, ['deployments', '-n', 'test-ns']);
      if (items[0] !== undefined) found[name] = items[0].spec?.['replicas'];
    } catch {
      found[name] = 'unreachable';
    }
  }
  return found;
}

async function spreads(want: Record<string, unknown>, limitMs = 40_000): Promise<void> {
  const text = JSON.stringify(want);
  await eventually(spread, (seen) => JSON.stringify(seen) === text, limitMs);
}

it('nine over three clusters are three each', async () => {
  await prefer({ totalReplicas: 9 });
  await spreads({ a: 3, b: 3, c: 3 });
  const seen = await eventually(
    () => federation.get('host', ['rsp', 'test-deployment', '-n', 'test-ns']),
    ({ status }) => status?.conditions?.[0]?.reason === 'Scheduled',
  );
  expect(seen.status?.conditions?.[0]?.message).toBe('a 3, b 3, c 3');
});

it('weights one and two', async () => {
  await prefer({
    totalReplicas: 9,
    rebalance: true,
    clusters: { a: { weight: 1 }, b: { weight: 2 } },
  });
  await spreads({ a: 3, b: 6, c: 0 });
});

it('minimums and maximums', async () => {
  await prefer({
    totalReplicas: 9,
    rebalance: true,
    clusters: {
      a: { minReplicas: 4, maxReplicas: 6, weight: 1 },
      b: { minReplicas: 4, maxReplicas: 8, weight: 2 },
    },
  });
  await spreads({ a: 4, b: 5, c: 0 });
});

it('a maximum of one, and what is left to the others', async () => {
  await prefer({
    totalReplicas: 50,
    rebalance: true,
    clusters: { '*': { weight: 1 }, c: { maxReplicas: 20, weight: 1 } },
  });
  await eventually(spread, (seen) => {
    const counts = Object.values(seen).map(Number);
    return counts.length === 3 && Math.min(...counts) === 16 && Math.max(...counts) === 17;
  });
}, 60_000);

/** What the others of b want while it cannot be asked. */
const spreadWithoutB = async () => {
  const seen = await spread();
  return [seen['a'], seen['c']];
};

it('a member whose API alone is lost keeps its replicas as long as its addresses answer', async () => {
  const balancer = createServer((socket) => socket.on('error', () => undefined).end()).listen(
    0,
    '127.0.0.1',
  );
  await once(balancer, 'listening');
  const { port } = balancer.address() as AddressInfo;
  const member = federation.member('b');
  const metadata = { name: 'w', namespace: 'test-ns', labels: { 'kubefed.io/managed': 'true' } };
  const spec = { type: 'LoadBalancer', ports: [{ port }] };
  const service = { apiVersion: 'v1', kind: 'Service', metadata, spec };
  await member.kubectl(['apply', '-f', '-'], JSON.stringify(service));
  const status = { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } };
  const how = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
  await member.kubectl(['patch', 'service', 'w', '-n', 'test-ns', ...how]);
  const before = await spreadWithoutB();
  // Its watch tells of the address within a moment.
  await setTimeout(1000);
  await member.apiserver.kill9();
  await eventually(
    () => federation.get('host', ['kubefedcluster', 'b', '-n', NAMESPACE]),
    (seen) =>
      seen.status?.conditions?.some(({ reason }) => reason === 'ClusterNotReachable') === true,
  );
  // More than its grace, and more than one look at its addresses.
  await setTimeout(8000);
  expect(await spreadWithoutB()).toEqual(before);
  const silentMs = performance.now();
  balancer.close();
  await eventually(spreadWithoutB, ([a, c]) => a === 30 && c === 20, 60_000);
  // Both signals are lost for the grace together: from the first silence on, not from the API's loss.
  expect(performance.now() - silentMs).toBeGreaterThan(2000);
}, 100_000);

it('a member that died gets its replicas back when it has held for a while', async () => {
  await federation.member('b').restartApi();
  await eventually(
    spread,
    (seen) => {
      const counts = Object.values(seen).map(Number);
      return counts.length === 3 && Math.min(...counts) === 16 && Math.max(...counts) === 17;
    },
    60_000,
  );
}, 150_000);

it('only where the selectors leave it, or the namespace may be, there are replicas', async () => {
  const workload = ['federateddeployment', 'test-deployment', '-n', 'test-ns'];
  const patch = (object: readonly string[], spec: object) =>
    federation.host.kubectl(['patch', ...object, '--type=merge', '-p', JSON.stringify({ spec })]);
  for (const name of ['a', 'b']) {
    await federation.host.kubectl(['label', 'kubefedcluster', name, '-n', NAMESPACE, 'tier=front']);
  }
  const front = { matchLabels: { tier: 'front' } };
  await patch(workload, { placement: { clusterSelector: front } });
  await prefer({ totalReplicas: 8, rebalance: true, intersectWithClusterSelector: true });
  await spreads({ a: 4, b: 4 });
  await patch(workload, { placement: { clusterSelector: { matchLabels: null } } });
  await eventually(spread, (seen) => Object.keys(seen).length === 3);
  // Asked of no preference: where its namespace may not be, replicas would run nowhere.
  const namespace = ['federatednamespace', 'test-ns', '-n', 'test-ns'];
  await patch(namespace, { clusterLimit: front });
  await prefer({ totalReplicas: 8, rebalance: true });
  await spreads({ a: 4, b: 4 });
  await patch(namespace, { clusterLimit: null });
  await eventually(spread, (seen) => Object.keys(seen).length === 3);
}, 120_000);

it('a drained cluster gives up only what others have ready', async () => {
  await prefer({ totalReplicas: 6, rebalance: true });
  await spreads({ a: 2, b: 2, c: 2 }, 60_000);
  const readyCount = async () => {
    let sum = 0;
    for (const name of CLUSTERS) {
      const { items } = await federation.get(name, ['pods', '-n', 'test-ns']);
      sum += items.filter(({ status }) =>
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      ).length;
    }
    return sum;
  };
  await eventually(readyCount, (count) => count >= 6);
  const drain = [
    'annotate',
    'kubefedcluster',
    'c',
    '-n',
    NAMESPACE,
    'fedns.io/drain-workloads=true',
  ];
  await federation.host.kubectl(drain);
  let least = Number.POSITIVE_INFINITY;
  await eventually(
    async () => {
      least = Math.min(least, await readyCount());
      return spread();
    },
    (seen) => JSON.stringify(seen) === '{"a":3,"b":3}',
    40_000,
  );
  expect(least).toBeGreaterThanOrEqual(6);
}, 120_000);

it('a label edit that a preference follows empties no two members', async () => {
  const label = (word: string, ...clusters: readonly string[]) =>
    federation.host.kubectl(['label', 'kubefedcluster', ...clusters, '-n', NAMESPACE, word]);
  const undrain = ['annotate', 'kubefedcluster', 'c', '-n', NAMESPACE, 'fedns.io/drain-workloads-'];
  await federation.host.kubectl(undrain);
  await label('tier=front', ...CLUSTERS);
  const clusterSelector = { matchLabels: { tier: 'front' } };
  await federation.host.kubectl([
    ...['patch', 'federateddeployment', 'test-deployment', '-n', 'test-ns', '--type=merge', '-p'],
    JSON.stringify({ spec: { placement: { clusterSelector } } }),
  ]);
  await prefer({ totalReplicas: 6, rebalance: true, intersectWithClusterSelector: true });
  await spreads({ a: 2, b: 2, c: 2 }, 60_000);
  await eventually(
    () => federation.get('host', ['rsp', 'test-deployment', '-n', 'test-ns']),
    ({ status }) => status?.conditions?.[0]?.reason === 'Scheduled',
  );
  await label('tier-', 'b', 'c');
  await eventually(
    () => federation.get('host', ['federatedtypeconfig', 'deployments.apps', '-n', NAMESPACE]),
    ({ status }) => status?.conditions?.[0]?.reason === 'RemovalsHeld',
    60_000,
  );
  const running = Object.entries(await spread()).filter(([, count]) => Number(count) > 0);
  expect(running.length).toBeGreaterThanOrEqual(2);
  await label('tier=front', 'b', 'c');
  await spreads({ a: 2, b: 2, c: 2 }, 60_000);
}, 180_000);
