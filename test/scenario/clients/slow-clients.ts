/**
 * The story of R21: 600 silent connections, 200 with half a message, 100 that drip an octet a second, from one
 * address and from 64. UDP and well-behaved newcomers over TCP do not notice; the others are cut.
 * Halves have their fixed limit; the idle limit is shortened.
 */

import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from 'dns-packet';
import { expect } from 'vitest';
import type { RunningProcess } from '../../lab/process.ts';
import { ends, makePlace, type Place, serverPid, startServe, until } from '../running-fedns.ts';
import { SteadyAsker, tell, UNDISTURBED } from '../steady-asker.ts';
import { framed, TcpAsker } from '../tcp-asker.ts';

const SHARDS = `federation: f
domain: example.com
clusters: [{name: c1, region: r1, zones: [z1]}]
services:
  - {namespace: n, name: s, shards: [{cluster: c1, loadBalancer: [{ip: 192.0.2.1}], readyEndpoints: 1}]}
`;
const NAME = 's.n.f.svc.example.com';
const QUERY = encode({ type: 'query', id: 1, questions: [{ type: 'A', name: NAME }] });
const IDLE_MS = 3000;
const RUN_MS = 4800;

type Manner = 'silent' | 'half' | 'drip';
interface Attacker {
  readonly socket: Socket;
  readonly manner: Manner;
  readonly openedAt: number;
  cutAfterMs: number | undefined;
}

export interface Siege {
  readonly addressCount: number;
  /** What is started goes here; the caller ends it. */
  readonly running: RunningProcess[];
}

export async function outlastsSlowClients({ addressCount, running }: Siege): Promise<void> {
  const place = await makePlace({ shards: SHARDS, more: { tcp: { idleMs: IDLE_MS } } });
  const server = await startServe(place);
  running.push(server);
  const open: Attacker[] = [];
  expect(await until(async () => (await ends(place.port, NAME)) === '192.0.2.1', 5000)).toBe(true);
  const udp = new SteadyAsker({ port: place.port, perSecond: 1000, names: [NAME] });
  const localAddress = '127.0.0.99';
  const tcp = new TcpAsker({ port: place.port, perSecond: 20, query: QUERY, localAddress });
  udp.start();
  tcp.start();
  const started = performance.now();
  for (let index = 0; index < 900; index++) {
    const manner = index % 9 < 6 ? 'silent' : index % 9 < 8 ? 'half' : 'drip';
    open.push(attack(place, manner, `127.0.1.${1 + (index % addressCount)}`));
    if (index % 50 === 49) await sleep(10);
  }
  await sleep(500);
  const descriptors = readdirSync(`/proc/${serverPid(server)}/fd`).length;
  await sleep(Math.max(0, RUN_MS - (performance.now() - started)));
  const [udpScore, tcpScore] = await Promise.all([udp.stop(), tcp.stop()]);
  for (const { socket } of open) socket.destroy();
  const longest = (manner: Manner) =>
    Math.max(
      ...open.map((one) =>
        one.manner === manner ? (one.cutAfterMs ?? Number.POSITIVE_INFINITY) : 0,
      ),
    );
  tell(`900 slow connections from ${addressCount} addresses`, udpScore);
  console.info(
    `newcomers over TCP: lost ${tcpScore.lost} of ${tcpScore.sent}, slowest ${tcpScore.slowestMs} ms (target 1000); cut after at most: halves ${longest('half')} ms (target 5000), drips ${longest('drip')} ms (5000), silent ${longest('silent')} ms (limit set to ${IDLE_MS}); ${descriptors} descriptors`,
  );
  expect(udpScore).toMatchObject(UNDISTURBED);
  expect(tcpScore.lost).toBe(0);
  expect(longest('half')).toBeLessThan(5000);
  expect(longest('drip')).toBeLessThan(5000);
  expect(longest('silent')).toBeLessThan(IDLE_MS + 1500);
  expect(descriptors).toBeLessThan(1024 + 100);
}

function attack(place: Place, manner: Manner, localAddress: string): Attacker {
  const socket = connect({ port: place.port, host: '127.0.0.1', localAddress });
  const one: Attacker = { socket, manner, openedAt: performance.now(), cutAfterMs: undefined };
  const message = framed(QUERY);
  let sent = 0;
  const timer = setInterval(() => {
    if (manner === 'drip') socket.write(message.subarray(sent++, sent));
  }, 1000);
  socket.on('connect', () => {
    if (manner === 'half') socket.write(message.subarray(0, 10));
    if (manner === 'drip') socket.write(message.subarray(sent++, sent));
  });
  socket.on('error', () => undefined);
  socket.on('end', () => socket.destroy());
  socket.on('data', () => undefined);
  socket.on('close', () => {
    clearInterval(timer);
    one.cutAfterMs = Math.round(performance.now() - one.openedAt);
  });
  return one;
}
