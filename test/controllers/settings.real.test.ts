/** Settings of a federation that change while its control plane leads, on real clusters. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

let federation: Federation;

beforeAll(async () => {
  federation = await startFederation({ members: ['one'], withWorkloads: false });
  await federation.join('one');
  await federation.host.kubectl(['create', 'namespace', 'shop']);
}, 120_000);

afterAll(() => federation.stop());

const types = { apiVersion: 'types.kubefed.io/v1beta1', metadata: { namespace: 'shop' } };
const named = (kind: string, name: string, spec: object) => ({
  ...types,
  kind,
  metadata: { name, namespace: 'shop' },
  spec: { placement: { clusterSelector: {} }, ...spec },
});

const configure = (spec: object) =>
  federation.host.kubectl([
    ...['patch', 'kubefedconfig', 'kubefed', '-n', 'kube-federation-system'],
    ...['--type=merge', '-p', JSON.stringify({ spec })],
  ]);

const service = () => federation.get('host', ['federatedservice', 'web', '-n', 'shop']);

it('a gate that is opened is taken up without a restart', async () => {
  const template = { spec: { ports: [{ port: 80 }] } };
  await federation.host.kubectl([
    ...['patch', 'federatedtypeconfig', 'services', '-n', 'kube-federation-system'],
    ...['--type=merge', '-p', '{"spec":{"statusCollection":"Enabled"}}'],
  ]);
  await federation.apply(
    named('FederatedNamespace', 'shop', {}),
    named('FederatedService', 'web', { template }),
  );
  const before = await eventually(service, ({ status }) => status?.clusters?.[0]?.name === 'one');
  expect(before.status?.clusters?.[0]).not.toHaveProperty('remoteStatus');
  const gate = (configuration: string) => ({
    featureGates: [{ name: 'RawResourceStatusCollection', configuration }],
  });
  await configure(gate('Enabled'));
  const after = await eventually(
    service,
    ({ status }) => status?.clusters?.[0] !== undefined && 'remoteStatus' in status.clusters[0],
    40_000,
  );
  expect(after.metadata.generation).toBe(before.metadata.generation);
}, 90_000);
