/** One probe over real sockets: what it finds, how it closes, what it leaves behind. */

import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askAddress, type Finding } from '../../src/probe/asking/ask-address.ts';
import type { ProbeCheck, StatusCheck } from '../../src/probe/probe-target.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './certificate.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface Listening {
  readonly port: number;
  /** How each connection ended. */
  readonly ends: Promise<string>[];
}

async function listen(
  server: Server,
  {
    address = '127.0.0.1',
    onSocket,
  }: { address?: string; onSocket?: (socket: Socket) => void } = {},
): Promise<Listening> {
  servers.push(server);
  const ends: Promise<string>[] = [];
  server.on('connection', (socket: Socket) => {
    ends.push(
      new Promise((resolve) => {
        socket.once('error', (error) => resolve('code' in error ? String(error.code) : 'error'));
        socket.once('end', () => resolve('FIN'));
      }),
    );
    onSocket?.(socket);
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen({ port: 0, host: address }, resolve));
  return { port: (server.address() as AddressInfo).port, ends };
}

/** A server that says just this, whatever it is asked. */
const saying = (text: string) =>
  listen(createServer(), { onSocket: (socket) => socket.once('data', () => socket.write(text)) });

function ask(port: number, check: ProbeCheck, address = '127.0.0.1'): Promise<Finding> {
  return new Promise((resolve) => void askAddress({ address, port, check }, resolve));
}

const TCP: ProbeCheck = { kind: 'tcp' };
const HTTP: StatusCheck = { kind: 'http', path: '/', statuses: [200, 299] };

describe('TCP', () => {
  it('connected, and closed by RST', async () => {
    const { port, ends } = await listen(createServer());
    expect(await ask(port, TCP)).toEqual({ kind: 'good', reason: 'connected' });
    await expect.poll(() => ends.length).toBe(1);
    expect(await ends[0]).toBe('ECONNRESET');
  });

  it('over IPv6', async () => {
    const { port } = await listen(createServer(), { address: '::1' });
    expect(await ask(port, TCP, '::1')).toEqual({ kind: 'good', reason: 'connected' });
  });

  it('refused', async () => {
    const { port } = await listen(createServer());
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await ask(port, TCP)).toEqual({ kind: 'bad', reason: 'refused' });
  });

  it('given up says nothing more', async () => {
    const { port } = await listen(createServer());
    const findings: Finding[] = [];
    const giveUp = askAddress({ address: '127.0.0.1', port, check: TCP }, (finding) => {
      findings.push(finding);
    });
    giveUp();
    await ask(port, TCP);
    expect(findings).toEqual([]);
  });

  it.each([
    ['a host name', 'localhost', 80, 'not an address'],
    ['a port out of range', '127.0.0.1', 65_536, 'ERR_SOCKET_BAD_PORT'],
  ])('%s is the target’s fault, and no look-up', async (_, address, port, reason) => {
    expect(await ask(port, TCP, address)).toEqual({ kind: 'bad', reason });
  });
});

describe('HTTP', () => {
  it.each([
    ['HTTP/1.1 200 OK\r\n\r\n', 'good', 'status 200'],
    ['HTTP/1.1 503 Service Unavailable\r\n\r\n', 'bad', 'status 503 not in 200-299'],
    ['HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n', 'good', 'status 204'],
    ['220 mail.example ESMTP\r\n', 'bad', 'not an HTTP answer'],
    ['HTTP/1.1 100 Continue\r\n\r\n'.repeat(400), 'bad', 'answer head too large'],
  ])('%.40j', async (text, kind, reason) => {
    const { port, ends } = await saying(text);
    expect(await ask(port, HTTP)).toEqual({ kind, reason });
    expect(await ends[0]).toBe('ECONNRESET');
  });

  it('closed without an answer', async () => {
    const { port } = await listen(createServer(), { onSocket: (socket) => socket.end() });
    expect(await ask(port, HTTP)).toEqual({ kind: 'bad', reason: 'closed without an answer' });
  });

  it('a path or header that no request may hold is the target’s fault', async () => {
    const { port } = await saying('HTTP/1.1 200 OK\r\n\r\n');
    expect(await ask(port, { ...HTTP, path: '/\r\n' })).toEqual({
      kind: 'bad',
      reason: 'not a path',
    });
    expect((await ask(port, { ...HTTP, headers: { 'a\n': '' } })).kind).toBe('bad');
  });

  it('given up while it waits for the answer resets the connection', async () => {
    const asked = Promise.withResolvers<void>();
    const { port, ends } = await listen(createServer(), {
      onSocket: (socket) => socket.once('data', () => asked.resolve()),
    });
    const giveUp = askAddress({ address: '127.0.0.1', port, check: HTTP }, () => {
      throw new Error('given up before');
    });
    await asked.promise;
    giveUp();
    expect(await ends[0]).toBe('ECONNRESET');
  });
});

describe('HTTPS', () => {
  const https: StatusCheck = { ...HTTP, kind: 'https' };
  const names: (string | false)[] = [];
  const secure = () => {
    names.length = 0;
    const server = createHttps({ cert: TEST_CERTIFICATE, key: TEST_KEY }, (_, response) => {
      response.end('hello');
    });
    server.on('secureConnection', ({ servername }) => names.push(servername || false));
    return listen(server);
  };

  it('any certificate will do, unless a name is wanted; then also its root must be known', async () => {
    const { port, ends } = await secure();
    expect(await ask(port, https)).toEqual({ kind: 'good', reason: 'status 200' });
    await expect.poll(() => ends.length).toBe(1);
    const finding = await ask(port, { ...https, tlsName: 'probe.example' });
    expect(finding).toEqual({
      kind: 'bad',
      reason: 'certificate not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)',
    });
  });

  it('sends the name that is wanted, else the host, never an address', async () => {
    const { port } = await secure();
    await ask(port, { ...https, host: 'web.example:8443' });
    await ask(port, { ...https, host: '192.0.2.1' });
    await ask(port, { ...https, host: '[2001:db8::1]:443' });
    expect(names).toEqual(['web.example', false, false]);
  });

  it('closes by RST, too', async () => {
    const ended = Promise.withResolvers<string>();
    const server = createHttps({ cert: TEST_CERTIFICATE, key: TEST_KEY }, (_, response) => {
      response.write('not the end');
    });
    server.on('secureConnection', (socket) => {
      socket.once('end', () => ended.resolve('FIN'));
      socket.once('error', (error) => ended.resolve('code' in error ? String(error.code) : ''));
    });
    const { port } = await listen(server);
    expect((await ask(port, https)).kind).toBe('good');
    expect(await ended.promise).toBe('ECONNRESET');
  });

  it('not TLS at all', async () => {
    const { port } = await saying('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(await ask(port, https)).toEqual({ kind: 'bad', reason: 'TLS handshake failed' });
  });
});
