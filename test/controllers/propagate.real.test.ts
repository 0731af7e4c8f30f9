/** The line through the whole: a federated object of a real host, its copies in real members. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

let federation: Federation;

beforeAll(async () => {
  federation = await startFederation({ members: ['one', 'two'], withWorkloads: false });
  await federation.join('one', { tier: 'front' });
  await federation.join('two');
}, 120_000);

afterAll(() => federation.stop());

const get = (cluster: string, args: readonly string[]) => federation.get(cluster, args);

it('clusters become ready', async () => {
  const clusters = await eventually(
    () => get('host', ['kubefedclusters', '-n', 'kube-federation-system']),
    ({ items }) =>
      items.length === 2 &&
      items.every((one) =>
        one.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
      ),
  );
  expect(clusters.items[0]?.status?.kubernetesVersion).toMatch(/^v1\./);
});

it('a namespace and a ConfigMap reach both members, overridden in one, and leave them', async () => {
  const { host } = federation;
  await host.kubectl(['create', 'namespace', 'shop']);
  await host.kubectl(
    ['apply', '-f', '-'],
    `
apiVersion: types.kubefed.io/v1beta1
kind: FederatedNamespace
metadata: {name: shop, namespace: shop}
spec: {placement: {clusterSelector: {}}}
---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: {name: settings, namespace: shop}
spec:
  template: {data: {colour: red}}
  placement: {clusters: [{name: one}, {name: two}]}
  overrides:
  - clusterName: two
    clusterOverrides: [{path: /data/colour, value: blue}]
`,
  );
  for (const [cluster, colour] of [
    ['one', 'red'],
    ['two', 'blue'],
  ] as const) {
    const copy = await eventually(
      () => get(cluster, ['configmap', 'settings', '-n', 'shop']),
      ({ data }) => data?.['colour'] === colour,
    );
    expect(copy.metadata.labels).toEqual({ 'kubefed.io/managed': 'true' });
  }
  const object = await eventually(
    () => get('host', ['federatedconfigmap', 'settings', '-n', 'shop']),
    ({ status }) => status?.conditions?.[0]?.status === 'True',
  );
  expect(object.status?.clusters).toEqual([{ name: 'one' }, { name: 'two' }]);
  expect(object.metadata.finalizers).toEqual(['kubefed.io/sync-controller']);
  await host.kubectl(['delete', 'federatedconfigmap', 'settings', '-n', 'shop', '--timeout=20s']);
  for (const cluster of ['one', 'two']) {
    const left = await get(cluster, ['configmap', '-n', 'shop', '-l', 'kubefed.io/managed=true']);
    expect(left.items).toEqual([]);
  }
});
