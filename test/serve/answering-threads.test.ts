/** Threads that die while addresses come and go: no order waits for the dead. */

import { createSocket } from 'node:dgram';
import { afterEach, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { rateLimitTable } from '../../src/serve/answering/rate-limit.ts';
import { AnsweringThreads } from '../../src/serve/answering-threads.ts';
import { SharedImages } from '../../src/serve/images/shared-images.ts';
import { freePort } from '../lab/free-port.ts';

let threads: AnsweringThreads;
afterEach(() => threads.stop(0));

function start(): void {
  threads = new AnsweringThreads({
    threadCount: 2,
    start: {
      apexes: [parseName('example.')],
      images: new SharedImages(1).buffer,
      nameHashSeed: 1,
      rateLimitTable: rateLimitTable(),
      rateLimit: { answersPerSecond: 0, burstSeconds: 1 },
      rateLimitSeed: 1,
      exemptNetworks: [],
      whyNetworks: [],
      cookieSecrets: [new Uint8Array(16)],
      order: 'fixed',
      nsid: new Uint8Array(),
      udpOctetsMax: 1232,
      tcp: { connectionsMax: 10, connectionsPerAddressMax: 10, idleMs: 1000 },
    },
    onEnded: () => undefined,
    logger: createLogger('silent'),
  });
  threads.start();
}

/** Sixteen ports ask once each, so that both threads of a port are asked; gives the answers. */
async function answersAt(port: number): Promise<number> {
  const query = Buffer.from('000100000001000000000000076578616d706c650000060001', 'hex');
  const sockets = Array.from({ length: 16 }, () => createSocket('udp4'));
  let count = 0;
  for (const socket of sockets) {
    socket.on('message', () => count++);
    socket.send(query, port, '127.0.0.1');
  }
  await expect.poll(() => count, { timeout: 2000, interval: 10 }).toBe(sockets.length);
  for (const socket of sockets) socket.close();
  return count;
}

it('an address that comes while a thread is dead is bound in it, too, once it is back', async () => {
  start();
  const first = { address: '127.0.0.1', port: await freePort() };
  expect(await threads.bind(first)).toBe(undefined);
  threads.throwIn(0);
  await expect.poll(() => threads.aliveCount, { timeout: 2000, interval: 1 }).toBe(1);
  const second = { address: '127.0.0.1', port: await freePort() };
  expect(await threads.bind(second)).toBe(undefined);
  await expect.poll(() => threads.aliveCount, { timeout: 2000, interval: 1 }).toBe(2);
  expect(threads.boundAddresses).toEqual([first, second]);
  expect(await answersAt(first.port)).toBe(16);
  expect(await answersAt(second.port)).toBe(16);
});

it('an address that cannot be had is bound nowhere and not kept', async () => {
  start();
  const error = await threads.bind({ address: '192.0.2.1', port: await freePort() });
  expect(error?.code).toBe('EADDRNOTAVAIL');
  expect(threads.boundAddresses).toEqual([]);
});
