/** `fedns status` of a process that is a control plane and nothing else: one that leads, and one that does not. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningProcess } from '../lab/process.ts';
import { fedns, type Place } from '../scenario/running-fedns.ts';
import { startControlPlane } from './control-plane-process.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';

const TYPES = 'types.kubefed.io/v1beta1';

let federation: Federation;
let place: Place;
const running: RunningProcess[] = [];

async function startAnother(): Promise<Place> {
  const one = await startControlPlane(federation);
  running.push(one);
  return one.place;
}

const status = (of: Place, ...args: string[]) => fedns({ config: of.config }, ['status', ...args]);

beforeAll(async () => {
  federation = await startFederation({
    members: ['one', 'two'],
    withWorkloads: false,
    isWithoutControlPlane: true,
    annotations: { 'fedns.io/deletion-patience': '2s' },
  });
  await federation.join('one');
  await federation.join('two');
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  const placement = { clusterSelector: {} };
  const object = (kind: string, name: string, spec: object) => ({
    apiVersion: TYPES,
    kind,
    metadata: { name, namespace: 'shop' },
    spec: { placement, ...spec },
  });
  await federation.apply(
    object('FederatedNamespace', 'shop', {}),
    object('FederatedConfigMap', 'settings', { template: { data: { a: 'b' } } }),
  );
  place = await startAnother();
}, 120_000);

afterAll(async () => {
  await Promise.all(running.map((one) => one.stop()));
  await federation.stop();
});

it('all is well, and who stands by says that another knows more', async () => {
  const { stdout } = await eventually(
    () => status(place),
    ({ stdout }) => stdout.includes('2 of 2 clusters ready'),
    60_000,
  );
  expect(stdout).toBe('all is well\n\nfederation  leading; 2 of 2 clusters ready\n');
  const other = await startAnother();
  const said = await eventually(
    () => status(other),
    ({ code }) => code === 0,
    30_000,
  );
  expect(said.stdout).toContain('federation  standing by: another leads, and knows more');
}, 120_000);

it('a member out of reach, and what was left in it', async () => {
  await eventually(
    () => federation.get('host', ['federatedconfigmap', 'settings', '-n', 'shop']),
    (seen) => seen.status?.conditions?.[0]?.status === 'True',
    60_000,
  );
  await federation.member('two').apiserver.kill9();
  await eventually(
    () => status(place),
    ({ stdout }) => stdout.includes('LOST   cluster two is not ready'),
    60_000,
  );
  await federation.host.kubectl([
    ...['delete', 'federatedconfigmap', 'settings', '-n', 'shop', '--timeout=30s'],
  ]);
  const { stdout } = await eventually(
    () => status(place),
    (said) => said.stdout.includes('out of reach'),
    60_000,
  );
  expect(stdout).toContain('federation  leading; 1 of 2 clusters ready');
  expect(stdout).toContain('1 copy is left in clusters that were out of reach');
  expect(stdout).toMatch(/two +configmaps +shop\/settings +Delete/);
  const { stdout: json } = await status(place, '-o', 'json');
  expect(JSON.parse(json).federation).toMatchObject({ isLeading: true, tombstoneCount: 1 });
}, 120_000);
