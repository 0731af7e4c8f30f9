/**
 * The story of R12: while our watch is away, or we are stopped as a whole, etcd changes and compacts
 * its history. We must notice, read everything at one revision, and answer all that etcd holds.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { startFaultProxy } from '../../lab/fault-proxy.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { eventLoopDelay, until } from '../running-fedns.ts';
import { tell, UNDISTURBED } from '../steady-asker.ts';
import {
  HOSTS,
  matchingCount,
  numbered,
  pairOf,
  putAll,
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from './serving-etcd.ts';

export interface Absence {
  readonly version: '3.4' | '3.7';
  readonly how: 'our connection is dead' | 'we are stopped';
  /** What is started goes here; the caller ends it. */
  readonly running: Pick<RunningProcess, 'kill9'>[];
}

export async function survivesLostHistory({ version, how, running }: Absence): Promise<void> {
  const etcd = await startFilledEtcd(version);
  running.push(etcd);
  const kept = numbered('kept', 500, '10.1');
  const gone = numbered('gone', 80, '10.2');
  await putAll(etcd, [...kept, ...gone].map(pairOf));
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: etcd.clientPort } });
  running.push({ kill9: () => proxy.stop() });
  const urls = [`http://127.0.0.1:${proxy.port}`];
  const { place, server } = await serveFromEtcd({ urls, readyName: HOSTS[0] ?? '' });
  running.push(server);
  expect(await matchingCount(place, gone)).toBe(80);
  const load = how === 'we are stopped' ? undefined : standardLoad(place);

  if (how === 'we are stopped') server.pause();
  else proxy.set({ blackhole: true });
  const moved = numbered('kept', 500, '10.3');
  const fresh = numbered('fresh', 420, '10.4');
  await putAll(etcd, [...moved, ...fresh].map(pairOf));
  await putAll(
    etcd,
    [...gone].map((each) => [pairOf(each)[0], undefined]),
  );
  const status = await etcd.ctl(['get', 'none', '-w', 'json']);
  const revision = /"revision":(\d+)/.exec(status)?.[1] ?? '';
  await etcd.ctl(['compact', revision]);
  await sleep(500);
  if (load !== undefined) expect(load.changedCount).toBe(0);
  await (how === 'we are stopped' ? undefined : eventLoopDelay(place));

  const back = performance.now();
  if (how === 'we are stopped') server.resume();
  proxy.set({});
  proxy.cutAll();
  const absent = new Map([...gone].map(([name]) => [name, 'NXDOMAIN']));
  const wanted = new Map([...moved, ...fresh, ...absent]);
  const isEqual = async () => (await matchingCount(place, wanted)) === wanted.size;
  expect(await until(isEqual, 9000)).toBe(true);
  const tookMs = Math.round(performance.now() - back);
  const delay = await eventLoopDelay(place);
  console.info(
    `${how}: ${wanted.size} names equal ${tookMs} ms after return (target 3000), event loop p99 ${delay.p99Ms} ms, longest ${delay.maxMs} ms (targets 20, 200)`,
  );
  if (load !== undefined) {
    const score = await load.stop();
    tell(how, score);
    expect(score).toMatchObject(UNDISTURBED);
  }
  if (how !== 'we are stopped') expect(delay.maxMs).toBeLessThan(600);
}
