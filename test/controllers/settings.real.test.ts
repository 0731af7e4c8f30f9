/** Settings of a federation that change while its control plane leads, on real clusters. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startControlPlane } from './control-plane-process.ts';
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

const NAMESPACE = ['-n', 'kube-federation-system'];
const GRACE = 'fedns.io/workload-grace';

const annotate = (value: string) =>
  federation.host.kubectl([
    ...['annotate', '--overwrite', 'kubefedconfig', 'kubefed', ...NAMESPACE],
    value === '' ? `${GRACE}-` : `${GRACE}=${value}`,
  ]);

/** The condition, once it has this reason. */
async function readyAs(reason: string) {
  const seen = await eventually(
    () => federation.get('host', ['kubefedconfig', 'kubefed', ...NAMESPACE]),
    ({ status }) => status?.conditions?.some((one) => one.reason === reason) === true,
    40_000,
  );
  return seen.status?.conditions;
}

const WRONG = `metadata.annotations["${GRACE}"]: "soon" is no duration, as 5m or 1m30s`;

it('the KubeFedConfig says whether its settings are in force, and which field is wrong', async () => {
  const ready = { type: 'Ready', observedGeneration: expect.any(Number) };
  expect(await readyAs('Valid')).toMatchObject([{ ...ready, status: 'True' }]);
  await annotate('soon');
  expect(await readyAs('FormerSettingsKept')).toMatchObject([
    { ...ready, status: 'False', message: `${WRONG}; the former settings stay in force` },
  ]);
  expect(federation.controlPlane.loops).toBeDefined();
  await annotate('90s');
  expect(await readyAs('Valid')).toMatchObject([{ ...ready, status: 'True' }]);
}, 120_000);

it('a start with wrong settings waits, and says so; an old lock is warned of', async () => {
  await federation.controlPlane.stop();
  await annotate('soon');
  await configure({ leaderElect: { resourceLock: 'endpoints' } });
  const started = await startControlPlane(federation);
  try {
    expect(await readyAs('Invalid')).toMatchObject([{ status: 'False', message: WRONG }]);
    expect(started.log()).not.toContain('resourceLock');
    await annotate('');
    expect(await readyAs('Valid')).toMatchObject([{ status: 'True' }]);
    const lines = started.log().split('\n');
    const warned = lines.filter((line) => line.includes('leaderElect.resourceLock'));
    expect(warned.map((line) => JSON.parse(line))).toMatchObject([
      {
        level: 'warn',
        reason: 'resourceLock endpoints is no lock any more: a Lease is used; say leases',
      },
    ]);
  } finally {
    await started.stop();
  }
}, 120_000);
