/**
 * A client that asks at a steady rate all through a story and keeps the score: lost = no answer
 * within a second, or a wrong rcode; gap = longest stretch without a good answer; changed = replies
 * that differ, id aside, from the first one to the same question.
 */

import { createSocket, type Socket } from 'node:dgram';
import { encode } from 'dns-packet';
import { TcpAsker } from './tcp-asker.ts';

export interface Score {
  readonly sent: number;
  readonly good: number;
  readonly lost: number;
  readonly wrong: number;
  /** Of good replies but NXDOMAIN, whose SOA serial moves. Needs `answers.order: fixed`. */
  readonly changed: number;
  readonly tcpSent: number;
  readonly tcpLost: number;
  readonly longestGapMs: number;
  readonly p99Ms: number;
}

export interface SteadyOptions {
  readonly port: number;
  readonly perSecond: number;
  readonly names: readonly string[];
  /** Names whose right answer is NXDOMAIN: 15 % of the questions. */
  readonly absentNames?: readonly string[];
  /** Questions over TCP beside, each on a connection of its own. */
  readonly tcpPerSecond?: number;
}

interface Question {
  readonly bytes: Buffer;
  readonly goodRcode: number;
  first: Buffer | undefined;
}

interface Asked {
  readonly at: number;
  readonly question: Question;
}

const LOST_AFTER_MS = 1000;
const SOCKETS = 16;
const TICK_MS = 5;
const NXDOMAIN = 3;

export class SteadyAsker {
  readonly #options: SteadyOptions;
  readonly #names: readonly Question[];
  readonly #absent: readonly Question[];
  readonly #sockets: Socket[] = [];
  readonly #asked = new Map<number, Asked>();
  readonly #latencies: number[] = [];
  readonly #tcp: TcpAsker;
  #sent = 0;
  #wrong = 0;
  #changed = 0;
  #negativesChanged = 0;
  #lost = 0;
  #lastGoodAt = 0;
  #longestGapMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;

  constructor(options: SteadyOptions) {
    this.#options = options;
    this.#names = options.names.map((name) => question(name, 0));
    this.#absent = (options.absentNames ?? []).map((name) => question(name, NXDOMAIN));
    this.#tcp = new TcpAsker({
      port: options.port,
      perSecond: options.tcpPerSecond ?? 0,
      query: this.#names[0]?.bytes ?? Buffer.alloc(0),
    });
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
    this.#tcp.start();
  }

  /** So far, NXDOMAIN included: while nothing is written its serial must not move either. */
  get changedCount(): number {
    return this.#changed + this.#negativesChanged;
  }

  /** Waits for the last answers, then counts. */
  async stop(): Promise<Score> {
    clearInterval(this.#timer);
    const [tcp] = await Promise.all([
      this.#tcp.stop(),
      new Promise((resolve) => setTimeout(resolve, LOST_AFTER_MS)),
    ]);
    this.#lost += this.#asked.size;
    for (const socket of this.#sockets) socket.close();
    const sorted = this.#latencies.sort((left, right) => left - right);
    return {
      sent: this.#sent,
      good: sorted.length,
      lost: this.#lost,
      wrong: this.#wrong,
      changed: this.#changed,
      tcpSent: tcp.sent,
      tcpLost: tcp.lost,
      longestGapMs: Math.round(this.#longestGapMs),
      p99Ms: Math.round((sorted[Math.floor(sorted.length * 0.99)] ?? 0) * 10) / 10,
    };
  }

  #tick(): void {
    const now = performance.now();
    const due = Math.floor(((now - this.#startedAt) / 1000) * this.#options.perSecond);
    while (this.#sent < due) this.#ask(now);
    for (const [id, { at }] of this.#asked) {
      if (now - at < LOST_AFTER_MS) break;
      this.#asked.delete(id);
      this.#lost++;
    }
  }

  #ask(now: number): void {
    const count = this.#sent++;
    const isAbsent = this.#absent.length > 0 && count % 20 < 3;
    const list = isAbsent ? this.#absent : this.#names;
    const asked = list[Math.floor(count / (isAbsent ? 20 : 1)) % list.length];
    if (asked === undefined) return;
    const id = count & 0xffff;
    const query = Buffer.from(asked.bytes);
    query.writeUInt16BE(id, 0);
    this.#asked.set(id, { at: now, question: asked });
    this.#sockets[count % SOCKETS]?.send(query, this.#options.port, '127.0.0.1', () => undefined);
  }

  #hear(reply: Buffer): void {
    const id = reply.readUInt16BE(0);
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    const rcode = (reply[3] ?? 0) & 15;
    if (rcode !== asked.question.goodRcode) {
      this.#wrong++;
      return;
    }
    asked.question.first ??= reply.subarray(2);
    if (!asked.question.first.equals(reply.subarray(2))) {
      if (rcode === NXDOMAIN) this.#negativesChanged++;
      else this.#changed++;
    }
    const now = performance.now();
    this.#latencies.push(now - asked.at);
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastGoodAt);
    this.#lastGoodAt = now;
  }
}

/** The score of a story that no client noticed. */
export const UNDISTURBED = { lost: 0, wrong: 0, changed: 0, tcpLost: 0 } as const;

/** The figures of a story, on one line of its output. */
export function tell(what: string, score: Score): void {
  const { sent, lost, wrong, changed, tcpSent, tcpLost, longestGapMs, p99Ms } = score;
  const tcp = tcpSent > 0 ? `, TCP lost ${tcpLost} of ${tcpSent}` : '';
  console.info(
    `${what}: lost ${lost}, wrong ${wrong}, changed ${changed} of ${sent}${tcp}, gap ${longestGapMs} ms, p99 ${p99Ms} ms`,
  );
}

function question(name: string, goodRcode: number): Question {
  const bytes = encode({ type: 'query', id: 0, flags: 0x100, questions: [{ type: 'A', name }] });
  return { bytes, goodRcode, first: undefined };
}
