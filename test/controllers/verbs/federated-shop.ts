/** The federation that verbs for operators are tried on: a namespace `shop` with federated objects. */

import { eventually } from '../eventually.ts';
import { type Federation, startFederation } from '../federation.ts';

/** Everywhere that a cluster's label `tier` is `front`. */
export function federated(
  kind: string,
  name: string,
  template?: object,
  more: object = {},
): object {
  const placement = { clusterSelector: { matchLabels: { tier: 'front' } } };
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: `Federated${kind}`,
    metadata: { name, namespace: 'shop' },
    spec: { placement, ...(template !== undefined && { template }), ...more },
  };
}

/** Two members, and in both of them so many ConfigMaps `settings-1`, ... */
export async function startShop(count: number): Promise<Federation> {
  const federation = await startFederation({
    members: ['one', 'two'],
    annotations: { 'fedns.io/deletion-patience': '2s' },
  });
  for (const name of ['one', 'two']) {
    await federation.member(name).addNode('node', { zone: 'z', region: 'r' });
    await federation.join(name, { tier: 'front' });
  }
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  const names = Array.from({ length: count }, (_, index) => `settings-${index + 1}`);
  await federation.apply(
    federated('Namespace', 'shop'),
    ...names.map((name) => federated('ConfigMap', name, { data: { colour: 'red' } })),
  );
  for (const name of ['one', 'two']) await shopHolds(federation, name, count);
  return federation;
}

/** So many copies of ConfigMaps are in the member. */
export async function shopHolds(
  federation: Federation,
  cluster: string,
  count: number,
): Promise<void> {
  const managed = ['configmap', '-n', 'shop', '-l', 'kubefed.io/managed=true'];
  await eventually(
    () => federation.get(cluster, managed),
    ({ items }) => items.length === count,
    60_000,
  );
}
