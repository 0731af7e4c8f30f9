/**
 * One server seen from a client: single UDP questions, and TCP connections whose every byte and
 * segment a case decides itself.
 */
import { createSocket } from 'node:dgram';
import { createConnection, type Socket } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Silence has to be waited for; loopback answers come within a few milliseconds. */
const REPLY_LIMIT_MS = 1500;

/** The first reply, or undefined after `limitMs` of silence. */
export async function udpExchange(
  server: Address,
  query: Buffer,
  limitMs = REPLY_LIMIT_MS,
): Promise<Buffer | undefined> {
  const [first] = await udpReplies(server, query, { limitMs, lingerMs: 0 });
  return first;
}

export interface UdpWait {
  readonly limitMs: number;
  /** How long to listen for more after the first reply. */
  readonly lingerMs: number;
}

/** All replies to one question. The socket is connected: a reply from elsewhere is not seen. */
export function udpReplies(server: Address, query: Buffer, wait: UdpWait): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4');
    const replies: Buffer[] = [];
    const end = () => {
      clearTimeout(timer);
      socket.close();
      resolve(replies);
    };
    let timer = setTimeout(end, wait.limitMs);
    socket.on('error', (error) => {
      clearTimeout(timer);
      socket.close();
      reject(error);
    });
    socket.on('message', (reply) => {
      replies.push(reply);
      if (replies.length > 1) return;
      clearTimeout(timer);
      if (wait.lingerMs === 0) end();
      else timer = setTimeout(end, wait.lingerMs);
    });
    socket.connect(server.port, server.host, () => socket.send(query));
  });
}

export type TcpEvent = Buffer | 'closed' | 'silence';

export interface TcpClient {
  readonly socket: Socket;
  /** Raw bytes, no length in front. */
  write(bytes: Buffer): Promise<void>;
  send(...messages: readonly Buffer[]): Promise<void>;
  /** The next whole message, the end of the connection, or silence. */
  receive(limitMs?: number): Promise<TcpEvent>;
  half(): void;
  destroy(): void;
  reset(): void;
}

export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length, 0);
  return Buffer.concat([length, message]);
}

export function openTcp({ host, port }: Address): Promise<TcpClient> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, allowHalfOpen: true, noDelay: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error('no TCP connection within 5 s'));
    }, 5000);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(clientOf(socket));
    });
  });
}

function clientOf(socket: Socket): TcpClient {
  let pending = Buffer.alloc(0);
  let closed = false;
  let wake: () => void = () => undefined;
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    wake();
  });
  for (const event of ['end', 'close'] as const) {
    socket.on(event, () => {
      closed = true;
      wake();
    });
  }
  const next = (): Buffer | undefined => {
    if (pending.length < 2) return undefined;
    const length = pending.readUInt16BE(0);
    if (pending.length < 2 + length) return undefined;
    const message = Buffer.from(pending.subarray(2, 2 + length));
    pending = pending.subarray(2 + length);
    return message;
  };
  const write = (bytes: Buffer) =>
    new Promise<void>((resolve) => {
      // A connection that the server has closed is seen by the reader, not by the writer.
      if (socket.writable) socket.write(bytes, () => resolve());
      else resolve();
    });
  return {
    socket,
    write,
    send: (...messages) => write(Buffer.concat(messages.map(framed))),
    receive: async (limitMs = REPLY_LIMIT_MS) => {
      const until = Date.now() + limitMs;
      for (;;) {
        const message = next();
        if (message !== undefined) return message;
        if (closed) return 'closed';
        const left = until - Date.now();
        if (left <= 0) return 'silence';
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    half: () => socket.end(),
    destroy: () => socket.destroy(),
    reset: () => socket.resetAndDestroy(),
  };
}
