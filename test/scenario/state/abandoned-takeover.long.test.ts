/**
 * An upgrade that breaks off: the new process took the store and never came. Meanwhile the old one
 * answers from what it has, here from stored images, and after a minute takes its store back.
 */

import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { callServer } from '../../../src/app/control/control-client.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { HOSTS, standardLoad } from '../etcd/serving-etcd.ts';
import { ends, startServe, until } from '../running-fedns.ts';
import { tell } from '../steady-asker.ts';
import { etcdAgain, servedOnce } from './served-once.ts';

const HOST = HOSTS[0] ?? '';

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it.each([
  ['before the successor asked for the store', 'before'],
  ['while the store is let go', 'while'],
])('started without etcd, which comes back %s', async (_, when) => {
  const { etcd, place, server } = await servedOnce(running);
  await server.kill9();
  const started = await startServe(place);
  running.unshift(started);
  expect(await until(async () => (await ends(place.port, HOST)) === '192.0.2.1', 6000)).toBe(true);
  const load = standardLoad(place);
  const isFresh = async () => (await ends(place.port, 'fresh.example.com')) === '203.0.113.9';
  if (when === 'before') {
    await etcdAgain(etcd, running);
    expect(await until(isFresh, 10_000)).toBe(true);
  }
  await callServer(join(place.folder, 'state'), 'POST /takeover/store');
  if (when === 'while') await etcdAgain(etcd, running);
  expect(await until(() => started.log().includes('store taken back'), 80_000)).toBe(true);
  expect(await until(isFresh, 10_000)).toBe(true);
  const score = await load.stop();
  tell(`an upgrade broken off, etcd back ${when}`, score);
  expect(score).toMatchObject({ lost: 0, wrong: 0 });
});
