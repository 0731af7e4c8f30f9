/**
 * A client that asks at a steady rate all through a story and keeps the score: lost = no answer
 * within a second, or a wrong rcode; gap = longest stretch without a good answer.
 */

import { createSocket, type Socket } from 'node:dgram';
import { encode } from 'dns-packet';

export interface Score {
  readonly sent: number;
  readonly good: number;
  readonly lost: number;
  readonly wrong: number;
  readonly longestGapMs: number;
  readonly p99Ms: number;
}

export interface SteadyOptions {
  readonly port: number;
  readonly perSecond: number;
  readonly names: readonly string[];
  /** Rcodes that are right; 0 = NOERROR. */
  readonly goodRcodes?: readonly number[];
}

const LOST_AFTER_MS = 1000;
const SOCKETS = 16;
const TICK_MS = 5;

export class SteadyAsker {
  readonly #options: SteadyOptions;
  readonly #queries: readonly Buffer[];
  readonly #sockets: Socket[] = [];
  readonly #sentAt = new Map<number, number>();
  readonly #latencies: number[] = [];
  #nextId = 0;
  #sent = 0;
  #wrong = 0;
  #lost = 0;
  #lastGoodAt = 0;
  #longestGapMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;

  constructor(options: SteadyOptions) {
    this.#options = options;
    this.#queries = options.names.map((name) =>
      encode({ type: 'query', id: 0, flags: 0x100, questions: [{ type: 'A', name }] }),
    );
  }

  start(): void {
    for (let index = 0; index < SOCKETS; index++) {
      const socket = createSocket('udp4');
      socket.on('message', (reply) => this.#hear(reply));
      socket.on('error', () => undefined);
      socket.bind(0, '127.0.0.1');
      this.#sockets.push(socket);
    }
    this.#startedAt = performance.now();
    this.#lastGoodAt = this.#startedAt;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Waits for the last answers, then counts. */
  async stop(): Promise<Score> {
    clearInterval(this.#timer);
    await new Promise((resolve) => setTimeout(resolve, LOST_AFTER_MS));
    this.#lost += this.#sentAt.size;
    for (const socket of this.#sockets) socket.close();
    const sorted = this.#latencies.sort((left, right) => left - right);
    return {
      sent: this.#sent,
      good: sorted.length,
      lost: this.#lost,
      wrong: this.#wrong,
      longestGapMs: Math.round(this.#longestGapMs),
      p99Ms: Math.round((sorted[Math.floor(sorted.length * 0.99)] ?? 0) * 10) / 10,
    };
  }

  #tick(): void {
    const now = performance.now();
    const due = Math.floor(((now - this.#startedAt) / 1000) * this.#options.perSecond);
    while (this.#sent < due) this.#ask(now);
    for (const [id, sentAt] of this.#sentAt) {
      if (now - sentAt < LOST_AFTER_MS) break;
      this.#sentAt.delete(id);
      this.#lost++;
    }
  }

  #ask(now: number): void {
    const id = this.#nextId++ & 0xffff;
    const query = Buffer.from(this.#queries[this.#sent % this.#queries.length] ?? []);
    query.writeUInt16BE(id, 0);
    this.#sentAt.set(id, now);
    this.#sockets[this.#sent % SOCKETS]?.send(
      query,
      this.#options.port,
      '127.0.0.1',
      () => undefined,
    );
    this.#sent++;
  }

  #hear(reply: Buffer): void {
    const id = reply.readUInt16BE(0);
    const sentAt = this.#sentAt.get(id);
    if (sentAt === undefined) return;
    this.#sentAt.delete(id);
    const rcode = (reply[3] ?? 0) & 15;
    if (!(this.#options.goodRcodes ?? [0]).includes(rcode)) {
      this.#wrong++;
      return;
    }
    const now = performance.now();
    this.#latencies.push(now - sentAt);
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastGoodAt);
    this.#lastGoodAt = now;
  }
}
