/**
 * What the prober's bench asks, in a process of its own: TCP, HTTP and HTTPS on every address of
 * 127/8. Prints the three ports as JSON, ends by signal.
 */

import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { TEST_CERTIFICATE, TEST_KEY } from '../../test/probe/certificate.ts';

export interface ListenerPorts {
  readonly tcp: number;
  readonly http: number;
  readonly https: number;
}

const BACKLOG = 4096;

process.stdout.write(
  `${JSON.stringify({
    tcp: await listen(createServer()),
    http: await listen(createHttp((_, response) => response.end())),
    https: await listen(
      createHttps({ cert: TEST_CERTIFICATE, key: TEST_KEY }, (_, response) => response.end()),
    ),
  } satisfies ListenerPorts)}\n`,
);

async function listen(server: Server): Promise<number> {
  // The prober resets what it has asked.
  server.on('connection', (socket) => socket.on('error', () => {}));
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => {
    server.listen({ host: '0.0.0.0', port: 0, backlog: BACKLOG }, resolve);
  });
  return (server.address() as AddressInfo).port;
}
