/**
 * What KubeFed has not: overrides by selector, a pause, a rollout, namespaces limited to clusters. On
 * real clusters.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import type { Federation } from './federation.ts';
import { EVERYWHERE, federated, isPropagated, lookingAt, startTwoMembers } from './two-members.ts';

let federation: Federation;
const { copy, object, standing } = lookingAt(() => federation);

beforeAll(async () => {
  federation = await startTwoMembers();
}, 120_000);

afterAll(() => federation.stop());

it('overrides by selector come before those by name', async () => {
  const spec = {
    template: { data: { colour: 'red', size: 'small' } },
    selectorOverrides: [
      {
        clusterSelector: { matchLabels: { tier: 'front' } },
        clusterOverrides: [
          { path: '/data/colour', value: 'blue' },
          { path: '/data/size', value: 'large' },
        ],
      },
    ],
    overrides: [
      { clusterName: 'one', clusterOverrides: [{ path: '/data/colour', value: 'green' }] },
    ],
  };
  await federation.apply(federated('ConfigMap', 'selected', EVERYWHERE, spec));
  await eventually(() => object('configmap', 'selected'), isPropagated);
  expect((await copy('one', 'configmap', 'selected')).data).toEqual({
    colour: 'green',
    size: 'large',
  });
  expect((await copy('two', 'configmap', 'selected')).data).toEqual({
    colour: 'red',
    size: 'small',
  });
});

it('what is paused is not written, and says so; resumed it is', async () => {
  const spec = (colour: string) => ({ template: { data: { colour } } });
  await federation.apply(federated('ConfigMap', 'paused', EVERYWHERE, spec('red')));
  await eventually(() => object('configmap', 'paused'), isPropagated);
  const annotate = ['annotate', 'federatedconfigmap', 'paused', '-n', 'shop'];
  await federation.host.kubectl([...annotate, 'fedns.io/paused=true']);
  await federation.apply(federated('ConfigMap', 'paused', EVERYWHERE, spec('blue')));
  await standing('configmap', 'paused', 'one', 'Paused');
  expect((await copy('one', 'configmap', 'paused')).data).toEqual({ colour: 'red' });
  await federation.host.kubectl([...annotate, 'fedns.io/paused-']);
  await standing('configmap', 'paused', 'one', 'OK');
  expect((await copy('one', 'configmap', 'paused')).data).toEqual({ colour: 'blue' });
});

it('a rollout stops at the cluster where it goes wrong', async () => {
  const spec = (data: object) => ({ rollout: { maxClusters: 1 }, template: { data } });
  await federation.apply(federated('ConfigMap', 'rolling', EVERYWHERE, spec({ a: 'b' })));
  await eventually(() => object('configmap', 'rolling'), isPropagated);
  await federation.apply(
    federated('ConfigMap', 'rolling', EVERYWHERE, spec({ 'not a key!': 'b' })),
  );
  const seen = await eventually(
    () => object('configmap', 'rolling'),
    ({ status }) => status?.clusters?.some((one) => one.status === 'UpdateFailed') === true,
  );
  const words = seen.status?.clusters?.map((one) => one.status).sort();
  expect(words).toEqual(['RolloutPending', 'UpdateFailed']);
  for (const cluster of ['one', 'two']) {
    expect((await copy(cluster, 'configmap', 'rolling')).data).toEqual({ a: 'b' });
  }
  await federation.apply(federated('ConfigMap', 'rolling', EVERYWHERE, spec({ a: 'c' })));
  await eventually(() => object('configmap', 'rolling'), isPropagated);
  expect((await copy('two', 'configmap', 'rolling')).data).toEqual({ a: 'c' });
});

it('a namespace limited to clusters limits all that is in it', async () => {
  await federation.host.kubectl(['create', 'namespace', 'tenant']);
  const limit = { clusterLimit: { matchLabels: { tier: 'back' } } };
  const within = (given: object) => ({
    ...given,
    metadata: { name: 'tenant', namespace: 'tenant' },
  });
  await federation.apply(
    within(federated('Namespace', 'tenant', EVERYWHERE, limit)),
    within(federated('ConfigMap', 'tenant', EVERYWHERE, { template: { data: { a: 'b' } } })),
  );
  const seen = await eventually(
    () => federation.get('host', ['federatedconfigmap', 'tenant', '-n', 'tenant']),
    isPropagated,
  );
  expect(seen.status?.clusters).toEqual([{ name: 'two' }]);
  const message = 'clusterLimit of its namespace leaves out one';
  expect(seen.status?.conditions).toMatchObject([{ type: 'Propagation', status: 'True', message }]);
  // The namespace itself, too: it is nowhere where nothing of it may be.
  const itself = await eventually(
    () => federation.get('host', ['federatednamespace', 'tenant', '-n', 'tenant']),
    isPropagated,
  );
  expect(itself.status?.clusters).toEqual([{ name: 'two' }]);
  expect(itself.status?.conditions).toMatchObject([{ status: 'True', message }]);
  const there = await federation.member('one').kubectl(['get', 'namespaces', '-o', 'name']);
  expect(there.split('\n')).not.toContain('namespace/tenant');
});

it('a shape that was removed from Kubernetes is named, with what to do', async () => {
  const backend = { serviceName: 'web', servicePort: 80 };
  const template = { apiVersion: 'networking.k8s.io/v1beta1', spec: { backend } };
  await federation.apply(federated('Ingress', 'old', EVERYWHERE, { template }));
  const stands = await standing('ingress', 'old', 'one', 'CreationFailed');
  expect(stands?.message).toMatch(/spec\.template\..*"fedns convert" rewrites it/);
  const where = ['ingresses.networking.k8s.io', '-n', 'kube-federation-system'];
  const option = 'fedns.io/convert-templates=true';
  await federation.host.kubectl(['annotate', 'federatedtypeconfig', ...where, option]);
  const made = await eventually(
    () => copy('one', 'ingress', 'old'),
    () => true,
  );
  expect(made.spec).toMatchObject({
    defaultBackend: { service: { name: 'web', port: { number: 80 } } },
  });
});

it('a dotted path of an override is told with its remedy, or rewritten where the type says so', async () => {
  const clusterOverrides = [
    { path: '/data/colour', value: 'blue' },
    { path: 'data.size', op: 'add', value: 'large' },
  ];
  const overrides = [{ clusterName: 'two', clusterOverrides }];
  const template = { data: { colour: 'red' } };
  await federation.apply(federated('ConfigMap', 'dotted', EVERYWHERE, { template, overrides }));
  const stands = await standing('configmap', 'dotted', 'two', 'ApplyOverridesFailed');
  expect(stands?.message).toContain(
    'spec.overrides[0].clusterOverrides[1].path: data.size is no JSON pointer: "fedns convert" makes it /data/size',
  );
  await standing('configmap', 'dotted', 'one', 'OK');
  const where = ['configmaps', '-n', 'kube-federation-system'];
  const option = 'fedns.io/convert-templates=true';
  await federation.host.kubectl(['annotate', 'federatedtypeconfig', ...where, option]);
  await standing('configmap', 'dotted', 'two', 'OK');
  const made = await copy('two', 'configmap', 'dotted');
  expect(made.data).toEqual({ colour: 'blue', size: 'large' });
});

it('options of a deletion that cannot be read are told while there is time', async () => {
  const object = federated('ConfigMap', 'optioned', EVERYWHERE, { template: { data: {} } });
  const annotations = { 'kubefed.io/deleteoption': 'Orphan' };
  await federation.apply({
    ...object,
    metadata: { name: 'optioned', namespace: 'shop', annotations },
  });
  const events = await eventually(
    () => federation.get('host', ['events.v1.events.k8s.io', '-n', 'shop']),
    ({ items }) => JSON.stringify(items).includes('InvalidDeleteOptions'),
  );
  expect(JSON.stringify(events.items)).toContain(
    'metadata.annotations[\\"kubefed.io/deleteoption\\"]: is no JSON object',
  );
});
