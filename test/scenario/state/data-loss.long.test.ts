/** R10, all losses; and a backup that brings everything back into a new cluster. */

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startEtcd } from '../../lab/etcd.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { HOSTS, serveFromEtcd, standardLoad, startFilledEtcd } from '../etcd/serving-etcd.ts';
import { ends, fedns, metrics, startServe, until } from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';
import { HELD_ALARM, holdsUntilAccepted, LOSSES, snapshotOf } from './data-loss.ts';

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it.each(LOSSES)('R10: $what', (loss) => holdsUntilAccepted(loss, running));

it('R10: what was accepted is not held again by a restart', async () => {
  const etcd = await startFilledEtcd('3.7');
  // The revision of what we know is far above the one that comes back.
  for (let index = 0; index < 40; index++) await etcd.ctl(['put', '/elsewhere', String(index)]);
  const urls = [etcd.endpoint];
  const { place, server } = await serveFromEtcd({ urls, readyName: HOSTS[0] ?? '' });
  running.unshift(server);
  expect(await until(() => existsSync(snapshotOf(place)), 9000)).toBe(true);
  await etcd.kill9();
  rmSync(etcd.dataFolder, { recursive: true });
  running.push(await etcd.again());
  const isHeld = async () => (await metrics(place)).get(HELD_ALARM) === 1;
  expect(await until(isHeld, 9000)).toBe(true);
  expect(await fedns(place, ['store', 'accept'])).toMatchObject({ code: 0 });
  const isGone = async () => (await ends(place.port, HOSTS[0] ?? '')) === 'NXDOMAIN';
  expect(await until(isGone, 3000)).toBe(true);
  // The next snapshot comes soon.
  await sleep(5000);
  await server.kill9();
  running.unshift(await startServe(place));
  expect(await until(isGone, 5000)).toBe(true);
  expect(await isHeld()).toBe(false);
});

it('a backup brings all back into a new cluster: no answer ever changes', async () => {
  const etcd = await startFilledEtcd('3.7');
  const urls = [etcd.endpoint];
  const { place, server } = await serveFromEtcd({ urls, readyName: HOSTS[0] ?? '' });
  running.unshift(server);
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
