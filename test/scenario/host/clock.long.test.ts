/**
 * R24: the wall clock jumps by an hour, back, and by ten years while we run. No answer changes, no
 * timer fires early or sleeps on, leases keep their time, and the serial never goes back.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startFakeClock } from '../../lab/fake-clock.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { answerText } from '../../witness/answer-text.ts';
import {
  HOSTS,
  PREFIX,
  put,
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from '../etcd/serving-etcd.ts';
import { ask, ends, metrics, type Place, startServe, until } from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';

const LEASE_SECONDS = 120;

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it('R24: the wall clock jumps, nothing else does', async () => {
  const clock = await startFakeClock();
  const etcd = await startFilledEtcd('3.7');
  running.push(etcd);
  const granted = await etcd.ctl(['lease', 'grant', String(LEASE_SECONDS)]);
  const lease = granted.split(' ')[1] ?? '';
  const leased = JSON.stringify({ host: '192.0.2.77', ttl: 600, targetstrip: 1 });
  await etcd.ctl(['put', `${PREFIX}/leased/leaf`, leased, '--lease', lease]);
  const readyName = HOSTS[0] ?? '';
  const { place, server } = await serveFromEtcd({
    urls: [etcd.endpoint],
    readyName,
    env: clock.env,
  });
  running.unshift(server);
  const load = standardLoad(place);
  const serial = async () => (await ask(place.port, 'example.com', 'SOA'))?.serial ?? 0;
  const ttl = async () =>
    Number((await answerText(place.port, 'leased.example.com', 'A')).records[0]?.split(' ')[1]);
  expect(await until(async () => (await ttl()) <= LEASE_SECONDS, 3000)).toBe(true);
  await sleep(300);
  let last = await serial();
  const seenMs: number[] = [];
  for (const offset of ['+1h', '-1h', '+10y', '+0']) {
    clock.set(offset);
    await sleep(300);
    if (offset === '+10y') expect(await until(() => isFuture(place), 3000)).toBe(true);
    const at = performance.now();
    const name = `jump${seenMs.length}`;
    await put(etcd, `${PREFIX}/${name}/leaf`, { host: '203.0.113.9', targetstrip: 1 });
    const isSeen = async () => (await ends(place.port, `${name}.example.com`)) === '203.0.113.9';
    expect(await until(isSeen, 3000)).toBe(true);
    seenMs.push(Math.round(performance.now() - at));
    const now = await serial();
    expect((now - last) | 0).toBeGreaterThan(0);
    last = now;
    expect(await ttl()).toBeGreaterThanOrEqual(LEASE_SECONDS - 30);
    expect(await ttl()).toBeLessThanOrEqual(LEASE_SECONDS);
    expect((await metrics(place)).get('fedns_store_stale')).toBe(0);
  }
  const score = await load.stop();
  tell('+1 h, -1 h, +10 years, now', score);
  console.info(`after each jump a change is seen within ${seenMs.join(', ')} ms (target 1000)`);
  expect(score).toMatchObject(UNDISTURBED);

  // A restart with the clock an hour slow: the serial comes from the store, not from the clock.
  clock.set('-1h');
  await server.kill9();
  running.unshift(await startServe(place, [], clock.env));
  expect(await until(async () => (await ends(place.port, readyName)) === '192.0.2.1', 5000)).toBe(
    true,
  );
  expect((await serial()) - last).toBeGreaterThanOrEqual(0);
});

/** Whether the server's own wall clock has gone along: it dates its pages by it. */
async function isFuture(place: Place): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${place.adminPort}/health`);
  await response.arrayBuffer();
  const year = new Date(response.headers.get('date') ?? 0).getFullYear();
  return year >= new Date().getFullYear() + 9;
}
