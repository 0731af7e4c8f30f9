/** Connections between two requests: kept over one probe to the next, and lost without a fault. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ApiClient } from '../../src/kubernetes/api-client.ts';

it('a connection is kept for the next probe, and one that the server has closed is no fault', async () => {
  const server = createServer((_, response) => response.end('ok'));
  // No hint of its own.
  server.keepAliveTimeout = 0;
  let connections = 0;
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new ApiClient({
    context: 'c',
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: 'u',
    credentials: async () => ({ headers: {}, tls: {}, proxyUrl: undefined, expiresAt: undefined }),
  });
  expect(await client.getText('/healthz')).toBe('ok');
  // Beyond undici's own 4 s.
  await sleep(5500);
  expect(await client.getText('/healthz')).toBe('ok');
  expect(connections).toBe(1);
  server.closeAllConnections();
  await sleep(50);
  expect(await client.getText('/healthz')).toBe('ok');
  expect(connections).toBe(2);
  await client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}, 10_000);
