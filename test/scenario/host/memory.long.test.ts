/**
 * R28: 100,000 names and a heap too small for them. What happens is printed; whatever it is, no
 * name that exists is ever said to be absent, and no answer is half.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import type { Etcd } from '../../lab/etcd.ts';
import type { RunningProcess } from '../../lab/process.ts';
import {
  HOSTS,
  PREFIX,
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from '../etcd/serving-etcd.ts';
import { pageStatus, residentMb } from '../running-fedns.ts';
import { tell } from '../steady-asker.ts';

const NAMES = 100_000;

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

it.each([48, 96, 512])('R28: a heap of %i MB', async (heapMb) => {
  const etcd = await startFilledEtcd('3.7');
  running.push(etcd);
  const { place, server } = await serveFromEtcd({
    urls: [etcd.endpoint],
    readyName: HOSTS[0] ?? '',
    env: { NODE_OPTIONS: `--max-old-space-size=${heapMb}` },
  });
  running.unshift(server);
  const load = standardLoad(place);
  await fill(etcd);
  await sleep(5000);
  const isAlive = server.alive();
  const mb = isAlive ? Math.round(residentMb(server)) : 0;
  const ready = await pageStatus(place, '/ready');
  const ended = isAlive ? 'runs' : `ended (${await server.exited})`;
  const score = await load.stop();
  tell(
    `${NAMES} names in a heap of ${heapMb} MB: ${ended}, ${mb} MB resident, /ready ${ready}`,
    score,
  );
  expect([score.wrong, score.changed]).toEqual([0, 0]);
  if (heapMb === 512) expect([isAlive, ready, score.lost]).toEqual([true, 200, 0]);
});

async function fill(etcd: Etcd): Promise<void> {
  const store = openEtcdStore({ urls: [etcd.endpoint] });
  const work = new Set<Promise<unknown>>();
  for (let at = 0; at < NAMES; at += 100) {
    const puts = Array.from({ length: 100 }, (_, index) => ({
      key: `${PREFIX}/n${at + index}/leaf`,
      value: JSON.stringify({ host: '192.0.2.1', ttl: 60, targetstrip: 1 }),
    }));
    const one = store.commit({ compares: [], puts, deletes: [] }).finally(() => work.delete(one));
    work.add(one);
    if (work.size >= 8) await Promise.race(work);
  }
  await Promise.all(work);
  await store.stop();
}
