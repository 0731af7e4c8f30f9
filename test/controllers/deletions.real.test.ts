/**
 * Deletions: with the wish that copies stay, with a member out of reach, with the host's own data
 * lost. On real clusters.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';
import { hostData } from './host-data.ts';

const NAMESPACE = 'kube-federation-system';

let federation: Federation;

beforeAll(async () => {
  federation = await startFederation({
    members: ['one', 'two'],
    withWorkloads: false,
    annotations: { 'fedns.io/deletion-patience': '2s' },
  });
  await federation.join('one');
  await federation.join('two');
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  await federation.apply(federated('Namespace', 'shop'));
}, 120_000);

afterAll(() => federation.stop());

function federated(kind: string, name: string): object {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: `Federated${kind}`,
    metadata: { name, namespace: 'shop' },
    spec: {
      placement: { clusterSelector: {} },
      ...(kind !== 'Namespace' && { template: { data: { a: 'b' } } }),
    },
  };
}

const copy = (cluster: string, name: string) =>
  federation.get(cluster, ['configmap', name, '-n', 'shop']);

async function isThere(cluster: string, name: string): Promise<boolean> {
  const { items } = await federation.get(cluster, ['configmap', '-n', 'shop']);
  return items.some(({ metadata }) => metadata.name === name);
}

async function propagate(name: string): Promise<void> {
  await federation.apply(federated('ConfigMap', name));
  await eventually(
    () => federation.get('host', ['federatedconfigmap', name, '-n', 'shop']),
    ({ status }) => status?.conditions?.[0]?.status === 'True',
  );
}

const remove = (name: string) =>
  federation.host.kubectl(['delete', 'federatedconfigmap', name, '-n', 'shop', '--timeout=20s']);

const tombstones = () => federation.get('host', ['copytombstones', '-n', NAMESPACE]);

async function kill(cluster: string): Promise<void> {
  await federation.member(cluster).apiserver.kill9();
  await eventually(
    () => federation.get('host', ['kubefedcluster', cluster, '-n', NAMESPACE]),
    ({ status }) => status?.conditions?.some(({ type }) => type === 'Offline') === true,
  );
}

it('with the wish to orphan, copies stay without our marks', async () => {
  await propagate('kept');
  const annotate = ['annotate', 'federatedconfigmap', 'kept', '-n', 'shop'];
  await federation.host.kubectl([...annotate, 'kubefed.io/orphan=true']);
  await remove('kept');
  for (const cluster of ['one', 'two']) {
    const { metadata } = await copy(cluster, 'kept');
    expect(metadata.labels).toBeUndefined();
    expect(metadata.annotations).toBeUndefined();
  }
});

it('a dead member holds a deletion up no longer than said, and is cleaned when it is back', async () => {
  await propagate('gone');
  await kill('two');
  await remove('gone');
  const { items } = await tombstones();
  expect(items.map(({ spec }) => [spec?.['cluster'], spec?.['name']])).toEqual([['two', 'gone']]);
  expect(await isThere('one', 'gone')).toBe(false);
  await federation.member('two').restartApi();
  await eventually(
    () => isThere('two', 'gone'),
    (there) => !there,
  );
  await eventually(tombstones, ({ items: left }) => left.length === 0);
}, 90_000);

it('made and deleted while a member is away: it waits no longer either, and what came through is cleaned', async () => {
  await propagate('marked');
  const marks = (await copy('two', 'marked')).metadata;
  await kill('two');
  await federation.apply(federated('ConfigMap', 'brief'));
  await eventually(
    () => isThere('one', 'brief'),
    (there) => there,
  );
  const startedMs = performance.now();
  await remove('brief');
  // As long as said: nobody knows whether a write came through.
  expect(performance.now() - startedMs).toBeGreaterThan(1000);
  expect(await isThere('one', 'brief')).toBe(false);
  const { items } = await tombstones();
  expect(items.map(({ spec }) => [spec?.['name'], spec?.['uid']])).toEqual([['brief', undefined]]);
  // One that came through, and one of the same name that bears no mark of ours.
  await federation.controlPlane.stop();
  await federation.member('two').restartApi();
  const { labels, annotations } = marks;
  const metadata = { name: 'brief', namespace: 'shop', labels, annotations };
  const came = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  await federation.member('two').kubectl(['create', '-f', '-'], JSON.stringify(came));
  await federation.startControlPlane();
  await eventually(tombstones, ({ items: left }) => left.length === 0);
  // Not left there without our marks either.
  expect(await isThere('two', 'brief')).toBe(false);
  await remove('marked');
}, 90_000);

it('what is wanted again keeps the copy that was to go', async () => {
  await propagate('again');
  const before = await copy('two', 'again');
  await kill('two');
  await remove('again');
  await federation.apply(federated('ConfigMap', 'again'));
  await federation.member('two').restartApi();
  await eventually(tombstones, ({ items }) => items.length === 0);
  await eventually(
    () => federation.get('host', ['federatedconfigmap', 'again', '-n', 'shop']),
    ({ status }) => status?.conditions?.[0]?.status === 'True',
  );
  expect((await copy('two', 'again')).metadata.uid).toBe(before.metadata.uid);
}, 90_000);

it('what is wanted again, but elsewhere, is cleaned where it was', async () => {
  await propagate('moved');
  await kill('two');
  await remove('moved');
  const placement = { clusters: [{ name: 'one' }] };
  const moved = { ...federated('ConfigMap', 'moved'), spec: { placement, template: {} } };
  await federation.apply(moved);
  await federation.member('two').restartApi();
  await eventually(
    () => isThere('two', 'moved'),
    (there) => !there,
  );
  await eventually(tombstones, ({ items }) => items.length === 0);
  expect(await isThere('one', 'moved')).toBe(true);
}, 90_000);

it('a member that left takes its tombstones along', async () => {
  await propagate('left');
  await kill('two');
  await remove('left');
  expect((await tombstones()).items).toHaveLength(1);
  await federation.host.kubectl(['delete', 'kubefedcluster', 'two', '-n', NAMESPACE]);
  await eventually(tombstones, ({ items }) => items.length === 0);
  await federation.member('two').restartApi();
  expect(await isThere('two', 'left')).toBe(true);
  await federation.join('two');
}, 90_000);

it('a host whose data were lost, and restored, costs no copy', async () => {
  await propagate('survivor');
  const before = await copy('one', 'survivor');
  const data = await hostData(federation);
  await federation.host.apiserver.kill9();
  await data.empty();
  await federation.host.restartApi();
  await new Promise((resolve) => setTimeout(resolve, 6000));
  for (const cluster of ['one', 'two']) expect(await isThere(cluster, 'survivor')).toBe(true);
  await federation.host.apiserver.kill9();
  await data.restore();
  await federation.host.restartApi();
  await eventually(
    () => federation.get('host', ['federatedconfigmap', 'survivor', '-n', 'shop']),
    ({ status }) => status?.conditions?.[0]?.status === 'True',
  );
  await new Promise((resolve) => setTimeout(resolve, 6000));
  const after = await copy('one', 'survivor');
  expect(after.metadata.uid).toBe(before.metadata.uid);
  expect(after.metadata.labels).toEqual(before.metadata.labels);
}, 120_000);

it('a host that is restored from before copies were placed costs none of them, until that is accepted', async () => {
  const inOne = { placement: { clusters: [{ name: 'one' }] }, template: { data: { a: 'b' } } };
  const older = federated('ConfigMap', 'older');
  await federation.apply({ ...older, spec: inOne });
  await eventually(
    () => isThere('one', 'older'),
    (there) => there,
  );
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const data = await hostData(federation);
  await propagate('older');
  await propagate('newer');
  const uids = async () => {
    const seen = ['older', 'newer'].map((name) => copy('two', name));
    return (await Promise.all(seen)).map(({ metadata }) => metadata.uid);
  };
  const before = await uids();
  await federation.host.apiserver.kill9();
  await data.restore();
  await federation.host.restartApi();
  const held = () =>
    eventually(
      () => federation.get('host', ['federatedtypeconfig', 'configmaps', '-n', NAMESPACE]),
      ({ status }) => status?.conditions?.[0]?.reason === 'RemovalsHeld',
      60_000,
    );
  await held();
  expect(await uids()).toEqual(before);
  // Another leader knows no more than the host does.
  await federation.controlPlane.stop();
  await federation.startControlPlane();
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const { status } = await held();
  expect(await uids()).toEqual(before);
  const message = status?.conditions?.[0]?.message ?? '';
  expect(message).toContain('the host does not know to have placed them there');
  const id = /"fedns accept (\w+)"/.exec(message)?.[1];
  await federation.host.kubectl([
    ...['annotate', 'federatedtypeconfig', 'configmaps', '-n', NAMESPACE],
    `fedns.io/accept-removals=${id}`,
  ]);
  await eventually(
    () => isThere('two', 'older'),
    (there) => !there,
  );
  // Of what has no object at all our marks go.
  const newer = await eventually(
    () => copy('two', 'newer'),
    ({ metadata }) => metadata.labels === undefined,
  );
  expect(newer.metadata.uid).toBe(before[1]);
  expect(await isThere('one', 'older')).toBe(true);
}, 180_000);
