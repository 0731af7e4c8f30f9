/**
 * R10: etcd comes back with other data than we serve: emptied, restored from an old snapshot,
 * under a new cluster id. Names that would go keep answering until a person says that it is meant;
 * what our own writers remove goes at once.
 */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Etcd, startEtcd } from '../../lab/etcd.ts';
import { runCommand } from '../../lab/obtain/command.ts';
import { type RunningProcess, temporaryFolder } from '../../lab/process.ts';
import {
  HOSTS,
  matchingCount,
  numbered,
  PREFIX,
  pairOf,
  put,
  putAll,
  type ServingEtcd,
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from '../etcd/serving-etcd.ts';
import {
  ask,
  ends,
  fedns,
  makePlace,
  metrics,
  type Place,
  startServe,
  until,
} from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';

const HELD_ALARM = 'fedns_alarm{reason="removals-held"}';
/** Names that are in etcd now, and not in what comes back. */
const LATE = numbered('late', 40, '10.1');

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

async function serving(etcd: Etcd): Promise<ServingEtcd> {
  const served = await serveFromEtcd({ urls: [etcd.endpoint], readyName: HOSTS[0] ?? '' });
  running.unshift(served.server);
  return served;
}

const serialOf = async (place: Place) => (await ask(place.port, 'example.com', 'SOA'))?.serial ?? 0;

const snapshotOf = (place: Place) => join(place.folder, 'state', 'local-snapshot');

interface Loss {
  readonly what: string;
  readonly version: '3.4' | '3.7';
  /** Makes the etcd that comes back; the old one is gone. */
  readonly back: (etcd: Etcd, snapshot: string) => Promise<Etcd>;
  /** Names that would go. */
  readonly heldCount: number;
}

const LOSSES: readonly Loss[] = [
  {
    what: 'the data folder is removed, same flags and cluster id',
    version: '3.7',
    back: (etcd) => {
      rmSync(etcd.dataFolder, { recursive: true });
      return etcd.again();
    },
    heldCount: HOSTS.length + 2 + LATE.size,
  },
  {
    what: 'an old snapshot is restored by etcdctl, the revision goes back',
    version: '3.4',
    back: (etcd, snapshot) => restored(etcd, snapshot, []),
    heldCount: LATE.size,
  },
  {
    what: 'an old snapshot is restored by etcdutl, the revision bumped and compacted',
    version: '3.7',
    back: (etcd, snapshot) =>
      restored(etcd, snapshot, ['--bump-revision', '1000000', '--mark-compacted']),
    heldCount: LATE.size,
  },
];

describe.each(LOSSES)('R10: $what', ({ version, back, heldCount }) => {
  it('the names are held, additions go on, a word of a person lets them go', async () => {
    const etcd = await startFilledEtcd(version);
    const snapshot = join(temporaryFolder('backup'), 'old.db');
    await etcd.ctl(['snapshot', 'save', snapshot]);
    await putAll(etcd, [...LATE].map(pairOf));
    const { place, server } = await serving(etcd);
    expect(await until(async () => (await matchingCount(place, LATE)) === LATE.size, 5000)).toBe(
      true,
    );
    const serial = await serialOf(place);
    const load = standardLoad(place);
    await sleep(200);

    await etcd.kill9();
    const again = await back(etcd, snapshot);
    running.push(again);
    const returned = performance.now();
    await put(again, `${PREFIX}/fresh/leaf`, { host: '203.0.113.9', targetstrip: 1 });
    const isFresh = async () => (await ends(place.port, 'fresh.example.com')) === '203.0.113.9';
    expect(await until(isFresh, 9000)).toBe(true);
    const noticedMs = Math.round(performance.now() - returned);
    await sleep(300);
    expect(await matchingCount(place, LATE)).toBe(LATE.size);
    const held = await metrics(place);
    expect([held.get(HELD_ALARM), held.get('fedns_held_removals')]).toEqual([1, heldCount]);
    expect(server.log().match(/"message":"removals held/g)).toHaveLength(1);
    const checked = await fedns(place, ['store', 'check']);
    expect([checked.code, checked.stderr]).toEqual([
      1,
      expect.stringContaining('removals are held'),
    ]);
    const score = await load.stop();
    tell('held', score);
    expect(score).toMatchObject(UNDISTURBED);

    expect(await fedns(place, ['store', 'accept'])).toMatchObject({ code: 0 });
    const absent = new Map([...LATE.keys()].map((name) => [name, 'NXDOMAIN']));
    const isGone = async () => (await matchingCount(place, absent)) === absent.size;
    expect(await until(isGone, 5000)).toBe(true);
    expect((await metrics(place)).get(HELD_ALARM) ?? 0).toBe(0);
    expect(await ends(place.port, 'fresh.example.com')).toBe('203.0.113.9');
    const later = await serialOf(place);
    console.info(`noticed ${noticedMs} ms after return; serial ${serial} -> ${later}`);
    expect((later - serial) | 0).toBeGreaterThan(0);
  });
});

it('R10: a restart while names are held keeps them, too', async () => {
  const etcd = await startFilledEtcd('3.7');
  const { place, server } = await serving(etcd);
  expect(await until(() => existsSync(snapshotOf(place)), 9000)).toBe(true);
  await etcd.kill9();
  rmSync(etcd.dataFolder, { recursive: true });
  running.push(await etcd.again());
  const isHeld = async () => (await metrics(place)).get(HELD_ALARM) === 1;
  expect(await until(isHeld, 9000)).toBe(true);
  await server.kill9();
  running.unshift(await startServe(place));
  const isAnswering = async () => (await ends(place.port, HOSTS[0] ?? '')) !== 'silence';
  expect(await until(isAnswering, 5000)).toBe(true);
  expect(await ends(place.port, HOSTS[0] ?? '')).toBe('192.0.2.1');
  expect(await until(isHeld, 3000)).toBe(true);
  await sleep(1000);
  expect(await ends(place.port, HOSTS[0] ?? '')).toBe('192.0.2.1');
});

it('R10: an ordinary edit that removes half of all services passes at once', async () => {
  const etcd = await startEtcd({ version: '3.7' });
  running.push(etcd);
  const store = { kind: 'etcd', urls: [etcd.endpoint], folder: './state' };
  const services = Array.from(
    { length: 40 },
    (_, index) =>
      `  - {namespace: n, name: s${index}, shards: [{cluster: c1, loadBalancer: [{ip: 192.0.2.1}], readyEndpoints: 1}]}\n`,
  );
  const text = (count: number) =>
    `federation: f\ndomain: example.com\nclusters: [{name: c1, region: r1, zones: [z1]}]\nservices:\n${services.slice(0, count).join('')}`;
  const place = await makePlace({ shards: text(40), more: { store } });
  running.unshift(await startServe(place));
  const { place: reader, server } = await serveFromEtcd({
    urls: [etcd.endpoint],
    readyName: 's39.n.f.svc.z1.r1.example.com',
  });
  running.unshift(server);
  expect(await until(() => existsSync(snapshotOf(reader)), 9000)).toBe(true);
  const edited = performance.now();
  writeFileSync(join(place.folder, 'shards.yaml'), text(20));
  const isGone = async () =>
    (await ends(reader.port, 's39.n.f.svc.z1.r1.example.com')) === 'NXDOMAIN' &&
    (await ends(reader.port, 's20.n.f.svc.example.com')) === 'NXDOMAIN';
  expect(await until(isGone, 6000)).toBe(true);
  console.info(
    `60 names of 120 removed by an edit: gone at another replica after ${Math.round(performance.now() - edited)} ms`,
  );
  expect(await ends(reader.port, 's19.n.f.svc.z1.r1.example.com')).toBe('192.0.2.1');
  expect((await metrics(reader)).get('fedns_held_removals')).toBe(0);

  // What went while a replica was away is meant as well.
  await server.kill9();
  writeFileSync(join(place.folder, 'shards.yaml'), text(5));
  const isGoneToo = async () => (await ends(place.port, 's19.n.f.svc.example.com')) === 'NXDOMAIN';
  expect(await until(isGoneToo, 6000)).toBe(true);
  running.unshift(await startServe(reader));
  const isBack = async () => (await ends(reader.port, 's4.n.f.svc.example.com')) === '192.0.2.1';
  expect(await until(isBack, 6000)).toBe(true);
  expect(await ends(reader.port, 's19.n.f.svc.example.com')).toBe('NXDOMAIN');
  expect((await metrics(reader)).get('fedns_held_removals')).toBe(0);
});

it('a backup brings all back into a new cluster: no answer ever changes', async () => {
  const etcd = await startFilledEtcd('3.7');
  const { place } = await serving(etcd);
  const file = join(place.folder, 'backup');
  expect(await fedns(place, ['store', 'snapshot', file])).toMatchObject({ code: 0 });
  expect(readFileSync(file, 'utf8')).toContain('fedns-backup-1');
  const load = standardLoad(place);
  await sleep(200);
  await etcd.kill9();
  const { clientPort } = etcd;
  running.push(await startEtcd({ version: '3.7', clientPort }));
  expect(await fedns(place, ['store', 'restore', file])).toMatchObject({ code: 0 });
  const isEnded = async () => (await metrics(place)).get('fedns_held_removals') === 0;
  expect(await until(isEnded, 9000)).toBe(true);
  await sleep(500);
  const score = await load.stop();
  tell('restored into a new cluster', score);
  expect(score).toMatchObject(UNDISTURBED);
  expect((await metrics(place)).get(HELD_ALARM) ?? 0).toBe(0);
});

/** A fresh data folder from a snapshot, served at the old address; the cluster id is a new one. */
async function restored(etcd: Etcd, snapshot: string, args: readonly string[]): Promise<Etcd> {
  const dataFolder = join(temporaryFolder('restored'), 'data');
  const peer = `http://127.0.0.1:${etcd.peerPort}`;
  const common = ['snapshot', 'restore', snapshot, '--data-dir', dataFolder, '--name', 'lab'];
  const cluster = ['--initial-cluster', `lab=${peer}`, '--initial-advertise-peer-urls', peer];
  const token = ['--initial-cluster-token', 'restored'];
  const utility = etcd.paths.programs['etcdutl'];
  if (utility === undefined) await etcd.ctl([...common, ...cluster, ...token, ...args]);
  else await runCommand(utility, [...common, ...cluster, ...token, ...args]);
  const { clientPort, peerPort } = etcd;
  const version = utility === undefined ? '3.4' : '3.7';
  return startEtcd({ version, dataFolder, clientPort, peerPort });
}
