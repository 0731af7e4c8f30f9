/**
 * A proxy, UDP and TCP on one port, that breaks one thing in the replies of a good server: the proof
 * that the suite would see such a server.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../lab/free-port.ts';
import { type Address, framed } from '../wire/exchange.ts';
import type { Corruption } from './fault.ts';

export interface CorruptingProxy extends Address {
  /** Replies that were really changed since the last `use`. */
  changed(): number;
  use(corruption: Corruption | undefined): void;
  stop(): void;
}

interface State {
  readonly target: Address;
  corruption: Corruption | undefined;
  changed: number;
  readonly upstreams: Set<UdpSocket>;
  readonly connections: Set<Socket>;
}

export async function startCorruptingProxy({ host, port }: Address): Promise<CorruptingProxy> {
  const state: State = {
    target: { host, port },
    corruption: undefined,
    changed: 0,
    upstreams: new Set(),
    connections: new Set(),
  };
  const own = await freePort();
  const front = await udpFront(state, own);
  const listener = await tcpFront(state, own);
  return {
    host: '127.0.0.1',
    port: own,
    changed: () => state.changed,
    use: (corruption) => {
      state.corruption = corruption;
      state.changed = 0;
    },
    stop: () => {
      for (const each of state.upstreams) each.close();
      for (const each of state.connections) each.destroy();
      front.close();
      listener.close();
    },
  };
}

function udpFront(state: State, port: number): Promise<UdpSocket> {
  const front = createSocket('udp4');
  front.on('message', (query, client) => {
    const upstream = createSocket('udp4');
    state.upstreams.add(upstream);
    const end = () => {
      clearTimeout(timer);
      if (state.upstreams.delete(upstream)) upstream.close();
    };
    const timer = setTimeout(end, 1000);
    upstream.on('error', end);
    upstream.on('message', (reply) => {
      end();
      for (const each of broken(state, reply, query)) {
        front.send(each, client.port, client.address);
      }
    });
    upstream.send(query, state.target.port, state.target.host);
  });
  return new Promise((resolve) => {
    front.bind(port, '127.0.0.1', () => resolve(front));
  });
}

/** Queries pass as they come; of the replies each message is broken, then framed again. */
function tcpFront(state: State, port: number): Promise<Server> {
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = createConnection({ ...state.target, allowHalfOpen: true, noDelay: true });
    let pending = Buffer.alloc(0);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      state.connections.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        state.connections.delete(socket);
        if (socket === client || state.corruption?.keepsOpen !== true) other.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        const reply = Buffer.from(pending.subarray(2, end));
        pending = Buffer.from(pending.subarray(end));
        answer(state, client, reply);
      }
    });
    server.on('end', () => {
      if (state.corruption?.keepsOpen !== true) client.end();
    });
  });
  return new Promise((resolve) => {
    listener.listen(port, '127.0.0.1', () => resolve(listener));
  });
}

function answer(state: State, client: Socket, reply: Buffer): void {
  const { corruption } = state;
  if (corruption?.stream === undefined) {
    // The query is not at hand here; what needs it breaks nothing over TCP.
    for (const each of broken(state, reply, reply)) client.write(framed(each));
    return;
  }
  state.changed++;
  const bytes = corruption.stream(framed(reply));
  client.write(bytes);
  if (corruption.closes === true) client.end();
}

/** Replies that cannot be laid out (FORMERR to garbage) pass as they are. */
function broken(state: State, reply: Buffer, query: Buffer): readonly Buffer[] {
  const { corruption } = state;
  if (corruption === undefined) return [reply];
  const replies = attempt(corruption, reply, query);
  if (replies.length !== 1 || !replies[0]?.equals(reply)) state.changed++;
  return replies;
}

function attempt(corruption: Corruption, reply: Buffer, query: Buffer): readonly Buffer[] {
  try {
    const changed = corruption.change?.(Buffer.from(reply), query);
    return changed === undefined ? [reply] : Buffer.isBuffer(changed) ? [changed] : changed;
  } catch {
    return [reply];
  }
}
