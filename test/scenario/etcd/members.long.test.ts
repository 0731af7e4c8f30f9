/**
 * R13: three etcd members. Two hang, so that none leads: our answers stay, nothing goes back. The
 * one that we follow hangs: another is found.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { type Etcd, startEtcd, whenEtcdReady } from '../../lab/etcd.ts';
import { freePort } from '../../lab/free-port.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { ends, metrics, until } from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';
import { fill, HOSTS, PREFIX, put, serveFromEtcd, standardLoad } from './serving-etcd.ts';

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

async function threeMembers(): Promise<[Etcd, Etcd, Etcd]> {
  const ports = [await freePort(), await freePort(), await freePort()];
  const members = ports.map((port, index) => `m${index}=http://127.0.0.1:${port}`).join(',');
  const started = await Promise.all(
    ports.map((peerPort, index) =>
      startEtcd({ version: '3.7', peerPort, cluster: { name: `m${index}`, members } }),
    ),
  );
  running.push(...started);
  await Promise.all(started.map(whenEtcdReady));
  return started as [Etcd, Etcd, Etcd];
}

it('R13: without a leader the answers stay; a member that hangs is left for another', async () => {
  const members = await threeMembers();
  const [first, second, third] = members;
  await fill(first);
  const urls = members.map(({ endpoint }) => endpoint);
  const { place, server } = await serveFromEtcd({ urls, readyName: HOSTS[0] ?? '' });
  running.unshift(server);
  const load = standardLoad(place);
  const stale = async () => (await metrics(place)).get('fedns_store_stale');

  second.pause();
  third.pause();
  expect(await until(async () => (await stale()) === 1, 9000)).toBe(true);
  expect(load.changedCount).toBe(0);
  second.resume();
  third.resume();
  const back = performance.now();
  expect(await until(async () => (await stale()) === 0, 15_000)).toBe(true);
  const foundMs = Math.round(performance.now() - back);

  // Whichever we follow hangs in one of these two turns.
  const leftMs: number[] = [];
  for (const [hanging, other] of [
    [first, second],
    [second, third],
  ] as const) {
    hanging.pause();
    const name = `fresh${leftMs.length}`;
    const entry = { host: '203.0.113.9', targetstrip: 1 };
    // A write fails while the others elect a leader.
    const isPut = () => put(other, `${PREFIX}/${name}/leaf`, entry).then(Boolean, () => false);
    expect(await until(isPut, 20_000)).toBe(true);
    const written = performance.now();
    const isSeen = async () => (await ends(place.port, `${name}.example.com`)) === '203.0.113.9';
    expect(await until(isSeen, 15_000)).toBe(true);
    leftMs.push(Math.round(performance.now() - written));
    hanging.resume();
    await sleep(500);
  }
  const score = await load.stop();
  tell('three members', score);
  console.info(
    `heard again ${foundMs} ms after a leader could be (target 5000), behind a hanging member a write is seen after ${leftMs.join(' and ')} ms (target 5000)`,
  );
  expect(score).toMatchObject(UNDISTURBED);
});
