/**
 * R11: etcd is killed and comes back: nothing is lost meanwhile, and we have caught up at once.
 * (The store's own tests hold the same without load in every run.)
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { RunningProcess } from '../../lab/process.ts';
import { ends, until } from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';
import {
  HOSTS,
  PREFIX,
  put,
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from './serving-etcd.ts';

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it.each(['3.4', '3.7'] as const)(
  'R11: etcd %s is killed and comes back: nothing lost, caught up at once',
  async (version) => {
    const etcd = await startFilledEtcd(version);
    const urls = [etcd.endpoint];
    const { place, server } = await serveFromEtcd({ urls, readyName: HOSTS[0] ?? '' });
    running.push(server, etcd);
    const load = standardLoad(place);
    await sleep(500);
    await etcd.kill9();
    await sleep(5000);
    expect(load.changedCount).toBe(0);
    const again = await etcd.again();
    running.push(again);
    const back = performance.now();
    await put(again, `${PREFIX}/fresh/leaf`, { host: '203.0.113.9', targetstrip: 1 });
    const isSeen = await until(
      async () => (await ends(place.port, 'fresh.example.com')) === '203.0.113.9',
      6000,
    );
    const tookMs = Math.round(performance.now() - back);
    const score = await load.stop();
    tell(`etcd ${version} killed`, score);
    console.info(`caught up ${tookMs} ms after return (target 2000)`);
    expect(isSeen).toBe(true);
    expect(score).toMatchObject(UNDISTURBED);
  },
);
