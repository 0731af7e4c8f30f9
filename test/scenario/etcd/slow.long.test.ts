/** R26: etcd far away (200 ms each way) or behind a thin line (1 Mbit/s): answers do not notice. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { type Faults, startFaultProxy } from '../../lab/fault-proxy.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { ends, until } from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';
import { ChangingRecords } from './changing-records.ts';
import {
  HOSTS,
  PREFIX,
  put,
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from './serving-etcd.ts';

const running: Pick<RunningProcess, 'kill9'>[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it.each([
  ['200 ms each way', { delayMs: 200 }, 200],
  ['1 Mbit/s', { bytesPerSecond: 125_000 }, 0],
] as [string, Faults, number][])('R26: %s', async (what, faults, delayMs) => {
  const etcd = await startFilledEtcd('3.7');
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: etcd.clientPort } });
  running.push(etcd, { kill9: () => proxy.stop() });
  proxy.set(faults);
  const urls = [`http://127.0.0.1:${proxy.port}`];
  const { place, server } = await serveFromEtcd({ urls, readyName: HOSTS[0] ?? '' });
  running.unshift(server);
  const load = standardLoad(place);
  const changes = new ChangingRecords({ url: etcd.endpoint, port: place.port, perSecond: 50 });
  await changes.run(8000);
  const { visibleMs } = await changes.stop();
  const p99 = visibleMs[Math.floor(visibleMs.length * 0.99)] ?? Number.POSITIVE_INFINITY;
  await put(etcd, `${PREFIX}/last/leaf`, { host: '203.0.113.9', targetstrip: 1 });
  const isSeen = async () => (await ends(place.port, 'last.example.com')) === '203.0.113.9';
  expect(await until(isSeen, 5000)).toBe(true);
  await sleep(500);
  const score = await load.stop();
  tell(what, score);
  console.info(`visible after p99 ${p99} ms of ${visibleMs.length} (target ${delayMs + 1000})`);
  expect(score).toMatchObject(UNDISTURBED);
  expect(p99).toBeLessThan(delayMs + 3000);
});
