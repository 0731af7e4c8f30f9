/** Members named by a host cluster, as they are published; beside the list, and with the host away. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { waitUntil } from '../../lab/process.ts';
import { FaultyApi } from '../../support/faulty-api.ts';
import { MemberWorld } from './member-world.ts';

const NAMESPACE = 'federation';
const CLUSTERS = `/apis/core.kubefed.io/v1beta1/namespaces/${NAMESPACE}/kubefedclusters`;
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;

let world: MemberWorld;
let host: FaultyApi;
let folder: string;

beforeEach(async () => {
  world = new MemberWorld(['c1', 'c2']);
  await world.open();
  world.member('c1').node('n', 'west', 'a');
  world.member('c2').node('n', 'east', 'b');
  world.member('c1').service('d/web', ['192.0.2.1']);
  world.member('c2').service('d/web', ['192.0.2.2']);
  host = new FaultyApi([CLUSTERS, SECRETS]);
  await host.start();
  folder = mkdtempSync(join(tmpdir(), 'fedns-host-'));
  host.at(SECRETS).put(`${NAMESPACE}/token`, { data: { token: btoa('one') } });
});

afterEach(async () => {
  await world.close();
  await host.stop();
  rmSync(folder, { recursive: true });
});

function named(member: string, more: object = {}): void {
  const apiEndpoint = `http://127.0.0.1:${world.member(member).api.port}`;
  const spec = { apiEndpoint, secretRef: { name: 'token' }, ...more };
  host.at(CLUSTERS).put(`${NAMESPACE}/${member}`, { spec });
}

function hostSettings(): Record<string, unknown> {
  const kubeconfig = join(folder, 'host.json');
  const server = `http://127.0.0.1:${host.port}`;
  const config = {
    'current-context': 'host',
    clusters: [{ name: 'host', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'host', user: {} }],
    contexts: [{ name: 'host', context: { cluster: 'host', user: 'host' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return { host: { kubeconfig, namespace: NAMESPACE } };
}

const BOTH = {
  'web.d ': 'A 192.0.2.1 192.0.2.2',
  'web.d a.west': 'A 192.0.2.1',
  'web.d b.east': 'A 192.0.2.2',
  'web.d east': 'A 192.0.2.2',
  'web.d west': 'A 192.0.2.1',
};

it('the list and the host together; who leaves the host takes its records with it', async () => {
  named('c2');
  await world.start(hostSettings(), ['c1']);
  expect(await world.published()).toEqual(BOTH);
  host.at(CLUSTERS).remove(`${NAMESPACE}/c2`);
  await world.settles('web.d b.east', undefined);
  await world.settles('web.d ', 'A 192.0.2.1');
});

it('a name in both is the list’s, told once', async () => {
  named('c1');
  named('c2');
  await world.start(hostSettings(), ['c1']);
  expect(await world.published()).toEqual(BOTH);
  named('c2');
  const told = world.log.filter(({ fields }) => fields.reason?.includes('wins'));
  expect(told.map(({ fields }) => fields.key)).toEqual([`KubeFedCluster ${NAMESPACE}/c1`]);
  host.at(CLUSTERS).remove(`${NAMESPACE}/c1`);
  host.at(CLUSTERS).remove(`${NAMESPACE}/c2`);
  await world.settles('web.d ', 'A 192.0.2.1');
});

it('a start with the host away forgets nobody, and follows the list', async () => {
  named('c2');
  await world.start(hostSettings(), ['c1']);
  await world.stop();
  host.faults = { status: 503 };
  await world.start({ ...hostSettings(), startPatienceSeconds: 0.5 }, ['c1']);
  expect(await world.published()).toEqual(BOTH);
  world.member('c1').service('d/web', ['192.0.2.9']);
  await world.settles('web.d a.west', 'A 192.0.2.9');
  await world.settles('web.d ', 'A 192.0.2.2 192.0.2.9');
  expect((await world.published())['web.d b.east']).toBe('A 192.0.2.2');
  host.at(CLUSTERS).remove(`${NAMESPACE}/c2`);
  host.faults = {};
  await world.settles('web.d b.east', undefined, 20_000);
  await world.settles('web.d ', 'A 192.0.2.9');
});

it('all members of a host that is away at the start: all stays, and nothing is complete', async () => {
  named('c1');
  named('c2');
  await world.start(hostSettings(), []);
  await world.stop();
  host.faults = { status: 503 };
  await world.start({ ...hostSettings(), startPatienceSeconds: 0.5, lostGraceSeconds: 0 }, []);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await world.published()).toEqual(BOTH);
  expect(world.running.registry.isComplete).toBe(false);
  host.faults = {};
  await waitUntil(
    'both fresh',
    () => {
      const { joined } = world.running.registry;
      const all = [...joined.values()].map(({ member }) => member.status.api);
      return Promise.resolve(all.length === 2 && all.every((one) => one === 'fresh'));
    },
    20_000,
  );
  expect(await world.published()).toEqual(BOTH);
});

it('a restart while an object is malformed: not read, and not forgotten', async () => {
  named('c1');
  named('c2');
  await world.start(hostSettings(), []);
  await world.stop();
  named('c2', { apiEndpoint: 'ftp://c2.example' });
  await world.start(hostSettings(), []);
  world.member('c1').service('d/web', ['192.0.2.9']);
  await world.settles('web.d a.west', 'A 192.0.2.9');
  expect((await world.published())['web.d b.east']).toBe('A 192.0.2.2');
  host.at(CLUSTERS).remove(`${NAMESPACE}/c2`);
  await world.settles('web.d b.east', undefined);
});

it('another host: the members of the first stay until it was read whole', async () => {
  named('c2');
  await world.start(hostSettings(), ['c1']);
  const settings = hostSettings();
  host.faults = { status: 503 };
  await world.reload(['c1'], { host: { ...(settings['host'] as object), context: 'host' } });
  expect(world.running.registry.joined.has('c2')).toBe(true);
  expect(await world.published()).toEqual(BOTH);
  host.at(CLUSTERS).remove(`${NAMESPACE}/c2`);
  host.faults = {};
  await world.settles('web.d b.east', undefined, 20_000);
});

it('a first start with the host away wipes nothing that stands in the store', async () => {
  host.faults = { status: 503 };
  named('c2');
  await world.start({ ...hostSettings(), startPatienceSeconds: 0.5 }, []);
  expect(await world.published()).toEqual({});
  host.faults = {};
  await world.settles('web.d ', 'A 192.0.2.2', 20_000);
});

it('a host taken from the configuration takes its members with it', async () => {
  named('c2');
  await world.start(hostSettings(), ['c1']);
  await world.reload(['c1'], {});
  await world.settles('web.d b.east', undefined);
});
