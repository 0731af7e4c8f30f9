/**
 * Nothing empties itself: what would take many copies along is held until a person accepts just
 * that; what was a mistake is undone, and nothing was lost. On real clusters with their controllers.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';
import { federationVerbs } from './verbs/federation-verbs.ts';

const NAMES = Array.from({ length: 14 }, (_, index) => `settings-${index + 1}`);
const NAMESPACE = 'kube-federation-system';

let federation: Federation;

beforeAll(async () => {
  federation = await startFederation({ members: ['one', 'two', 'three'] });
  for (const name of ['one', 'two', 'three']) await federation.join(name, { tier: 'front' });
  for (const namespace of ['shop', 'depot']) {
    await federation.host.kubectl(['create', 'namespace', namespace]);
    await federation.apply(federated('Namespace', namespace, namespace));
  }
  await federation.apply(...NAMES.map((name) => federated('ConfigMap', 'shop', name)));
  for (const cluster of ['one', 'two', 'three']) await copies(cluster, 'shop', NAMES.length);
}, 180_000);

afterAll(() => federation.stop());

function federated(kind: string, namespace: string, name: string): object {
  const placement = { clusterSelector: { matchLabels: { tier: 'front' } } };
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: `Federated${kind}`,
    metadata: { name, namespace },
    spec: { placement, ...(kind !== 'Namespace' && { template: { data: { a: 'b' } } }) },
  };
}

const managed = (cluster: string, namespace: string) =>
  federation.get(cluster, ['configmap', '-n', namespace, '-l', 'kubefed.io/managed=true']);

function copies(cluster: string, namespace: string, count: number, limitMs = 30_000) {
  return eventually(
    () => managed(cluster, namespace),
    ({ items }) => items.length === count,
    limitMs,
  );
}

/** The id under which removals of the type are held. */
async function heldAs(type: string): Promise<string> {
  const seen = await eventually(
    () => federation.get('host', ['federatedtypeconfig', type, '-n', NAMESPACE]),
    ({ status }) => status?.conditions?.[0]?.reason === 'RemovalsHeld',
  );
  const id = /"fedns accept (\w+)"/.exec(seen.status?.conditions?.[0]?.message ?? '')?.[1];
  if (id === undefined) throw new Error('no id is told');
  return id;
}

function notHeld(type: string) {
  return eventually(
    () => federation.get('host', ['federatedtypeconfig', type, '-n', NAMESPACE]),
    ({ status }) => status?.conditions?.[0]?.reason === 'Running',
  );
}

const annotate = (id: string, type: string) =>
  federation.host.kubectl([
    ...['annotate', 'federatedtypeconfig', type, '-n', NAMESPACE, `fedns.io/accept-removals=${id}`],
  ]);

const relabel = (tier: string, ...clusters: readonly string[]) =>
  federation.host.kubectl([
    ...['label', 'kubefedcluster', ...clusters, '-n', NAMESPACE, `tier=${tier}`, '--overwrite'],
  ]);

it('a label edit that would empty two members is held, and undone loses nothing', async () => {
  const before = await managed('one', 'shop');
  await relabel('back', 'one', 'two');
  await heldAs('configmaps');
  const object = await federation.get('host', ['federatedconfigmap', 'settings-1', '-n', 'shop']);
  expect(object.status?.clusters?.map(({ name, status }) => [name, status])).toEqual([
    ['one', 'RemovalHeld'],
    ['three', undefined],
    ['two', 'RemovalHeld'],
  ]);
  await relabel('front', 'one', 'two');
  await notHeld('configmaps');
  const after = await managed('one', 'shop');
  expect(after.items.map(({ metadata }) => metadata.uid)).toEqual(
    before.items.map(({ metadata }) => metadata.uid),
  );
});

it('what is meant goes once its id is accepted, and no other id', async () => {
  await relabel('back', 'three');
  const id = await heldAs('configmaps');
  await annotate('0123456789ab', 'configmaps');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await copies('three', 'shop', NAMES.length);
  await annotate(await heldAs('configmaps'), 'configmaps');
  expect(id).toMatch(/^[0-9a-f]{12}$/);
  await copies('three', 'shop', 0);
  await copies('one', 'shop', NAMES.length);
  await notHeld('configmaps');
});

it('a few that go are not held', async () => {
  const objects = NAMES.slice(0, 2).map((name) => federated('ConfigMap', 'depot', name));
  await federation.apply(...objects);
  for (const cluster of ['one', 'two']) await copies(cluster, 'depot', 2);
  const placement = { clusters: [{ name: 'two' }] };
  await federation.apply(...objects.map((one) => ({ ...one, spec: { placement, template: {} } })));
  await copies('one', 'depot', 0);
});

it('a label edit that would scale two members to zero is held, and goes once it is accepted', async () => {
  const pods = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'web' }] },
  };
  const selector = { matchLabels: { app: 'web' } };
  const atNight = { op: 'replace', path: '/spec/replicas', value: 0 };
  await federation.apply({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedDeployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      placement: { clusterSelector: {} },
      template: { spec: { replicas: 2, selector, template: pods } },
      selectorOverrides: [
        { clusterSelector: { matchLabels: { night: 'yes' } }, clusterOverrides: [atNight] },
      ],
    },
  });
  const replicas = async () => {
    const seen = ['one', 'two'].map((name) =>
      federation.get(name, ['deployment', 'web', '-n', 'shop']),
    );
    return (await Promise.all(seen)).map(({ spec }) => spec?.['replicas']);
  };
  const areReplicas = (want: number) =>
    eventually(replicas, (seen) => seen.every((count) => count === want));
  const night = (word: string) =>
    federation.host.kubectl(['label', 'kubefedcluster', 'one', 'two', '-n', NAMESPACE, word]);
  await areReplicas(2);
  await night('night=yes');
  await heldAs('deployments.apps');
  const object = await federation.get('host', ['federateddeployment', 'web', '-n', 'shop']);
  expect(object.status?.clusters?.map(({ name, status }) => [name, status])).toEqual([
    ['one', 'RemovalHeld'],
    ['two', 'RemovalHeld'],
  ]);
  expect(await replicas()).toEqual([2, 2]);
  await night('night-');
  await notHeld('deployments.apps');
  await night('night=yes');
  await annotate(await heldAs('deployments.apps'), 'deployments.apps');
  await areReplicas(0);
  await night('night-');
  await areReplicas(2);
}, 90_000);

it('a namespace that is federated no more goes after what is in it', async () => {
  await federation.host.kubectl(['create', 'namespace', 'attic']);
  const inTwo = { placement: { clusters: [{ name: 'two' }] }, template: { data: { a: 'b' } } };
  await federation.apply(federated('Namespace', 'attic', 'attic'), {
    ...federated('ConfigMap', 'attic', 'box'),
    spec: inTwo,
  });
  await copies('two', 'attic', 1);
  await federation.host.kubectl([
    ...['delete', 'federatednamespace', 'attic', '-n', 'attic', '--timeout=60s'],
  ]);
  await eventually(
    () => federation.get('two', ['namespaces']),
    ({ items }) => items.every(({ metadata }) => metadata.name !== 'attic'),
    60_000,
  );
  const left = await federation.get('host', ['federatedconfigmap', 'box', '-n', 'attic']);
  expect(left.status?.conditions?.[0]?.reason).toBe('NamespaceNotFederated');
}, 150_000);

it('a deleted host namespace takes no copy along until that is accepted', async () => {
  await federation.host.kubectl(['delete', 'namespace', 'depot', '--wait=false']);
  await heldAs('configmaps');
  await copies('two', 'depot', 2);
  const ids = [await heldAs('configmaps'), await heldAs('namespaces')];
  const { run, done } = federationVerbs(federation);
  // One that is not held, and nothing is accepted.
  const refused = await run('accept', ...ids, '0123456789ab');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('no removals are held as "0123456789ab"');
  await copies('two', 'depot', 2);
  await done('accept', ...ids);
  await copies('two', 'depot', 0);
  await eventually(
    () => federation.get('host', ['namespaces']),
    ({ items }) => items.every(({ metadata }) => metadata.name !== 'depot'),
    60_000,
  );
  await eventually(
    () => federation.get('two', ['namespaces']),
    ({ items }) => items.every(({ metadata }) => metadata.name !== 'depot'),
    60_000,
  );
}, 120_000);

it('a deleted definition takes no copy along until that is accepted', async () => {
  const definition = 'federatedconfigmaps.types.kubefed.io';
  await federation.host.kubectl(['delete', 'crd', definition, '--wait=false']);
  const id = await heldAs('configmaps');
  await copies('one', 'shop', NAMES.length);
  await copies('two', 'shop', NAMES.length);
  await federationVerbs(federation).done('accept', id);
  for (const cluster of ['one', 'two', 'three']) await copies(cluster, 'shop', 0);
  await eventually(
    () => federation.get('host', ['crd']),
    ({ items }) => items.every(({ metadata }) => metadata.name !== definition),
    60_000,
  );
}, 120_000);
