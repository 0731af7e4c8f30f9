/** A page of lines: readers come and go, and one that does not read loses lines, and holds nobody. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AdminServer, type StreamPage } from '../../src/admin/http-server.ts';

const LINE = 'x'.repeat(1000);

let server: AdminServer;
let port: number;
let writers: Set<(line: string) => void>;
let sockets: Socket[];

beforeEach(async () => {
  writers = new Set();
  sockets = [];
  const page: StreamPage = {
    status: 200,
    type: 'application/x-ndjson',
    lost: (count) => `lost ${count}`,
    begin: (write) => {
      writers.add(write);
      return () => writers.delete(write);
    },
  };
  server = new AdminServer(
    { kind: 'tcp', host: '127.0.0.1', port: 0 },
    new Map([['GET /lines', () => page]]),
  );
  port = await server.start();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.stop();
});

async function reader(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  const before = writers.size;
  socket.write('GET /lines HTTP/1.1\r\nhost: x\r\n\r\n');
  await expect.poll(() => writers.size).toBe(before + 1);
  return socket;
}

function tellAll(line: string): void {
  for (const write of writers) write(line);
}

it('lines come as they are written, to everybody, until the reader goes', async () => {
  const [one, two] = [await reader(), await reader()];
  let heard = '';
  for (const socket of [one, two]) {
    socket.on('data', (chunk) => {
      heard += chunk.toString();
    });
  }
  tellAll('first');
  await expect.poll(() => heard.split('first\n').length - 1).toBe(2);
  one.destroy();
  await expect.poll(() => writers.size).toBe(1);
  tellAll('second');
  await expect.poll(() => heard.split('second\n').length - 1).toBe(1);
});

it('a reader that does not read loses lines and is told how many; others lose nothing', async () => {
  const slow = await reader();
  slow.pause();
  const quick = await reader();
  let quickText = '';
  quick.on('data', (chunk) => {
    quickText += chunk.toString();
  });
  const total = 20_000;
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  let longestMs = 0;
  for (let sent = 0; sent < total; sent += 50) {
    const startedMs = performance.now();
    for (let at = 0; at < 50; at++) tellAll(`${sent + at} ${LINE}`);
    longestMs = Math.max(longestMs, performance.now() - startedMs);
    await sleep(1);
  }
  await expect.poll(() => quickText.includes(`\n${total - 1} `), { timeout: 10_000 }).toBe(true);
  expect(quickText).not.toContain('lost');
  expect(longestMs).toBeLessThan(200);
  const grown = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before;
  // The quick reader's text is 20 MB of it; what waits for the slow one is bounded.
  expect(grown).toBeLessThan(150e6);

  let slowText = '';
  slow.on('data', (chunk) => {
    slowText += chunk.toString();
  });
  slow.resume();
  await expect.poll(() => /^lost \d+$/m.test(slowText), { timeout: 10_000 }).toBe(true);
  const lost = Number(/^lost (\d+)$/m.exec(slowText)?.[1]);
  await sleep(200);
  const got = slowText.match(/^\d+ x/gm)?.length ?? 0;
  expect(got + lost).toBe(total);
  tellAll('after');
  await expect.poll(() => slowText.includes('after\n')).toBe(true);
});

it('a server that stops ends its readers', async () => {
  const socket = await reader();
  socket.resume();
  const ended = once(socket, 'close');
  await server.stop();
  await ended;
  await expect.poll(() => writers.size).toBe(0);
});
