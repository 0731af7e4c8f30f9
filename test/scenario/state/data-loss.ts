/**
 * The story of R10: etcd comes back with other data than we serve: emptied, restored from an old
 * snapshot, under a new cluster id. Names that would go keep answering, over a restart as well, until
 * a person says that it is meant.
 */

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
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
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from '../etcd/serving-etcd.ts';
import { ask, ends, fedns, metrics, type Place, startServe, until } from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';

export const HELD_ALARM = 'fedns_alarm{reason="removals-held"}';
/** Names that are in etcd now, and not in what comes back. */
const LATE = numbered('late', 40, '10.1');

const serialOf = async (place: Place) => (await ask(place.port, 'example.com', 'SOA'))?.serial ?? 0;

export const snapshotOf = (place: Place) => join(place.folder, 'state', 'local-snapshot');

export interface Loss {
  readonly what: string;
  readonly version: '3.4' | '3.7';
  /** In every run; the others take long in sum. */
  readonly isQuick: boolean;
  /** Makes the etcd that comes back; the old one is gone. */
  readonly back: (etcd: Etcd, snapshot: string) => Promise<Etcd>;
  /** Names that would go. */
  readonly heldCount: number;
}

export const LOSSES: readonly Loss[] = [
  {
    what: 'the data folder is removed, same flags and cluster id',
    version: '3.7',
    isQuick: true,
    back: (etcd) => {
      rmSync(etcd.dataFolder, { recursive: true });
      return etcd.again();
    },
    heldCount: HOSTS.length + 2 + LATE.size,
  },
  {
    what: 'an old snapshot is restored by etcdctl, the revision goes back',
    version: '3.4',
    isQuick: true,
    back: (etcd, snapshot) => restored(etcd, snapshot, []),
    heldCount: LATE.size,
  },
  {
    what: 'an old snapshot is restored by etcdutl, the revision bumped and compacted',
    version: '3.7',
    isQuick: false,
    back: (etcd, snapshot) =>
      restored(etcd, snapshot, ['--bump-revision', '1000000', '--mark-compacted']),
    heldCount: LATE.size,
  },
];

/** What is started goes to `running`; the caller ends it. */
export async function holdsUntilAccepted(loss: Loss, running: RunningProcess[]): Promise<void> {
  const { version, back, heldCount } = loss;
  const etcd = await startFilledEtcd(version);
  const snapshot = join(temporaryFolder('backup'), 'old.db');
  await etcd.ctl(['snapshot', 'save', snapshot]);
  await putAll(etcd, [...LATE].map(pairOf));
  const { place, server } = await serveFromEtcd({
    urls: [etcd.endpoint],
    readyName: HOSTS[0] ?? '',
  });
  running.unshift(server);
  expect(await until(() => existsSync(snapshotOf(place)), 9000)).toBe(true);
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
  expect([checked.code, checked.stderr]).toEqual([1, expect.stringContaining('removals are held')]);
  const score = await load.stop();
  tell('held', score);
  expect(score).toMatchObject(UNDISTURBED);

  // A restart has only its snapshot to know what went.
  await server.kill9();
  running.unshift(await startServe(place));
  const isHeld = async () => (await metrics(place)).get(HELD_ALARM) === 1;
  expect(await until(isHeld, 5000)).toBe(true);
  expect(await matchingCount(place, LATE)).toBe(LATE.size);

  expect(await fedns(place, ['store', 'accept'])).toMatchObject({ code: 0 });
  const absent = new Map([...LATE.keys()].map((name) => [name, 'NXDOMAIN']));
  const isGone = async () => (await matchingCount(place, absent)) === absent.size;
  expect(await until(isGone, 5000)).toBe(true);
  expect((await metrics(place)).get(HELD_ALARM) ?? 0).toBe(0);
  expect(await ends(place.port, 'fresh.example.com')).toBe('203.0.113.9');
  const later = await serialOf(place);
  console.info(`noticed ${noticedMs} ms after return; serial ${serial} -> ${later}`);
  expect((later - serial) | 0).toBeGreaterThan(0);
}

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
