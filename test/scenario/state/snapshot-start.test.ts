/**
 * R8, R9: started while etcd is away. From a good snapshot the answers are back at once, marked
 * stale; from none, or a damaged one, our zones say SERVFAIL, never NXDOMAIN, and we are not ready.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningProcess } from '../../lab/process.ts';
import {
  ABSENT,
  HOSTS,
  serveFromEtcd,
  standardLoad,
  startFilledEtcd,
} from '../etcd/serving-etcd.ts';
import {
  ask,
  ends,
  extendedErrors,
  metrics,
  type Place,
  pageStatus,
  startServe,
  until,
} from '../running-fedns.ts';
import { tell } from '../steady-asker.ts';
import { etcdAgain, servedOnce, snapshotOf } from './served-once.ts';

const HOST = HOSTS[0] ?? '';
const REFUSED_ALARM = 'fedns_alarm{reason="snapshot-refused"}';

const running: RunningProcess[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

describe('started while etcd is away', () => {
  it('R8, R9: a good snapshot answers, marked stale; a damaged one does not; etcd is found again', async () => {
    const { etcd, place, server } = await servedOnce(running);
    const before = await ask(place.port, 'example.com', 'SOA');
    const load = standardLoad(place);
    await sleep(300);
    await server.kill9();
    const killed = performance.now();
    running.unshift(await startServe(place));
    expect(await until(async () => (await ends(place.port, HOST)) === '192.0.2.1', 6000)).toBe(
      true,
    );
    const answeredMs = Math.round(performance.now() - killed);
    expect(running[0]?.log()).toContain('stored images taken over');
    expect(await extendedErrors(place.port, HOST)).toEqual([3]);
    expect((await metrics(place)).get('fedns_store_stale')).toBe(1);
    expect(await ends(place.port, ABSENT[0] ?? '')).toBe('NXDOMAIN');
    expect(await until(async () => (await pageStatus(place, '/ready')) === 200, 6000)).toBe(true);
    const readyMs = Math.round(performance.now() - killed);
    const score = await load.stop();
    await refusesDamaged(place);

    await etcdAgain(etcd, running);
    const isFresh = async () => (await ends(place.port, 'fresh.example.com')) === '203.0.113.9';
    expect(await until(isFresh, 9000)).toBe(true);
    const isStale = async () => (await metrics(place)).get('fedns_store_stale') !== 0;
    expect(await until(async () => !(await isStale()), 3000)).toBe(true);
    const after = await ask(place.port, 'example.com', 'SOA');
    tell('etcd away, kill -9, start', score);
    console.info(
      `answers ${answeredMs} ms after kill -9 (target 2000), ready after ${readyMs} ms (patience 2000); serial ${before?.serial} -> ${after?.serial}`,
    );
    // While nobody listens questions are lost; what is answered is never wrong, not even SERVFAIL.
    expect([score.wrong, score.changed]).toEqual([0, 0]);
    expect(score.longestGapMs).toBeLessThan(6000);
    expect(after?.serial ?? 0).toBeGreaterThan(before?.serial ?? 0);
  });

  it('R9: damaged stored images are left aside, the keys beside them answer', async () => {
    const { place, server } = await servedOnce(running);
    const images = `${snapshotOf(place)}.image`;
    expect(await until(() => existsSync(images), 3000)).toBe(true);
    await server.kill9();
    const whole = readFileSync(images);
    writeFileSync(images, flipped(whole, whole.length >> 1));
    const again = await startServe(place);
    running.unshift(again);
    expect(await until(async () => (await ends(place.port, HOST)) === '192.0.2.1', 6000)).toBe(
      true,
    );
    expect(again.log()).not.toContain('stored images taken over');
    expect(await ends(place.port, ABSENT[0] ?? '')).toBe('NXDOMAIN');
  });

  it('R8: without a snapshot SERVFAIL, not ready; then etcd comes', async () => {
    const etcd = await startFilledEtcd('3.4');
    await etcd.kill9();
    const { place, server } = await serveFromEtcd({ urls: [etcd.endpoint] });
    running.unshift(server);
    await expectUnknown(place);
    const back = performance.now();
    await etcdAgain(etcd, running);
    expect(await until(async () => (await ends(place.port, HOST)) === '192.0.2.1', 9000)).toBe(
      true,
    );
    console.info(`first answers ${Math.round(performance.now() - back)} ms after etcd is up`);
    expect(await pageStatus(place, '/ready')).toBe(200);
  });
});

/** R9: a damaged snapshot is refused, said, and kept; nothing is answered from it. */
async function refusesDamaged(place: Place): Promise<void> {
  const whole = readFileSync(snapshotOf(place));
  const half = whole.length >> 1;
  for (const damaged of [whole.subarray(0, half), flipped(whole, half)]) {
    await running.shift()?.kill9();
    writeFileSync(snapshotOf(place), damaged);
    running.unshift(await startServe(place));
    await expectUnknown(place);
    expect((await metrics(place)).get(REFUSED_ALARM)).toBe(1);
    expect(readFileSync(snapshotOf(place)).equals(damaged)).toBe(true);
  }
}

/** Nothing is known, so nothing is said to be absent. */
async function expectUnknown(place: Place): Promise<void> {
  const isAnswering = async () => (await ends(place.port, HOST)) !== 'silence';
  expect(await until(isAnswering, 5000)).toBe(true);
  for (const name of [HOST, ...ABSENT, 'example.com']) {
    expect([name, await ends(place.port, name)]).toEqual([name, 'SERVFAIL']);
  }
  expect(await ends(place.port, 'www.example.net')).toBe('REFUSED');
  expect(await pageStatus(place, '/ready')).toBe(503);
  expect(await pageStatus(place, '/health')).toBe(200);
}

function flipped(octets: Buffer, at: number): Buffer {
  const changed = Buffer.from(octets);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
