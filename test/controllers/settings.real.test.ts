/**
 * Settings of a federation that change while its control plane leads, on real clusters; and what of the
 * host's objects takes no part by them.
 */

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

const NAMESPACE = ['-n', 'kube-federation-system'];

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

it('a gate that is shut is told where a person looks for what it did', async () => {
  const gate = (configuration: string) => ({
    featureGates: [{ name: 'SchedulerPreferences', configuration }],
  });
  await federation.apply({
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { targetKind: 'FederatedDeployment', totalReplicas: 3 },
  });
  const says = (reason: string) =>
    eventually(
      () => federation.get('host', ['rsp', 'web', '-n', 'shop']),
      ({ status }) => status?.conditions?.[0]?.reason === reason,
      40_000,
    );
  await says('TargetNotFound');
  await configure(gate('Disabled'));
  expect((await says('Disabled')).status?.conditions).toMatchObject([
    { type: 'Ready', status: 'False', message: expect.stringContaining('SchedulerPreferences') },
  ]);
  await configure(gate('Enabled'));
  await says('TargetNotFound');
}, 120_000);

it('a Domain where no record looks for it says so', async () => {
  await federation.apply({
    apiVersion: 'multiclusterdns.kubefed.io/v1alpha1',
    kind: 'Domain',
    metadata: { name: 'elsewhere', namespace: 'shop' },
    domain: 'example.net',
  });
  const seen = await eventually(
    () => federation.get('host', ['domain', 'elsewhere', '-n', 'shop']),
    ({ status }) => status?.conditions?.[0] !== undefined,
  );
  expect(seen.status?.conditions).toMatchObject([
    { type: 'Ready', status: 'False', reason: 'WrongNamespace' },
  ]);
});

it('without the wish for DNSEndpoints none is written, each record says so, and what is there stays', async () => {
  const key = 'fedns.io/dns-endpoints';
  const wish = (word: string) =>
    federation.host.kubectl([
      ...['annotate', '--overwrite', 'kubefedconfig', 'kubefed', ...NAMESPACE, `${key}${word}`],
    ]);
  const record = (name: string) => ({
    apiVersion: 'multiclusterdns.kubefed.io/v1alpha1',
    kind: 'IngressDNSRecord',
    metadata: { name, namespace: 'shop' },
    spec: { hosts: [`${name}.example.com`] },
  });
  const endpoints = async () => {
    const { items } = await federation.get('host', [
      ...['dnsendpoints.multiclusterdns.kubefed.io', '-n', 'shop'],
    ]);
    return items.map(({ metadata }) => metadata.name).join();
  };
  const says = async (name: string, reason: string) => {
    const { status } = await eventually(
      () => federation.get('host', ['ingressdnsrecord', name, '-n', 'shop']),
      (seen) => seen.status?.conditions?.some((one) => one.reason === reason) === true,
      40_000,
    );
    return status?.conditions?.find((one) => one.reason === reason)?.message;
  };
  await federation.apply(record('old'));
  await eventually(endpoints, (names) => names === 'ingress-old');
  await wish('=false');
  const told = `NotWanted: annotation ${key} of the KubeFedConfig is "false"`;
  expect(await says('old', 'NotWanted')).toBe(
    `${told}; ingress-old stays as it stands until it is deleted`,
  );
  await federation.apply(record('new'));
  expect(await says('new', 'NotWanted')).toBe(told);
  expect(await endpoints()).toBe('ingress-old');
  await wish('-');
  await eventually(endpoints, (names) => names === 'ingress-new,ingress-old', 40_000);
}, 150_000);

it('settings that are taken and change nothing are named', async () => {
  await configure({ controllerDuration: { availableDelay: '5s' } });
  const { status } = await eventually(
    () => federation.get('host', ['kubefedconfig', 'kubefed', ...NAMESPACE]),
    (seen) => seen.status?.conditions?.[0]?.message?.includes('availableDelay') === true,
    40_000,
  );
  expect(status?.conditions).toMatchObject([
    {
      status: 'True',
      reason: 'Valid',
      message:
        'the settings are in force; without effect here: spec.controllerDuration.availableDelay',
    },
  ]);
}, 60_000);

it('a type whose target Kubernetes has removed says so, and what to do', async () => {
  const scope = 'Namespaced';
  const [group, version] = ['types.kubefed.io', 'v1beta1'];
  await federation.apply({
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'FederatedTypeConfig',
    metadata: { name: 'ingresses.extensions', namespace: 'kube-federation-system' },
    spec: {
      targetType: { group: 'extensions', version, kind: 'Ingress', pluralName: 'ingresses', scope },
      federatedType: {
        ...{ group, version, scope },
        kind: 'FederatedIngress',
        pluralName: 'federatedingresses',
      },
      propagation: 'Enabled',
    },
  });
  const seen = await eventually(
    () => federation.get('host', ['ftc', 'ingresses.extensions', ...NAMESPACE]),
    ({ status }) => status?.conditions?.[0] !== undefined,
  );
  expect(seen.status?.conditions).toMatchObject([
    {
      type: 'Ready',
      status: 'False',
      reason: 'TargetRemoved',
      message:
        'spec.targetType.version: extensions/v1beta1 Ingress is not served any more: "fedns enable" for networking.k8s.io/v1 Ingress',
    },
  ]);
});

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
