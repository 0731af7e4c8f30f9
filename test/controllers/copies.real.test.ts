/**
 * Copies in real members: what is kept of the member's own, what is undone, what is taken over, and
 * what is left alone; each with the word that the status has for it.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import type { Federation } from './federation.ts';
import { EVERYWHERE, federated, isPropagated, lookingAt, startTwoMembers } from './two-members.ts';

let federation: Federation;
const { copy, object, standing } = lookingAt(() => federation);
const MANAGED = { 'kubefed.io/managed': 'true' };
const WEB = { name: 'web', port: { number: 80 } };
const ONLY_ONE = { clusters: [{ name: 'one' }] };

beforeAll(async () => {
  federation = await startTwoMembers();
}, 120_000);

afterAll(() => federation.stop());

it('a Service keeps the addresses and ports that its member gave it', async () => {
  const ports = [{ name: 'web', port: 80 }];
  const template = { spec: { type: 'NodePort', selector: { app: 'web' }, ports } };
  await federation.apply(federated('Service', 'web', EVERYWHERE, { template }));
  await eventually(() => object('service', 'web'), isPropagated);
  const before = await copy('one', 'service', 'web');
  const changed = { spec: { ...template.spec, selector: { app: 'shop' } } };
  await federation.apply(federated('Service', 'web', EVERYWHERE, { template: changed }));
  const after = await eventually(
    () => copy('one', 'service', 'web'),
    ({ spec }) => JSON.stringify(spec?.['selector']) === '{"app":"shop"}',
  );
  expect(after.spec?.['clusterIP']).toBe(before.spec?.['clusterIP']);
  expect(after.spec?.['ports']).toEqual(before.spec?.['ports']);
  expect(after.metadata.uid).toBe(before.metadata.uid);
});

it('drift is undone, annotations and finalizers of the member stay', async () => {
  const template = { metadata: { labels: { team: 'a' } }, data: { colour: 'red' } };
  await federation.apply(federated('ConfigMap', 'drift', EVERYWHERE, { template }));
  await standing('configmap', 'drift', 'one', 'OK');
  const member = federation.member('one');
  await member.kubectl(['annotate', 'configmap', 'drift', '-n', 'shop', 'note=mine']);
  const edit = { metadata: { labels: { team: 'b', more: 'c' } }, data: { colour: 'blue', x: 'y' } };
  const patch = ['patch', 'configmap', 'drift', '-n', 'shop', '--type=merge', '-p'];
  const finalizers = ['example.com/mine'];
  await member.kubectl([...patch, JSON.stringify({ metadata: { finalizers } })]);
  await member.kubectl([...patch, JSON.stringify(edit)]);
  const after = await eventually(
    () => copy('one', 'configmap', 'drift'),
    ({ data }) => JSON.stringify(data) === '{"colour":"red"}',
  );
  expect(after.metadata.labels).toEqual({ ...MANAGED, team: 'a' });
  expect(after.metadata.annotations).toMatchObject({ note: 'mine' });
  expect(after.metadata.finalizers).toEqual(finalizers);
  await member.kubectl([...patch, JSON.stringify({ metadata: { finalizers: null } })]);
});

it('annotations that we gave are kept as given, also where no generation tells of them', async () => {
  const spec = { template: { spec: { defaultBackend: { service: WEB } } } };
  const path = '/metadata/annotations/note';
  const overrides = (clusterOverrides: object[]) => ({
    overrides: [{ clusterName: 'one', clusterOverrides }],
  });
  await federation.apply(federated('Ingress', 'noted', EVERYWHERE, spec));
  await standing('ingress', 'noted', 'one', 'OK');
  const given = overrides([{ op: 'add', path, value: 'ours' }]);
  await federation.apply(federated('Ingress', 'noted', EVERYWHERE, { ...spec, ...given }));
  const noteIs = (note: string | undefined) =>
    eventually(
      () => copy('one', 'ingress', 'noted'),
      ({ metadata }) => metadata.annotations?.['note'] === note,
    );
  const before = await noteIs('ours');
  const annotate = ['annotate', 'ingress', 'noted', '-n', 'shop', '--overwrite'];
  await federation.member('one').kubectl([...annotate, 'note=theirs', 'mine=stays']);
  const after = await noteIs('ours');
  expect(after.metadata.annotations?.['mine']).toBe('stays');
  // Not once was its spec another.
  expect(after.metadata.generation).toBe(before.metadata.generation);
  await federation.apply(federated('Ingress', 'noted', EVERYWHERE, { ...spec, overrides: [] }));
  expect((await noteIs(undefined)).metadata.annotations?.['mine']).toBe('stays');
});

it('an override of one cluster rewrites that one alone', async () => {
  const spec = (colour: string) => ({
    template: { data: { colour: 'red' } },
    overrides: [
      { clusterName: 'two', clusterOverrides: [{ path: '/data/colour', value: colour }] },
    ],
  });
  await federation.apply(federated('ConfigMap', 'single', EVERYWHERE, spec('blue')));
  await eventually(() => object('configmap', 'single'), isPropagated);
  const before = await copy('one', 'configmap', 'single');
  await federation.apply(federated('ConfigMap', 'single', EVERYWHERE, spec('green')));
  await eventually(
    () => copy('two', 'configmap', 'single'),
    ({ data }) => data?.['colour'] === 'green',
  );
  const after = await copy('one', 'configmap', 'single');
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
});

it('what was there is adopted, what bears managed=false is not touched', async () => {
  const member = federation.member('one');
  await eventually(
    () => federation.get('one', ['namespace', 'shop']),
    () => true,
  );
  for (const name of ['adopted', 'handsoff']) {
    await member.kubectl(['create', 'configmap', name, '-n', 'shop', '--from-literal=a=member']);
  }
  await member.kubectl([
    'label',
    'configmap',
    'handsoff',
    '-n',
    'shop',
    'kubefed.io/managed=false',
  ]);
  const before = await copy('one', 'configmap', 'adopted');
  const template = { data: { a: 'federation' } };
  for (const name of ['adopted', 'handsoff']) {
    await federation.apply(federated('ConfigMap', name, ONLY_ONE, { template }));
  }
  await standing('configmap', 'adopted', 'one', 'OK');
  const after = await copy('one', 'configmap', 'adopted');
  expect(after.data).toEqual({ a: 'federation' });
  expect(after.metadata.uid).toBe(before.metadata.uid);
  await standing('configmap', 'handsoff', 'one', 'ManagedLabelFalse');
  expect((await copy('one', 'configmap', 'handsoff')).data).toEqual({ a: 'member' });
});

it('the copy of another owner is not written, relabelled or deleted', async () => {
  const member = federation.member('one');
  const manifest = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'foreign',
      namespace: 'shop',
      labels: MANAGED,
      annotations: { 'fedns.io/owner': 'another/federatedconfigmaps.types.kubefed.io' },
    },
    data: { a: 'theirs' },
  };
  await member.kubectl(['apply', '-f', '-'], JSON.stringify(manifest));
  const before = await copy('one', 'configmap', 'foreign');
  const template = { data: { a: 'ours' } };
  await federation.apply(federated('ConfigMap', 'foreign', ONLY_ONE, { template }));
  const stands = await standing('configmap', 'foreign', 'one', 'OwnedByOther');
  expect(stands?.message).toContain('another/');
  await federation.host.kubectl(['delete', 'federatedconfigmap', 'foreign', '-n', 'shop']);
  const after = await copy('one', 'configmap', 'foreign');
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
});

it('an override that does not fit fails its own cluster, and says which', async () => {
  const overrides = [
    { clusterName: 'two', clusterOverrides: [{ op: 'remove', path: '/data/nowhere' }] },
  ];
  const template = { data: { a: 'b' } };
  await federation.apply(federated('ConfigMap', 'misfit', EVERYWHERE, { template, overrides }));
  const stands = await standing('configmap', 'misfit', 'two', 'ApplyOverridesFailed');
  expect(stands?.message).toBe('override remove /data/nowhere: is not there');
  expect((await copy('one', 'configmap', 'misfit')).data).toEqual({ a: 'b' });
});

it('what a member refuses is its message, and only that member waits', async () => {
  const template = { data: { 'not a key!': 'b' } };
  const overrides = [
    { clusterName: 'one', clusterOverrides: [{ path: '/data', value: { key: 'b' } }] },
  ];
  await federation.apply(federated('ConfigMap', 'refused', EVERYWHERE, { template, overrides }));
  const stands = await standing('configmap', 'refused', 'two', 'CreationFailed');
  expect(stands?.message).toContain('a valid config key');
  await standing('configmap', 'refused', 'one', 'OK');
});

it('replicas are the member’s where they are to be retained', async () => {
  const pods = {
    metadata: { labels: { app: 'w' } },
    spec: { containers: [{ name: 'w', image: 'w' }] },
  };
  const template = {
    spec: { replicas: 2, selector: { matchLabels: { app: 'w' } }, template: pods },
  };
  const spec = { template, retainReplicas: true };
  await federation.apply(federated('Deployment', 'worker', ONLY_ONE, spec));
  await standing('deployment', 'worker', 'one', 'OK');
  await federation.member('one').scale('worker', 7, 'shop');
  const labelled = { ...template, metadata: { labels: { seen: 'yes' } } };
  await federation.apply(
    federated('Deployment', 'worker', ONLY_ONE, { ...spec, template: labelled }),
  );
  const after = await eventually(
    () => copy('one', 'deployment', 'worker'),
    ({ metadata }) => metadata.labels?.['seen'] === 'yes',
  );
  expect(after.spec?.['replicas']).toBe(7);
});

it('placement by label moves copies, and one by name beats it', async () => {
  const template = { data: { a: 'b' } };
  const front = { clusterSelector: { matchLabels: { tier: 'front' } } };
  await federation.apply(federated('ConfigMap', 'placed', front, { template }));
  await standing('configmap', 'placed', 'one', 'OK');
  const none = () => federation.get('two', ['configmap', '-n', 'shop']);
  expect((await none()).items.map(({ metadata }) => metadata.name)).not.toContain('placed');
  const named = { clusters: [{ name: 'two' }], clusterSelector: {} };
  await federation.apply(federated('ConfigMap', 'placed', named, { template }));
  await standing('configmap', 'placed', 'two', 'OK');
  await eventually(
    () => federation.get('one', ['configmap', '-n', 'shop']),
    ({ items }) => items.every(({ metadata }) => metadata.name !== 'placed'),
  );
});

it('a namespace that nobody federates says so', async () => {
  await federation.host.kubectl(['create', 'namespace', 'alone']);
  const alone = federated('ConfigMap', 'lost', EVERYWHERE, { template: { data: {} } });
  await federation.apply({ ...alone, metadata: { name: 'lost', namespace: 'alone' } });
  const seen = await eventually(
    () => federation.get('host', ['federatedconfigmap', 'lost', '-n', 'alone']),
    ({ status }) => status?.conditions?.[0]?.reason === 'NamespaceNotFederated',
  );
  expect(seen.status?.conditions?.[0]?.status).toBe('False');
});

it('the owner’s mark of a Deployment that we wrote, taken off, comes back', async () => {
  const marked = await copy('one', 'deployment', 'worker');
  const owner = marked.metadata.annotations?.['fedns.io/owner'];
  expect(owner).toContain('federateddeployments.types.kubefed.io');
  const annotate = ['annotate', 'deployment', 'worker', '-n', 'shop', 'fedns.io/owner-'];
  await federation.member('one').kubectl(annotate);
  const after = await eventually(
    () => copy('one', 'deployment', 'worker'),
    ({ metadata }) => metadata.annotations?.['fedns.io/owner'] !== undefined,
  );
  expect(after.metadata.annotations?.['fedns.io/owner']).toBe(owner);
});
