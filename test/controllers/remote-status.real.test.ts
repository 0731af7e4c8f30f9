/** The member's own status in the federated object, where gate and type config want it. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

let federation: Federation;

beforeAll(async () => {
  const gate = { name: 'RawResourceStatusCollection', configuration: 'Enabled' };
  federation = await startFederation({
    members: ['one'],
    withWorkloads: false,
    config: { featureGates: [gate] },
  });
  await federation.join('one');
  const patch = ['patch', 'federatedtypeconfig', 'services', '-n', 'kube-federation-system'];
  const collect = JSON.stringify({ spec: { statusCollection: 'Enabled' } });
  await federation.host.kubectl([...patch, '--type=merge', '-p', collect]);
  await federation.host.kubectl(['create', 'namespace', 'shop']);
}, 120_000);

afterAll(() => federation.stop());

const federated = (kind: string, name: string, spec: object) => ({
  apiVersion: 'types.kubefed.io/v1beta1',
  kind: `Federated${kind}`,
  metadata: { name, namespace: 'shop' },
  spec: { placement: { clusterSelector: {} }, ...spec },
});

it('follows what the member says', async () => {
  const template = { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } };
  await federation.apply(
    federated('Namespace', 'shop', {}),
    federated('Service', 'web', { template }),
  );
  const read = () => federation.get('host', ['federatedservice', 'web', '-n', 'shop']);
  await eventually(read, ({ status }) => status?.conditions?.[0]?.status === 'True');
  const ingress = [{ ip: '192.0.2.7', ipMode: 'VIP' }];
  const status = JSON.stringify({ status: { loadBalancer: { ingress } } });
  const patch = ['patch', 'service', 'web', '-n', 'shop', '--subresource=status', '--type=merge'];
  await federation.member('one').kubectl([...patch, '-p', status]);
  const seen = await eventually(read, (object) =>
    JSON.stringify(object.status?.clusters).includes('192.0.2.7'),
  );
  expect(seen.status?.clusters).toEqual([
    { name: 'one', remoteStatus: { loadBalancer: { ingress } } },
  ]);
  // The status that moves is no drift: nothing was written into the member for it.
  const copy = await federation.get('one', ['service', 'web', '-n', 'shop']);
  expect(copy.metadata.labels).toEqual({ 'kubefed.io/managed': 'true' });
});
