/**
 * FederatedHorizontalPodAutoscalers on real API servers: limits that clusters share, and workloads
 * whose replicas are the members' as long as one targets them. Nobody scales there but this test: it
 * writes what an autoscaler's controller would.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { federatedCrd } from '../../src/federation/federated-types/federated-crd.ts';
import { typeConfigFor } from '../../src/federation/federated-types/type-config.ts';
import { AUTOSCALERS } from './definitions.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const CLUSTERS = ['a', 'b', 'c'];

let federation: Federation;

beforeAll(async () => {
  federation = await startFederation({
    members: CLUSTERS,
    withWorkloads: false,
    annotations: { 'fedns.io/workload-grace': '1s', 'fedns.io/return-after': '1s' },
  });
  for (const name of CLUSTERS) await federation.join(name);
  await federation.apply(federatedCrd(AUTOSCALERS));
  await federation.host.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  await federation.apply(typeConfigFor(AUTOSCALERS, { namespace: 'kube-federation-system' }));
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  await federation.apply(federated('Namespace', 'shop', {}));
}, 180_000);

afterAll(() => federation.stop());

function federated(kind: string, name: string, spec: object, annotations = {}): object {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: `Federated${kind}`,
    metadata: { name, namespace: 'shop', annotations },
    spec: { placement: { clusterSelector: {} }, ...spec },
  };
}

const autoscaler = (name: string, limits: object, annotations = {}) =>
  federated(
    'HorizontalPodAutoscaler',
    name,
    {
      template: {
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
          ...limits,
        },
      },
    },
    annotations,
  );

const SHARED = { 'fedns.io/share-limits': 'true' };

/** `a 1..3`; absent where there is no autoscaler. */
async function limits(name: string): Promise<string> {
  const words: string[] = [];
  for (const cluster of CLUSTERS) {
    try {
      const { items } = await federation.get(cluster, ['hpa', '-n', 'shop']);
      const spec = items.find(({ metadata }) => metadata.name === name)?.spec;
      if (spec !== undefined)
        words.push(`${cluster} ${spec['minReplicas']}..${spec['maxReplicas']}`);
    } catch {
      words.push(`${cluster} away`);
    }
  }
  return words.join(', ');
}

const areLimits = (name: string, want: string, limitMs = 40_000) =>
  eventually(
    () => limits(name),
    (seen) => seen === want,
    limitMs,
  );

/** What its controller would say there. */
async function scaled(cluster: string, name: string, replicas: number): Promise<void> {
  const status = { currentReplicas: replicas, desiredReplicas: replicas };
  await federation
    .member(cluster)
    .kubectl([
      ...['patch', 'hpa', name, '-n', 'shop', '--subresource=status', '--type=merge'],
      ...['-p', JSON.stringify({ status })],
    ]);
}

it('three to nine over three clusters are one to three each', async () => {
  await federation.apply(autoscaler('shared', { minReplicas: 3, maxReplicas: 9 }, SHARED));
  await areLimits('shared', 'a 1..3, b 1..3, c 1..3');
  const told = await eventually(
    () => federation.get('host', ['fhpa', 'shared', '-n', 'shop']),
    ({ status }) => status?.conditions?.some(({ reason }) => reason === 'Planned') === true,
  );
  const shared = told.status?.conditions?.find(({ type }) => type === 'Shared');
  expect(shared?.message).toBe('a 1 to 3, b 1 to 3, c 1 to 3');
});

it('one that needs it gets one of another that does not', async () => {
  await scaled('a', 'shared', 3);
  await scaled('b', 'shared', 1);
  await scaled('c', 'shared', 2);
  await areLimits('shared', 'a 1..4, b 1..2, c 1..3');
  // And there it stays, until one of them scales.
  await sleep(2000);
  expect(await limits('shared')).toBe('a 1..4, b 1..2, c 1..3');
});

it('a share of 0 is no autoscaler', async () => {
  await federation.apply(autoscaler('few', { maxReplicas: 2 }, SHARED));
  // Who got both gives one that it does not use to one of the others, and there is no more to give.
  const isOfTwo = (now: string) => /^[ab] 1\.\.1, [bc] 1\.\.1$/.test(now);
  await eventually(() => limits('few'), isOfTwo);
  await sleep(2000);
  expect(await limits('few')).toSatisfy(isOfTwo);
  await federation.apply(autoscaler('few', { maxReplicas: 9 }, SHARED));
  await eventually(
    () => limits('few'),
    (now) => now.split(', ').length === 3,
  );
});

it('one that does not ask for it is copied whole', async () => {
  await federation.apply(autoscaler('whole', { minReplicas: 3, maxReplicas: 9 }));
  await areLimits('whole', 'a 3..9, b 3..9, c 3..9');
});

const labels = { app: 'web' };
const workload = (image: string) =>
  federated('Deployment', 'web', {
    template: {
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
      },
    },
  });

async function replicas(): Promise<string> {
  const words: string[] = [];
  for (const cluster of CLUSTERS) {
    const { spec } = await federation.get(cluster, ['deployment', 'web', '-n', 'shop']);
    const containers = JSON.stringify(spec?.['template']);
    words.push(`${cluster} ${spec?.['replicas']} ${/"image":"(\w+)"/.exec(containers)?.[1]}`);
  }
  return words.join(', ');
}

const areReplicas = (want: string) => eventually(replicas, (seen) => seen === want, 40_000);

it('a workload that an autoscaler targets keeps the replicas of its members', async () => {
  await federation.apply(workload('old'), {
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { targetKind: 'FederatedDeployment', totalReplicas: 6 },
  });
  await areReplicas('a 2 old, b 2 old, c 2 old');
  await federation.apply(autoscaler('web', { minReplicas: 3, maxReplicas: 30 }, SHARED));
  const preference = () => federation.get('host', ['rsp', 'web', '-n', 'shop']);
  await eventually(preference, ({ status }) => status?.conditions?.[0]?.reason === 'Autoscaled');
  await areLimits('web', 'a 1..10, b 1..10, c 1..10');
  const scale = (cluster: string, count: number) =>
    federation
      .member(cluster)
      .kubectl(['scale', 'deployment', 'web', '-n', 'shop', `--replicas=${count}`]);
  await scale('a', 7);
  await scale('b', 1);
  await federation.apply(workload('new'));
  await areReplicas('a 7 new, b 1 new, c 2 new');
}, 120_000);

it('also by another control plane, which has yet to read that', async () => {
  await federation.controlPlane.stop();
  await federation.startControlPlane();
  await federation.apply(workload('newer'));
  const seen = new Set<string>();
  await eventually(
    async () => {
      const now = await replicas();
      seen.add(now.replaceAll(/ (new|newer)\b/g, ''));
      return now;
    },
    (now) => now === 'a 7 newer, b 1 newer, c 2 newer',
    40_000,
  );
  expect([...seen]).toEqual(['a 7, b 1, c 2']);
}, 120_000);

it('until it goes: then they are what was planned', async () => {
  await federation.host.kubectl(['delete', 'fhpa', 'web', '-n', 'shop']);
  await areReplicas('a 2 newer, b 2 newer, c 2 newer');
  expect(await limits('web')).toBe('');
}, 120_000);

it('a dead member gives its limits to the others', async () => {
  await federation.apply(autoscaler('mortal', { minReplicas: 3, maxReplicas: 9 }, SHARED));
  await areLimits('mortal', 'a 1..3, b 1..3, c 1..3');
  await federation.member('b').apiserver.kill9();
  const sums = (seen: string) => {
    const [, ...found] = /^a (\d+)\.\.(\d+), b away, c (\d+)\.\.(\d+)$/.exec(seen) ?? [];
    const [minA = 0, maxA = 0, minC = 0, maxC = 0] = found.map(Number);
    return `${minA + minC}..${maxA + maxC}`;
  };
  await eventually(
    () => limits('mortal'),
    (seen) => sums(seen) === '3..9',
    40_000,
  );
  await federation.member('b').restartApi();
  await eventually(
    () => limits('mortal'),
    (seen) => /^a .*, b \d+\.\.\d+, c .*$/.test(seen),
    60_000,
  );
}, 150_000);
