/** The prober with real sockets: one address answers, one refuses, one is silent, none disturbs another. */

import { connect, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import {
  AddressProber,
  PROBE_DEFAULTS,
  type ProbeTarget,
  probeKey,
} from '../../src/probe/address-prober.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Listens, but its thread is asleep: once its queue is full the kernel drops who connects. */
async function silentPort(): Promise<number> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer();
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  ends.push(() => worker.terminate());
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  await fillQueue(port);
  return port;
}

/** Until the last one does not get through; those that do are all in the queue. */
async function fillQueue(port: number): Promise<void> {
  const sockets: Socket[] = [];
  ends.push(() => sockets.map((socket) => socket.destroy()));
  for (let count = 0; count < 3; count++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    if (count < 2) await new Promise((resolve) => socket.once('connect', resolve));
  }
}

async function listeningPort(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  const address = server.address();
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, close };
}

it('tells who is up, who turned down, and knows nothing of who never answered', async () => {
  const tcp = (port: number): ProbeTarget => ({
    address: '127.0.0.1',
    port,
    check: { kind: 'tcp' },
  });
  const [steady, dying] = [await listeningPort(), await listeningPort()];
  ends.push(steady.close);
  const silent = tcp(await silentPort());
  const told: string[] = [];
  const prober = new AddressProber({
    settings: { ...PROBE_DEFAULTS, periodMs: 50, timeoutMs: 500 },
    onVerdict: (key, { verdict, reason }) => told.push(`${key} ${verdict}: ${reason}`),
  });
  ends.push(() => prober.stop());
  for (const target of [tcp(steady.port), tcp(dying.port), silent]) prober.add(target);
  prober.start();
  await expect
    .poll(() => prober.counts(), { timeout: 20_000 })
    .toMatchObject({ up: 2, unknown: 1 });
  await dying.close();
  await expect.poll(() => prober.counts(), { timeout: 20_000 }).toMatchObject({ up: 1, down: 1 });
  await expect
    .poll(() => prober.state(probeKey(silent)), { timeout: 20_000 })
    .toMatchObject({ verdict: 'unknown', reason: 'timed out', everUp: false });
  expect(told.slice(0, 2).sort()).toEqual(
    [steady, dying].map(({ port }) => `tcp 127.0.0.1 ${port} up: connected`).sort(),
  );
  expect(told.slice(2)).toEqual([`tcp 127.0.0.1 ${dying.port} down: refused`]);
});
