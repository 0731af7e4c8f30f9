/** The client against servers that answer in every way: lines, limits, refusals, credentials. */

import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import type { ClusterAccess, ClusterCredentials } from '../../src/kubernetes/cluster-access.ts';
import { waitUntil } from '../lab/process.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../probe/certificate.ts';

const NOBODY: ClusterCredentials = {
  headers: {},
  tls: {},
  proxyUrl: undefined,
  expiresAt: undefined,
};

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function listening(server: Server, scheme = 'http'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(server: string, more: Partial<ClusterAccess> = {}): ApiClient {
  const credentials = () => Promise.resolve(NOBODY);
  const client = new ApiClient({ context: 'c', server, user: 'u', credentials, ...more });
  ends.push(() => client.close());
  return client;
}

const answering = async (listener: RequestListener) =>
  clientOf(await listening(createServer(listener)));

async function allOf(lines: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe('whole answers', () => {
  it('asks for JSON as fedns, with its query, and takes gzip', async () => {
    const seen: unknown[] = [];
    const client = await answering((request, response) => {
      const { accept, 'accept-encoding': encoding, 'user-agent': agent } = request.headers;
      seen.push([request.method, request.url, accept, encoding, agent]);
      response.setHeader('content-encoding', 'gzip').end(gzipSync('{"é":1}'));
    });
    const octets: number[] = [];
    const onHeard = (count: number) => octets.push(count);
    expect(await client.get('/a', { query: { b: 'c d' }, onHeard })).toEqual({ é: 1 });
    expect(seen).toEqual([['GET', '/a?b=c+d', 'application/json', 'gzip', 'fedns']]);
    expect(octets).toEqual([0, gzipSync('{"é":1}').length]);
  });

  it('posts JSON', async () => {
    const client = await answering((request, response) => {
      response.writeHead(201);
      request.pipe(response);
    });
    expect(await client.post('/a', { b: [1] })).toEqual({ b: [1] });
  });

  const refusals = [
    [403, '{"kind":"Status","reason":"Forbidden","message":"User x\\ncannot"}', 'Forbidden'],
    [404, '404 page not found\n', undefined],
    [500, '', undefined],
    [302, '', undefined],
  ] as const;
  it.each(refusals)('%i is an error of one line', async (status, body, reason) => {
    const client = await answering((_request, response) => response.writeHead(status).end(body));
    const error = await client.get('/a').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ApiError', code: 'API_STATUS', status, reason });
    expect(String(error)).toMatch(/^ApiError: GET \/a: server says [^\n]*$/);
  });

  it.each([
    ['7', 7000],
    ['86400', 60_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ])('Retry-After %s', async (header, retryAfterMs) => {
    const client = await answering((_request, response) =>
      response.writeHead(429, { 'retry-after': header }).end(),
    );
    await expect(client.get('/a')).rejects.toMatchObject({ status: 429, retryAfterMs });
  });

  it.each([
    ['not JSON', (response) => response.end('<html>'), 'API_GARBAGE'],
    [
      'damaged gzip',
      (response) => response.setHeader('content-encoding', 'gzip').end('x'),
      'API_GARBAGE',
    ],
    [
      'a cut',
      (response) =>
        response.writeHead(200, { 'content-length': 9 }).write('{}', () => response.destroy()),
      'API_UNREACHABLE',
    ],
    ['silence', () => undefined, 'API_TIMEOUT'],
    ['a body that never ends', (response) => void response.write('{'), 'API_TIMEOUT'],
    [
      'a bomb',
      (response) => response.setHeader('content-encoding', 'gzip').end(BOMB),
      'API_GARBAGE',
    ],
  ] as [string, (response: Parameters<RequestListener>[1]) => void, string][])(
    '%s',
    async (_name, answer, code) => {
      const client = await answering((_request, response) => answer(response));
      await expect(
        client.get('/a', { timeoutMs: code === 'API_TIMEOUT' ? 200 : 20_000 }),
      ).rejects.toMatchObject({ code });
    },
  );

  it('nobody there', async () => {
    const server = createServer();
    const address = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(clientOf(address).get('/a')).rejects.toMatchObject({
      code: 'API_UNREACHABLE',
      message: expect.stringMatching(/^GET \/a: connect ECONNREFUSED/),
    });
  });

  it('an abort is at once, and the reason is the caller’s', async () => {
    const client = await answering(() => undefined);
    const aborting = new AbortController();
    const asked = client.get('/a', { signal: aborting.signal });
    setTimeout(() => aborting.abort(new Error('enough')), 20);
    await expect(asked).rejects.toThrow('enough');
    await expect(client.get('/a', { signal: aborting.signal })).rejects.toThrow('enough');
  });

  it('close ends what is under way', async () => {
    const client = await answering(() => undefined);
    const asked = client.get('/a').catch((error: unknown) => error);
    await sleep(30);
    await client.close();
    expect(await asked).toMatchObject({ code: 'API_UNREACHABLE' });
    await expect(client.get('/a')).rejects.toThrow('the client is closed');
  });
});

const BOMB = gzipSync(Buffer.alloc(80 * 1024 * 1024));

describe('streams', () => {
  const lines = '{"a":"é€𝄞"}\r\n\n{"b":2}\n';
  it.each([1, 2, 3, 7, 1000])('lines cut into pieces of %i octets', async (size) => {
    const bytes = Buffer.from(lines);
    const client = await answering(async (_request, response) => {
      for (let at = 0; at < bytes.length; at += size) {
        response.write(bytes.subarray(at, at + size));
        await sleep(1);
      }
      response.end();
    });
    expect(await allOf(client.stream('/w', { silenceMs: 1000 }))).toEqual([{ a: 'é€𝄞' }, { b: 2 }]);
  });

  it.each([
    ['half a line', '{"a":1}\n{"b":', 'API_GARBAGE'],
    ['no JSON', '{"a":1}\n<html>\n{"b":2}\n', 'API_GARBAGE'],
    ['a line without end', `{"a":1}\n"${'x'.repeat(9 * 1024 * 1024)}`, 'API_GARBAGE'],
  ])('%s: what came before is given, then an error', async (_name, text, code) => {
    const client = await answering((_request, response) => response.end(text));
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const line of client.stream('/w', { silenceMs: 1000 })) seen.push(line);
    })();
    await expect(reading).rejects.toMatchObject({ code });
    expect(seen).toEqual([{ a: 1 }]);
  });

  it('take no connection from requests, however many there are', async () => {
    const client = await answering((request, response) => {
      if (request.url !== '/w') response.end('{"answered":true}');
      else response.write('{"a":1}\n');
    });
    const streams = Array.from({ length: 100 }, () => client.stream('/w', { silenceMs: 60_000 }));
    for (const stream of streams) expect(await stream.next()).toMatchObject({ value: { a: 1 } });
    expect(await client.get('/a', { timeoutMs: 5000 })).toEqual({ answered: true });
  });

  it('silence is cut, a sign of life is not', async () => {
    const client = await answering(async (_request, response) => {
      response.writeHead(200);
      for (let count = 0; count < 6; count++) {
        response.write('{}\n');
        await sleep(60);
      }
    });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const line of client.stream('/w', { silenceMs: 150 })) seen.push(line);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'API_TIMEOUT' });
    expect(seen.length).toBe(6);
  });

  it('no headers', async () => {
    const client = await answering(() => undefined);
    const stream = client.stream('/w', { silenceMs: 9000, headersTimeoutMs: 50 });
    await expect(allOf(stream)).rejects.toMatchObject({ code: 'API_TIMEOUT' });
  });

  it('leaving the loop closes the connection', async () => {
    let isClosed = false;
    const client = await answering((_request, response) => {
      response.write('{}\n');
      response.on('close', () => {
        isClosed = true;
      });
    });
    for await (const _line of client.stream('/w', { silenceMs: 9000 })) break;
    await waitUntil('closed', () => isClosed, 1000);
  });
});

describe('credentials', () => {
  const tokens = (...texts: string[]) => {
    const refusals: unknown[] = [];
    const all = texts.map((token) => ({ ...NOBODY, headers: { authorization: token } }));
    const credentials: ClusterAccess['credentials'] = async ({ refused } = {}) => {
      if (refused !== undefined) refusals.push(refused.headers['authorization']);
      return all[Math.min(refusals.length, all.length - 1)] ?? NOBODY;
    };
    return { credentials, refusals };
  };

  it.each([
    ['renewed, and asked once more', ['old', 'new'], 200, 2],
    ['the same again: not asked again', ['old'], 401, 1],
    ['refused again', ['old', 'older', 'new'], 401, 2],
  ])('401: %s', async (_name, texts, status, requestCount) => {
    let count = 0;
    const server = createServer((request, response) => {
      count++;
      response.writeHead(request.headers.authorization === 'new' ? 200 : 401).end('{}');
    });
    const { credentials, refusals } = tokens(...texts);
    const client = clientOf(await listening(server), { credentials });
    const said = await client.get('/a').then(
      () => 200,
      (error: { status: number }) => error.status,
    );
    expect([said, count, refusals]).toEqual([status, requestCount, ['old']]);
  });

  it('no credentials to be had', async () => {
    const credentials = () =>
      Promise.reject(new Error('f: context "c": tokenFile t: no such file'));
    const client = clientOf('http://127.0.0.1:9', { credentials });
    const message = 'GET /a: f: context "c": tokenFile t: no such file';
    await expect(client.get('/a')).rejects.toMatchObject({ code: 'API_UNREACHABLE', message });
  });

  it('TLS: a name of its own, its root, the client’s certificate; anew when they change', async () => {
    const options = {
      key: TEST_KEY,
      cert: TEST_CERTIFICATE,
      ca: TEST_CERTIFICATE,
      requestCert: true,
    };
    const server = createTlsServer(
      { ...options, rejectUnauthorized: false },
      (request, response) => {
        const { authorized } = request.socket as unknown as { authorized: boolean };
        response.end(JSON.stringify({ authorized }));
      },
    );
    const address = await listening(server, 'https');
    let tls: ClusterCredentials['tls'] = {};
    const client = clientOf(address, { credentials: async () => ({ ...NOBODY, tls }) });
    await expect(client.get('/a')).rejects.toThrow(/certificate/);
    tls = { ca: TEST_CERTIFICATE };
    await expect(client.get('/a')).rejects.toThrow(/does not match|altnames/);
    tls = { ca: TEST_CERTIFICATE, servername: 'probe.example' };
    expect(await client.get('/a')).toEqual({ authorized: false });
    tls = { ...tls, cert: TEST_CERTIFICATE, key: TEST_KEY };
    expect(await client.get('/a')).toEqual({ authorized: true });
    tls = { rejectUnauthorized: false };
    expect(await client.get('/a')).toEqual({ authorized: false });
  });
});
