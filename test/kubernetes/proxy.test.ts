/** The way through a proxy: CONNECT and SOCKS5, both to a TLS server that is meant by name. */

import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../probe/certificate.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((end) => server.close(end))));
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function join(left: Socket, port: number, onOpen: () => void): void {
  const right = connect(port, '127.0.0.1', () => {
    onOpen();
    left.pipe(right).pipe(left);
  });
  sockets.add(right);
  right.on('error', () => left.destroy());
  left.on('close', () => right.destroy());
}

/** RFC 7231 section 4.3.6. */
function connectProxy(asked: string[]): Server {
  const server = createServer();
  server.on('connect', (request, socket: Socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
    const port = Number(request.url?.split(':')[1]);
    join(socket, port, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  });
  return server;
}

/** RFC 1928, without authentication, a name or an IPv4 address. */
function socksProxy(asked: string[]): Server {
  return createTcpServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (request: Buffer) => {
        const isName = request[3] === 3;
        const end = isName ? 5 + (request[4] ?? 0) : 8;
        const host = isName ? request.toString('latin1', 5, end) : request.subarray(4, 8).join('.');
        const port = request.readUInt16BE(end);
        asked.push(`${host}:${port}`);
        join(socket, port, () => socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
      });
    });
  });
}

it.each([
  ['http://u:p@', connectProxy, ' Basic dTpw'],
  ['socks5://', socksProxy, ''],
  ['socks5h://', socksProxy, ''],
])('%s', async (scheme, proxyOf, suffix) => {
  const api = createTlsServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (_request, response) => {
    response.write('{"n":1}\n');
  });
  const port = await listening(api);
  const asked: string[] = [];
  const proxyUrl = `${scheme}127.0.0.1:${await listening(proxyOf(asked))}`;
  const tls = { ca: TEST_CERTIFICATE, servername: 'probe.example' };
  const client = new ApiClient({
    context: 'c',
    server: `https://127.0.0.1:${port}`,
    user: 'u',
    credentials: async () => ({ headers: {}, tls, proxyUrl, expiresAt: undefined }),
  });
  const aborting = new AbortController();
  const lines = client.stream('/w', { silenceMs: 5000, signal: aborting.signal });
  expect((await lines.next()).value).toEqual({ n: 1 });
  expect(asked).toEqual([`127.0.0.1:${port}${suffix}`]);
  const next = lines.next();
  aborting.abort(new Error('enough'));
  await expect(next).rejects.toThrow('enough');
  await client.close();
});
