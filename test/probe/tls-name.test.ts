/** HTTPS with a name wanted, under a root that is trusted: in a process of its own, for its roots. */

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askAddress, type Finding } from '../../src/probe/asking/ask-address.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './certificate.ts';

let requestCount = 0;
const server = createServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, (_, response) => {
  requestCount++;
  response.end();
});

beforeAll(async () => {
  setDefaultCACertificates([TEST_CERTIFICATE]);
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
});
afterAll(() => void server.close());

it.each([
  ['probe.example', 'good', 'status 200', 1],
  ['other.example', 'bad', 'certificate of another name', 0],
])('%s is %s: %s', async (tlsName, kind, reason, asked) => {
  requestCount = 0;
  const { port } = server.address() as AddressInfo;
  const check = { kind: 'https', path: '/', statuses: [200, 299], tlsName } as const;
  const finding = await new Promise<Finding>((resolve) => {
    askAddress({ address: '127.0.0.1', port, check }, resolve);
  });
  expect(finding).toEqual({ kind, reason });
  // Nothing of ours, headers least of all, goes to whom we do not believe.
  expect(requestCount).toBe(asked);
});
