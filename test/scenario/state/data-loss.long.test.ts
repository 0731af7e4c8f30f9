/** R10, all losses; and a backup that brings everything back into a new cluster. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startEtcd } from '../../lab/etcd.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { HOSTS, serveFromEtcd, standardLoad, startFilledEtcd } from '../etcd/serving-etcd.ts';
import { fedns, metrics, until } from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';
import { HELD_ALARM, holdsUntilAccepted, LOSSES } from './data-loss.ts';

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it.each(LOSSES)('R10: $what', (loss) => holdsUntilAccepted(loss, running));

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
