/** Two federations with one member in common: neither touches a copy of the other. On real clusters. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClusters } from '../lab/kubernetes.ts';
import { eventually } from './eventually.ts';
import { type Federation, federate } from './federation.ts';

let first: Federation;
let second: Federation;

beforeAll(async () => {
  const clusters = await startClusters(['host', 'other', 'shared'], { withWorkloads: false });
  first = await federate(clusters, 'host', {});
  second = await federate(clusters, 'other', {});
  for (const federation of [first, second]) {
    await federation.join('shared');
    await federation.host.kubectl(['create', 'namespace', 'shop']);
  }
}, 120_000);

afterAll(async () => {
  await second.controlPlane.stop();
  await first.stop();
});

const federated = (kind: string, name: string, data?: object) => ({
  apiVersion: 'types.kubefed.io/v1beta1',
  kind: `Federated${kind}`,
  metadata: { name, namespace: 'shop' },
  spec: { placement: { clusterSelector: {} }, ...(data !== undefined && { template: { data } }) },
});

const copies = () => first.get('shared', ['configmap', '-n', 'shop', '-l', 'kubefed.io/managed']);

const standing = (federation: Federation, name: string, want: string) =>
  eventually(
    () => {
      const { name: cluster } = federation.host;
      return federation.get(cluster, [`federatedconfigmap`, name, '-n', 'shop']);
    },
    ({ status }) => (status?.clusters?.[0]?.status ?? (status && 'OK')) === want,
  );

it('each writes its own, and says whose the other is', async () => {
  await first.apply(
    federated('Namespace', 'shop'),
    federated('ConfigMap', 'both', { by: 'first' }),
  );
  await standing(first, 'both', 'OK');
  await second.apply(
    federated('Namespace', 'shop'),
    federated('ConfigMap', 'both', { by: 'second' }),
    federated('ConfigMap', 'alone', { by: 'second' }),
  );
  const refused = await standing(second, 'both', 'OwnedByOther');
  expect(refused.status?.clusters?.[0]?.message).toContain('fedns.io/owner');
  // Its namespace is the first's too, and serves it all the same.
  await standing(second, 'alone', 'OK');
  const { items } = await copies();
  expect(items.map(({ metadata, data }) => [metadata.name, data?.['by']])).toEqual([
    ['alone', 'second'],
    ['both', 'first'],
  ]);
});

it('what one deletes or forgets the other keeps', async () => {
  const before = await copies();
  const remove = ['delete', 'federatedconfigmap', 'both', '-n', 'shop', '--timeout=20s'];
  await second.host.kubectl(remove);
  await second.host.kubectl(['delete', 'kubefedcluster', '--all', '-n', 'kube-federation-system']);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const after = await copies();
  expect(after.items.map(({ metadata }) => metadata.resourceVersion)).toEqual(
    before.items.map(({ metadata }) => metadata.resourceVersion),
  );
  await first.host.kubectl(remove);
  const left = await eventually(copies, ({ items }) => items.length === 1);
  expect(left.items[0]?.metadata.name).toBe('alone');
});
