/**
 * Asks one server many questions over one UDP socket, a window of them at a time; what is lost is
 * asked again.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { Address } from '../conformance/wire/exchange.ts';

const WINDOW = 64;
const LIMIT_MS = 1000;
const ATTEMPTS = 3;

export interface BulkClient {
  /** Replies in the order of the queries, undefined for silence. The queries' ids are replaced. */
  ask(queries: readonly Buffer[]): Promise<(Buffer | undefined)[]>;
  close(): void;
}

interface Waiting {
  readonly index: number;
  readonly bytes: Buffer;
  attempt: number;
  sentAt: number;
}

export async function openBulkClient(server: Address): Promise<BulkClient> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.connect(server.port, server.host, resolve));
  socket.on('error', () => undefined);
  const state = { nextId: 0 };
  return { ask: (queries) => askAll(socket, queries, state), close: () => socket.close() };
}

function askAll(
  socket: Socket,
  queries: readonly Buffer[],
  state: { nextId: number },
): Promise<(Buffer | undefined)[]> {
  const replies: (Buffer | undefined)[] = queries.map(() => undefined);
  const waiting = new Map<number, Waiting>();
  let next = 0;
  return new Promise((resolve) => {
    const fill = () => {
      while (waiting.size < WINDOW && next < queries.length) {
        const id = (state.nextId = (state.nextId + 1) & 0xffff);
        const bytes = Buffer.from(queries[next] ?? Buffer.alloc(0));
        bytes.writeUInt16BE(id, 0);
        waiting.set(id, { index: next, bytes, attempt: 1, sentAt: Date.now() });
        socket.send(bytes);
        next++;
      }
      if (waiting.size > 0 || next < queries.length) return;
      clearInterval(timer);
      socket.off('message', take);
      resolve(replies);
    };
    const take = (reply: Buffer) => {
      const id = reply.length >= 2 ? reply.readUInt16BE(0) : -1;
      const entry = waiting.get(id);
      if (entry === undefined) return;
      waiting.delete(id);
      replies[entry.index] = reply;
      fill();
    };
    const timer = setInterval(() => {
      for (const [id, entry] of waiting) {
        if (Date.now() - entry.sentAt < LIMIT_MS) continue;
        if (entry.attempt++ >= ATTEMPTS) waiting.delete(id);
        else socket.send(entry.bytes);
        entry.sentAt = Date.now();
      }
      fill();
    }, 200);
    socket.on('message', take);
    fill();
  });
}
