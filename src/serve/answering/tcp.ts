/**
 * One TCP listener of one answering thread: many queries a connection, pipelined, each answered in
 * order of arrival, but for questions of why, which are answered when the answer is there. RFC 7766, RFC 9210; RFC 7828 comes with the answer itself.
 *
 *   2 octets length | message | 2 octets length | message …
 *
 * A slow or silent client costs only itself: half messages, idle time, unread answers and the
 * number of connections are bounded, the longest idle is cut first.
 */

import { createServer, type Server, type Socket } from 'node:net';
import { LRUCache } from 'lru-cache';
import { MESSAGE_OCTETS_MAX } from '../../dns/limits.ts';
import { addressOctets } from './address-octets.ts';
import type { Answerer } from './answerer.ts';
import type { Asker } from './asker.ts';
import {
  TCP_HALF_MESSAGE_MS,
  TCP_SWEEP_MS,
  TCP_UNREAD_MS,
  TCP_UNREAD_OCTETS_MAX,
} from './limits.ts';
import type { QueryCounters } from './query-counters.ts';
import type { BoundAddress } from './udp.ts';
import { isWhy } from './why-questions.ts';

export interface TcpSettings {
  /** Of this thread. */
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly idleMs: number;
}

interface Connection {
  readonly socket: Socket;
  readonly peer: string;
  readonly asker: Asker;
  /** What has arrived of messages not yet whole. */
  pending: Buffer;
  /** Monotonic ms: last whole message or last answer read by the client. */
  activeAt: number;
  /** Monotonic ms since when a message has been half here; 0: none is. */
  halfSince: number;
  hasEnded: boolean;
  /** Questions of why that are not answered yet. */
  lateCount: number;
}

/** Scratch for one answer. */
const body = Buffer.alloc(MESSAGE_OCTETS_MAX);
const NOTHING = Buffer.alloc(0);

export class TcpListener {
  readonly bound: BoundAddress;
  readonly #answerer: Answerer;
  readonly #counters: QueryCounters;
  readonly #settings: TcpSettings;
  readonly #server: Server;
  /** In order of activity: the first to go is the longest idle. */
  readonly #connections: LRUCache<Socket, Connection>;
  readonly #perAddress = new Map<string, number>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(
    bound: BoundAddress,
    parts: { readonly answerer: Answerer; readonly counters: QueryCounters },
    settings: TcpSettings,
  ) {
    this.bound = bound;
    this.#answerer = parts.answerer;
    this.#counters = parts.counters;
    this.#settings = settings;
    this.#connections = new LRUCache({
      max: settings.connectionsMax,
      dispose: (connection) => this.#forget(connection),
    });
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#accept(socket),
    );
  }

  /** Rejects with the system's error. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const { address: host, port } = this.bound;
      const options = { host, port, ipv6Only: host.includes(':'), reusePort: true, backlog: 511 };
      this.#server.listen(options, () => {
        this.#server.off('error', reject);
        // EMFILE and their like: the next accept tries again.
        this.#server.on('error', () => this.#counters.count('tcpRefused', 1));
        this.#sweep = setInterval(() => this.#cutLate(performance.now()), TCP_SWEEP_MS);
        resolve();
      });
    });
  }

  /** Takes no more connections, answers what has arrived, closes the rest after `drainMs`. */
  async stop(drainMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const deadline = performance.now() + drainMs;
    for (const connection of [...this.#connections.values()]) {
      if (connection.halfSince > 0) continue;
      connection.hasEnded = true;
      this.#endIfDone(connection);
    }
    while (this.#connections.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const socket of [...this.#connections.keys()]) socket.destroy();
    clearInterval(this.#sweep);
    await closed;
  }

  #accept(socket: Socket): void {
    const peer = socket.remoteAddress;
    if (peer === undefined) {
      socket.destroy();
      return;
    }
    const count = (this.#perAddress.get(peer) ?? 0) + 1;
    if (count > this.#settings.connectionsPerAddressMax) this.#cutLongestIdle(peer);
    this.#perAddress.set(peer, (this.#perAddress.get(peer) ?? 0) + 1);
    const asker = {
      address: addressOctets(peer).slice(),
      protocol: socket.remoteFamily === 'IPv6' ? 3 : 2,
    };
    const now = performance.now();
    const connection: Connection = {
      socket,
      peer,
      asker,
      pending: NOTHING,
      activeAt: now,
      halfSince: 0,
      hasEnded: false,
      lateCount: 0,
    };
    this.#connections.set(socket, connection);
    this.#counters.count('tcpConnections', 1);
    socket.on('data', (chunk) => this.#read(connection, chunk));
    socket.on('drain', () => this.#resume(connection));
    socket.on('end', () => this.#endOf(connection));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#connections.delete(socket));
  }

  #read(connection: Connection, chunk: Buffer): void {
    const { pending } = connection;
    connection.pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    this.#answerPending(connection);
  }

  #answerPending(connection: Connection): void {
    const { socket } = connection;
    let { pending } = connection;
    const now = performance.now();
    while (pending.length >= 2 && !socket.destroyed) {
      if (socket.writableLength > TCP_UNREAD_OCTETS_MAX) {
        socket.pause();
        break;
      }
      const end = 2 + pending.readUInt16BE(0);
      if (pending.length < end) break;
      if (!this.#answerOne(connection, pending.subarray(2, end))) return;
      pending = pending.subarray(end);
      connection.activeAt = now;
      connection.halfSince = 0;
      this.#connections.get(socket);
    }
    connection.pending = pending.length === 0 ? NOTHING : pending;
    if (pending.length === 0) connection.halfSince = 0;
    else if (connection.halfSince === 0) connection.halfSince = now;
    this.#endIfDone(connection);
  }

  /** False when the message deserves silence: over TCP that is the end of the connection. */
  #answerOne(connection: Connection, query: Buffer): boolean {
    if (!isWhy(query)) return this.#answerNow(connection, query);
    const { asker, socket } = connection;
    const isTaken = this.#answerer.whys.take(query, asker, (why) => {
      connection.lateCount--;
      if (socket.destroyed || !socket.writable) return;
      if (why === undefined) this.#answerNow(connection, query);
      else writeFramed(socket, why);
      this.#endIfDone(connection);
    });
    if (isTaken) connection.lateCount++;
    return isTaken || this.#answerNow(connection, query);
  }

  #answerNow({ asker, socket }: Connection, query: Buffer): boolean {
    const length = this.#answerer.answer(query, asker, body);
    if (length === 0) {
      socket.destroy();
      return false;
    }
    writeFramed(socket, body.subarray(0, length));
    return true;
  }

  #resume(connection: Connection): void {
    connection.activeAt = performance.now();
    if (connection.socket.isPaused()) {
      connection.socket.resume();
      this.#answerPending(connection);
    }
  }

  /** RFC 7766 section 6.2.4: a client may half-close after its last query and still wants answers. */
  #endOf(connection: Connection): void {
    connection.hasEnded = true;
    this.#endIfDone(connection);
  }

  #endIfDone({ socket, hasEnded, lateCount }: Connection): void {
    if (hasEnded && lateCount === 0 && !socket.isPaused()) socket.end();
  }

  #cutLate(now: number): void {
    for (const connection of [...this.#connections.rvalues()]) {
      if (connection === undefined) continue;
      const idleMs = now - connection.activeAt;
      const isHalf = connection.halfSince > 0 && !connection.socket.isPaused();
      const isLate = isHalf
        ? now - connection.halfSince > TCP_HALF_MESSAGE_MS
        : idleMs > (connection.socket.writableLength > 0 ? TCP_UNREAD_MS : this.#settings.idleMs);
      if (isLate) connection.socket.destroy();
    }
  }

  #cutLongestIdle(peer: string): void {
    for (const connection of this.#connections.rvalues()) {
      if (connection?.peer !== peer) continue;
      this.#connections.delete(connection.socket);
      return;
    }
  }

  /** Called once for each connection, however it leaves. */
  #forget(connection: Connection): void {
    const count = (this.#perAddress.get(connection.peer) ?? 1) - 1;
    if (count > 0) this.#perAddress.set(connection.peer, count);
    else this.#perAddress.delete(connection.peer);
    connection.socket.destroy();
  }
}

function writeFramed(socket: Socket, answer: Uint8Array): void {
  const framed = Buffer.allocUnsafe(2 + answer.length);
  framed.writeUInt16BE(answer.length, 0);
  framed.set(answer, 2);
  socket.write(framed);
}
