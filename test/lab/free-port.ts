/**
 * A port that is free on a loopback address, for UDP and TCP both. Our choice: ask the kernel, then
 * close; below the ephemeral range, so that no outgoing connection takes it in between.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const FIRST = 10_000;
const LAST = 32_000;
const ATTEMPTS = 200;
const given = new Set<number>();

export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // Random, not counted up: several test processes look for ports at the same time.
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port)) continue;
    if ((await tcpIsFree(host, port)) && (await udpIsFree(host, port))) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`no free port on ${host} after ${ATTEMPTS} attempts`);
}

function tcpIsFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}

function udpIsFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.on('error', () => resolve(false));
    socket.bind(port, host, () => socket.close(() => resolve(true)));
  });
}
