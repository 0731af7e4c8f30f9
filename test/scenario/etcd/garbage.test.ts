/**
 * R9: what comes from etcd is garbage, or ends in the middle of a list. What was served goes on being
 * served, octet for octet; a list that was cut is never a shorter list.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startFaultProxy } from '../../lab/fault-proxy.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { ends, until } from '../running-fedns.ts';
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

const ROUNDS = 6;
/** No HTTP/2 frame begins like this: a length, type and stream that cannot be. */
const GARBAGE = Buffer.alloc(64, 0xff);

const running: Pick<RunningProcess, 'kill9'>[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill9();
});

async function servingThroughProxy() {
  const etcd = await startFilledEtcd('3.7');
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: etcd.clientPort } });
  running.push(etcd, { kill9: () => proxy.stop() });
  const urls = [`http://127.0.0.1:${proxy.port}`];
  const { place, server } = await serveFromEtcd({ urls, readyName: HOSTS[0] ?? '' });
  running.unshift(server);
  return { etcd, proxy, place, server };
}

it('R9: garbage in the watch, a list cut in the middle: answers stay, changes still come', async () => {
  const { etcd, proxy, place, server } = await servingThroughProxy();
  const load = standardLoad(place);
  await sleep(300);
  const linesBefore = logLineCount(server);
  for (let round = 0; round < ROUNDS; round++) {
    proxy.set(
      round % 2 === 0
        ? { garbage: { direction: 'toClient', after: 0, bytes: GARBAGE } }
        : { cutAfter: { direction: 'toClient', bytes: 200 + 700 * round } },
    );
    await put(etcd, `${PREFIX}/fresh${round}/leaf`, { host: '203.0.113.9', targetstrip: 1 });
    const isSeen = async () => (await ends(place.port, `fresh${round}.example.com`)) !== 'NXDOMAIN';
    expect(await until(isSeen, 9000)).toBe(true);
  }
  proxy.set({});
  await sleep(500);
  const score = await load.stop();
  tell('garbage and cut lists from etcd', score);
  console.info(`${logLineCount(server) - linesBefore} log lines over ${ROUNDS} faults`);
  expect(score).toMatchObject(UNDISTURBED);
  expect(server.alive()).toBe(true);
});
