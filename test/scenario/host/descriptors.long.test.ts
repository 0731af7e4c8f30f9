/** R29: hardly any file descriptors, and a flood of TCP connections: UDP answers all the same. */

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from 'dns-packet';
import { afterEach, expect, it } from 'vitest';
import type { RunningProcess } from '../../lab/process.ts';
import { ends, makePlace, startUnder, until } from '../running-fedns.ts';
import { SteadyAsker, tell, UNDISTURBED } from '../steady-asker.ts';
import { askOverTcp } from '../tcp-asker.ts';

const SHARDS = `federation: f
domain: example.com
clusters: [{name: c1, region: r1, zones: [z1]}]
services:
  - {namespace: n, name: s, shards: [{cluster: c1, loadBalancer: [{ip: 192.0.2.1}], readyEndpoints: 1}]}
`;
const NAME = 's.n.f.svc.example.com';
const QUERY = encode({ type: 'query', id: 1, questions: [{ type: 'A', name: NAME }] });

const running: RunningProcess[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const one of running.splice(0)) await one.kill9();
});

it('R29: with 64 descriptors and 200 connections UDP loses nothing, and TCP recovers', async () => {
  const place = await makePlace({ shards: SHARDS });
  const server = await startUnder(place, ['prlimit', '--nofile=64:64', '--']);
  running.push(server);
  expect(await until(async () => (await ends(place.port, NAME)) === '192.0.2.1', 5000)).toBe(true);
  const load = new SteadyAsker({ port: place.port, perSecond: 1000, names: [NAME] });
  load.start();
  for (let index = 0; index < 200; index++) {
    const localAddress = `127.0.1.${1 + (index % 64)}`;
    const socket = connect({ port: place.port, host: '127.0.0.1', localAddress });
    socket.on('error', () => undefined);
    sockets.push(socket);
  }
  await sleep(2500);
  for (const socket of sockets.splice(0)) socket.destroy();
  const freed = performance.now();
  const isBack = async () =>
    (await askOverTcp({ port: place.port, query: QUERY, timeoutMs: 500 })) !== undefined;
  expect(await until(isBack, 5000)).toBe(true);
  const backMs = Math.round(performance.now() - freed);
  const score = await load.stop();
  tell('64 descriptors, 200 connections', score);
  console.info(`a TCP client is answered ${backMs} ms after the flood has gone`);
  expect(score).toMatchObject(UNDISTURBED);
  expect(server.alive()).toBe(true);
});
