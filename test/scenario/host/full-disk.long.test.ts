/**
 * R27: the state folder is a full tmpfs of 1 MB (in a mount namespace of our own; a folder made
 * read-only where that is not permitted). Answers go on, it is said, and what was there stays whole.
 */

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { tryCommand } from '../../lab/obtain/command.ts';
import type { RunningProcess } from '../../lab/process.ts';
import {
  HOSTS,
  numbered,
  pairOf,
  putAll,
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from '../etcd/serving-etcd.ts';
import {
  ends,
  makePlace,
  metrics,
  type Place,
  serverPid,
  startServe,
  startUnder,
  until,
} from '../running-fedns.ts';
import { SteadyAsker, tell, UNDISTURBED } from '../steady-asker.ts';

const NOT_WRITTEN = 'fedns_alarm{reason="snapshot-not-written"}';
/** Leaves room for the lock and a small snapshot, not for a large one. */
const FILL = `mount -t tmpfs -o size=1m tmpfs "$0/state" && cp -a "$0/old/." "$0/state" &&
  head -c 1000000 /dev/zero > "$0/state/filler" && exec "$@"`;

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

interface FullStart {
  readonly server: RunningProcess;
  /** The state folder as the server sees it. */
  readonly folder: string;
  readonly makeRoom: () => void;
}

/** Starts on a copy of the state folder without room; what was there stays there. */
async function startFull(place: Place): Promise<FullStart> {
  const state = join(place.folder, 'state');
  mkdirSync(state, { recursive: true });
  cpSync(state, join(place.folder, 'old'), {
    recursive: true,
    filter: (file) => !/\.sock$|lock$/.test(file),
  });
  for (const unshare of [
    ['unshare', '-Urm'],
    ['unshare', '-m'],
  ]) {
    const [command = '', ...args] = unshare;
    if ((await tryCommand(command, [...args, 'true'])).code !== 0) continue;
    console.info(`full tmpfs by ${unshare.join(' ')}`);
    const server = await startUnder(place, [...unshare, 'sh', '-c', FILL, place.folder]);
    const folder = `/proc/${serverPid(server)}/root${state}`;
    return { server, folder, makeRoom: () => rmSync(join(folder, 'filler')) };
  }
  if (process.getuid?.() === 0) throw new Error('root without mount namespaces: nothing is full');
  console.info('no mount namespace: the folder is made read-only after the start');
  const server = await startServe(place);
  chmodSync(state, 0o500);
  return { server, folder: state, makeRoom: () => chmodSync(state, 0o700) };
}

it('R27: a snapshot that finds no room is said, the old one stays', async () => {
  const etcd = await startFilledEtcd('3.7');
  running.push(etcd);
  const { place, server } = await serveFromEtcd({
    urls: [etcd.endpoint],
    readyName: HOSTS[0] ?? '',
  });
  running.unshift(server);
  const snapshot = join(place.folder, 'state', 'local-snapshot');
  expect(await until(() => existsSync(snapshot), 9000)).toBe(true);
  await server.kill9();
  const old = readFileSync(snapshot);
  const more = numbered('more', 600, '10.1');
  await putAll(etcd, [...more].map(pairOf));

  const full = await startFull(place);
  running.unshift(full.server);
  const load = standardLoad(place);
  const isSaid = async () => (await metrics(place)).get(NOT_WRITTEN) === 1;
  expect(await until(isSaid, 9000)).toBe(true);
  expect(readFileSync(join(full.folder, 'local-snapshot')).equals(old)).toBe(true);
  expect(await ends(place.port, 'more599.example.com')).toBe(more.get('more599.example.com'));
  const score = await load.stop();
  tell('no room for a snapshot', score);
  expect(score).toMatchObject(UNDISTURBED);
});

it('R27: the embedded store finds no room: answers stay, the change comes when there is some', async () => {
  const shards = (count: number) => {
    const services = Array.from(
      { length: count },
      (_, index) =>
        `  - {namespace: n, name: s${index}, shards: [{cluster: c1, loadBalancer: [{ip: 192.0.2.1}], readyEndpoints: 1}]}\n`,
    );
    return `federation: f\ndomain: example.com\nclusters: [{name: c1, region: r1, zones: [z1]}]\nservices:\n${services.join('')}`;
  };
  const name = 's0.n.f.svc.example.com';
  const place = await makePlace({ shards: shards(1), more: { answers: { order: 'fixed' } } });
  const { server, makeRoom } = await startFull(place);
  running.push(server);
  expect(await until(async () => (await ends(place.port, name)) === '192.0.2.1', 5000)).toBe(true);
  const load = new SteadyAsker({ port: place.port, perSecond: 1000, names: [name] });
  load.start();
  writeFileSync(join(place.folder, 'shards.yaml'), shards(300));
  expect(await until(() => server.log().includes('records not published'), 5000)).toBe(true);
  makeRoom();
  const last = 's299.n.f.svc.z1.r1.example.com';
  const isThere = async () => (await ends(place.port, last)) === '192.0.2.1';
  expect(await until(isThere, 9000)).toBe(true);
  const score = await load.stop();
  tell('no room for the journal', score);
  expect(score).toMatchObject(UNDISTURBED);
});
