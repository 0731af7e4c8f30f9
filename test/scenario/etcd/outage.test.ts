/**
 * R7: etcd hangs for what stands for an hour. The answers stay, octet for octet; that they are stale
 * is said. Limits are asserted at three times the target.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { RunningProcess } from '../../lab/process.ts';
import { ends, extendedErrors, metrics, pageStatus, residentMb, until } from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';
import {
  HOSTS,
  logLineCount,
  PREFIX,
  put,
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from './serving-etcd.ts';

/** The hour of R7, and the time after which we are stale, in proportion. */
const HOUR_MS = 6000;
const STALE_AFTER_MS = 2000;

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

async function serving() {
  const etcd = await startFilledEtcd('3.7');
  running.push(etcd);
  const { place, server } = await serveFromEtcd({
    urls: [etcd.endpoint],
    staleAfterSeconds: STALE_AFTER_MS / 1000,
    readyName: HOSTS[19] ?? '',
  });
  running.push(server);
  return { etcd, place, server };
}

it('R7: etcd hangs for an hour (shortened): answers stay, and are marked stale', async () => {
  const { etcd, place, server } = await serving();
  const stale = async () => (await metrics(place)).get('fedns_store_stale');
  const host = HOSTS[0] ?? '';
  expect([await stale(), await extendedErrors(place.port, host)]).toEqual([0, []]);
  const load = standardLoad(place);
  await sleep(500);
  const before = { lines: logLineCount(server), mb: residentMb(server) };
  etcd.pause();
  const paused = performance.now();
  expect(await until(async () => (await stale()) === 1, 3 * STALE_AFTER_MS)).toBe(true);
  const saidAfter = Math.round(performance.now() - paused);
  await sleep(Math.max(0, HOUR_MS - (performance.now() - paused)));
  expect(await extendedErrors(place.port, host)).toEqual([3]);
  expect(await pageStatus(place, '/ready')).toBe(200);
  const lines = logLineCount(server) - before.lines;
  const grown = Math.round(residentMb(server) - before.mb);
  expect(load.changedCount).toBe(0);
  etcd.resume();
  await put(etcd, `${PREFIX}/fresh/leaf`, { host: '203.0.113.9', targetstrip: 1 });
  const resumed = performance.now();
  const isBack = await until(
    async () => (await ends(place.port, 'fresh.example.com')) === '203.0.113.9',
    6000,
  );
  const backAfter = Math.round(performance.now() - resumed);
  expect(isBack).toBe(true);
  expect(await until(async () => (await stale()) === 0, 3000)).toBe(true);
  const isMarked = async () => (await extendedErrors(place.port, host)).length > 0;
  expect(await until(async () => !(await isMarked()), 3000)).toBe(true);
  const score = await load.stop();
  tell('etcd hangs', score);
  console.info(
    `stale said after ${saidAfter} ms, caught up ${backAfter} ms after return, ${lines} log lines in ${HOUR_MS / 1000} s, RSS +${grown} MB`,
  );
  expect(score).toMatchObject(UNDISTURBED);
  expect(lines).toBeLessThanOrEqual(HOUR_MS / 1000);
  expect(grown).toBeLessThan(60);
});
