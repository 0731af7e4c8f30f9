/**
 * A client that opens a new TCP connection for each question, at a steady rate: what a well-meaning
 * stranger sees while others misuse TCP. Lost = no answer within the limit, or a broken connection.
 */

import { createConnection } from 'node:net';

export interface TcpAskerOptions {
  readonly port: number;
  readonly perSecond: number;
  readonly query: Buffer;
  readonly localAddress?: string;
}

export interface TcpScore {
  readonly sent: number;
  readonly lost: number;
  readonly slowestMs: number;
}

const LOST_AFTER_MS = 1000;

export class TcpAsker {
  readonly #options: TcpAskerOptions;
  readonly #asking = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #lost = 0;
  #slowestMs = 0;

  constructor(options: TcpAskerOptions) {
    this.#options = options;
  }

  start(): void {
    const { perSecond } = this.#options;
    if (perSecond > 0) this.#timer = setInterval(() => this.#ask(), 1000 / perSecond);
  }

  async stop(): Promise<TcpScore> {
    clearInterval(this.#timer);
    await Promise.all(this.#asking);
    return { sent: this.#sent, lost: this.#lost, slowestMs: Math.round(this.#slowestMs) };
  }

  #ask(): void {
    this.#sent++;
    const asking = askOverTcp(this.#options).then((tookMs) => {
      this.#asking.delete(asking);
      if (tookMs === undefined) this.#lost++;
      this.#slowestMs = Math.max(this.#slowestMs, tookMs ?? LOST_AFTER_MS);
    });
    this.#asking.add(asking);
  }
}

export interface TcpQuestion {
  readonly port: number;
  readonly query: Buffer;
  readonly localAddress?: string;
  readonly timeoutMs?: number;
  /** Given each whole reply, without its length. */
  readonly onReply?: (reply: Buffer) => void;
}

/** How long connect, question and whole answer took, ms; undefined when there was none in time. */
export function askOverTcp(options: TcpQuestion): Promise<number | undefined> {
  const { port, query, localAddress, timeoutMs = LOST_AFTER_MS } = options;
  const started = performance.now();
  const socket = createConnection({
    port,
    host: '127.0.0.1',
    ...(localAddress !== undefined && { localAddress }),
  });
  return new Promise((resolve) => {
    let held = Buffer.alloc(0);
    const end = (tookMs: number | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(tookMs);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(undefined));
    socket.on('connect', () => socket.write(framed(query)));
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
      options.onReply?.(held.subarray(2));
      end(performance.now() - started);
    });
  });
}

/** RFC 1035 section 4.2.2: two octets of length, then the message. */
export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
