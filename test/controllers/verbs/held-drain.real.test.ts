/**
 * A drain that would take many workloads along: held like any other removal that nobody asked of the
 * objects themselves, told by the verb and by what an operator watches, and done once a person accepts
 * it. On real clusters, the control plane a process of its own.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { metrics } from '../../scenario/running-fedns.ts';
import { type ControlPlaneProcess, startControlPlane } from '../control-plane-process.ts';
import { eventually } from '../eventually.ts';
import { type Federation, startFederation } from '../federation.ts';
import { EVERYWHERE, federated } from '../two-members.ts';
import { type FederationVerbs, federationVerbs } from './federation-verbs.ts';

const MEMBERS = ['one', 'two'] as const;
const TYPE = 'deployments.apps';
const NAMES = Array.from({ length: 12 }, (_, index) => `web-${index + 1}`);
const DRAIN = ['drain', 'two', '--workloads'];

/** With how many are there, and how many of them are not named. */
const HELD =
  /^fedns: two: (\d+) workloads are still there: FederatedDeployment shop\/web-\d+, .*, (\d+) more; RemovalHeld: 12 of 24 copies would go at once: kept until "fedns accept [0-9a-f]{12}", after 5 s; it stays drained$/;

const ROW = /^fedns: FederatedDeployment shop\/web-\d+: RemovalHeld: 12 of 24 copies/;

let federation: Federation;
let verbs: FederationVerbs;
let running: ControlPlaneProcess;

beforeAll(async () => {
  const isWithoutControlPlane = true;
  federation = await startFederation({ members: MEMBERS, isWithoutControlPlane });
  verbs = federationVerbs(federation);
  for (const name of MEMBERS) {
    await federation.member(name).addNode('node', { zone: 'z', region: 'r' });
    await federation.join(name);
  }
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  running = await startControlPlane(federation);
  await federation.apply(federated('Namespace', 'shop', EVERYWHERE), ...NAMES.flatMap(scheduled));
  for (const name of MEMBERS) await runs(name, NAMES.length, 1);
}, 180_000);

afterAll(async () => {
  await running?.stop();
  await federation?.stop();
});

/** Two replicas: one in each member. */
function scheduled(name: string): readonly object[] {
  const labels = { app: name };
  const pods = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } };
  const template = { spec: { selector: { matchLabels: labels }, template: pods } };
  const preference = {
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name, namespace: 'shop' },
    spec: { targetKind: 'FederatedDeployment', totalReplicas: 2, rebalance: true },
  };
  return [federated('Deployment', name, { clusters: [] }, { template }), preference];
}

/** So many Deployments, each with so many replicas ready. */
function runs(cluster: string, count: number, replicas: number) {
  return eventually(
    () => federation.get(cluster, ['deployments', '-n', 'shop']),
    ({ items }) =>
      items.length === count &&
      items.every(({ status }) => Object(status)['readyReplicas'] === replicas),
    120_000,
  );
}

/** Of the page of the running control plane; undefined: it does not say it. */
const page = async (name: string, labels: Readonly<Record<string, string>> = {}) => {
  const told = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return (await metrics(running.place)).get(
    told.length === 0 ? name : `${name}{${told.join(',')}}`,
  );
};
const copiesIn = (cluster: string) => page('fedns_federation_copies', { type: TYPE, cluster });
/** On the page while it is on. */
const alarm = async () => (await page('fedns_alarm', { reason: 'copies-held' })) ?? 0;

/** What it says at its end: how many are left, and a line of each. */
function heldRows(stderr: string): readonly string[] {
  const lines = stderr.trim().split('\n');
  return lines.slice(lines.findIndex((line) => line.startsWith('fedns: ')));
}

it('what stands is counted, and nothing is alarming', async () => {
  await eventually(
    () => page('fedns_federation_writes_due', { type: TYPE, cluster: 'two' }),
    (due) => due === 0,
  );
  expect(await page('fedns_federation_leading')).toBe(1);
  expect(await page('fedns_federation_objects', { type: TYPE })).toBe(NAMES.length);
  for (const cluster of MEMBERS) expect(await copiesIn(cluster)).toBe(NAMES.length);
  const made = { type: TYPE, operation: 'create', result: 'success' };
  expect(await page('fedns_federation_copy_writes_total', made)).toBe(2 * NAMES.length);
  // With those of the namespace, and any that came before it was there.
  const created = { action: 'create' };
  expect(await page('dispatch_operation_duration_seconds_count', created)).toBeGreaterThanOrEqual(
    2 * NAMES.length + 2,
  );
  expect(await page('dispatch_operation_duration_seconds_sum', created)).toBeGreaterThan(0);
  expect(await page('fedns_federation_removals_held', { type: TYPE })).toBe(0);
  expect(await page('fedns_federation_tombstones')).toBe(0);
  expect(await page('fedns_federation_faults_total', { type: TYPE })).toBe(0);
  expect(await page('kubefedcluster_total', { state: 'ready', cluster: 'two' })).toBe(1);
  expect(await page('joined_cluster_total')).toBe(2);
  expect(await alarm()).toBe(0);
});

it('is held: the verb says what waits and how to let it go, an alarm is raised', async () => {
  const told = await eventually(
    () => verbs.run(...DRAIN, '--timeout', '5s'),
    ({ stderr }) => heldRows(stderr).every((row) => HELD.test(row) || ROW.test(row)),
    90_000,
  );
  expect(told.code).toBe(1);
  const [first = '', ...rows] = heldRows(told.stderr);
  const [, left, more] = HELD.exec(first) ?? [];
  const count = Number(left);
  // What was ready to go before the others were may have gone: a few may.
  expect(count).toBeGreaterThan(NAMES.length - 5);
  expect(Number(more)).toBe(count - 5);
  expect(rows).toHaveLength(count);
  // Their replacements run, and they run on.
  await runs('one', NAMES.length, 2);
  await runs('two', count, 1);
  expect(await alarm()).toBe(1);
  expect(await page('fedns_federation_removals_held', { type: TYPE })).toBe(count);
  expect(await copiesIn('two')).toBe(count);
  const [line] = running.log().match(/.*copies held, they stay where they are.*/) ?? [];
  expect(line).toContain(TYPE);
}, 120_000);

it('with its type switched off nothing is held, and nothing is alarming; on again it is', async () => {
  const propagation = (word: string) => {
    const patch = JSON.stringify({ spec: { propagation: word } });
    const type = ['federatedtypeconfig', TYPE, '-n', 'kube-federation-system'];
    return federation.host.kubectl(['patch', ...type, '--type=merge', '-p', patch]);
  };
  const left = await copiesIn('two');
  await propagation('Disabled');
  await eventually(alarm, (value) => value === 0);
  await propagation('Enabled');
  await eventually(alarm, (value) => value === 1, 60_000);
  await eventually(
    () => page('fedns_federation_removals_held', { type: TYPE }),
    (count) => count === left,
  );
}, 120_000);

it('accepted it goes, the same drain ends well, and the alarm is over', async () => {
  const held = await verbs.run('accept');
  const id = / ([0-9a-f]{12}) /.exec(held.stdout)?.[1] ?? '';
  expect(await verbs.done('accept', id)).toContain(`${TYPE}: let go`);
  const said = await verbs.done(...DRAIN, '--timeout', '25s');
  expect(said).toContain('two: no workload of a preference is there');
  await runs('one', NAMES.length, 2);
  await runs('two', 0, 0);
  await eventually(alarm, (value) => value === 0);
  expect(await page('fedns_federation_removals_held', { type: TYPE })).toBe(0);
  expect(await copiesIn('two')).toBe(0);
  const deleted = { action: 'delete' };
  expect(await page('dispatch_operation_duration_seconds_count', deleted)).toBeGreaterThanOrEqual(
    NAMES.length,
  );
}, 120_000);
