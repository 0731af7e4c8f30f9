/** Single checks of TLS switched off: what is taken then, and what still is not. */

import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { TlsCheck } from '../../src/api/kubefed/kubefed-cluster.ts';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import type { ClusterAccess } from '../../src/kubernetes/cluster-access.ts';
import { AUTHORITY, CERTIFICATES, LEAF_KEY } from './certificates.ts';

let server: Server | undefined;

afterEach(async () => {
  const ended = server;
  server = undefined;
  await new Promise((resolve) => (ended === undefined ? resolve(0) : ended.close(resolve)));
});

type Name = keyof typeof CERTIFICATES;

/** `ok`, or why not. */
async function asked(name: Name, disabledChecks: readonly TlsCheck[]): Promise<string> {
  server = createServer({ key: LEAF_KEY, cert: CERTIFICATES[name] }, (_, response) => {
    response.end('ok');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const tls = { ca: AUTHORITY, disabledChecks };
  const access: ClusterAccess = {
    context: name,
    server: `https://127.0.0.1:${port}`,
    user: undefined,
    credentials: () =>
      Promise.resolve({ headers: {}, tls, proxyUrl: undefined, expiresAt: undefined }),
  };
  const client = new ApiClient(access);
  try {
    return await client.getText('/readyz');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await client.close();
  }
}

const NAME = 'SubjectName';
const TIME = 'ValidityPeriod';

it.each<[Name, readonly TlsCheck[], RegExp]>([
  ['good', [], /^ok$/],
  ['good', [TIME], /^ok$/],
  ['expired', [], /expired/],
  ['expired', [NAME], /expired/],
  ['expired', [TIME], /^ok$/],
  ['otherName', [], /altnames/],
  ['otherName', [TIME], /refused: ERR_TLS_CERT_ALTNAME_INVALID/],
  ['otherName', [NAME], /^ok$/],
  ['otherName', [NAME, TIME], /^ok$/],
  ['expiredOtherName', [TIME], /altnames/],
  ['expiredOtherName', [NAME, TIME], /^ok$/],
  ['expiredTheirs', [TIME], /refused/],
  ['expiredTheirs', [NAME, TIME], /refused/],
  ['expiredClient', [NAME, TIME], /refused/],
  ['expiredBelow', [], /expired/],
  ['expiredBelow', [TIME], /^ok$/],
  ['expiredByLeaf', [NAME, TIME], /refused/],
])('%s without %j', async (name, checks, want) => {
  expect(await asked(name, checks)).toMatch(want);
});
