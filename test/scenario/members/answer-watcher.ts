/**
 * A client that asks all names of a service all through a story, from outside, and holds each
 * answer against the ground truth. It says how many were wrong, and how long the answers took to
 * become what is so.
 */

import { createSocket, type Socket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encode } from 'dns-packet';
import type { GroundTruth } from './ground-truth.ts';

export interface WatcherOptions {
  readonly port: number;
  readonly truth: GroundTruth;
  /** Each name is asked so often. Default 20. */
  readonly everyMs?: number;
}

export interface WrongAnswer {
  readonly name: string;
  readonly answer: string;
  readonly right: readonly string[];
  /** Since the last turn of the truth. */
  readonly afterSeconds: number;
}

interface Asked {
  readonly name: string;
  readonly right: ReadonlySet<string>;
  /** In the watcher's patient time. */
  readonly atMs: number;
}

interface Heard {
  readonly answer: string;
  /** Monotonic, ms: since when it is the answer. */
  readonly sinceMs: number;
}

const SILENCE_MS = 1000;
/** More than this between two ticks our own loop stood still: nobody's silence. */
const STALL_MS = 50;
const WRONG_KEPT_MAX = 5;

export class AnswerWatcher {
  readonly truth: GroundTruth;
  readonly #options: WatcherOptions;
  readonly #queries: readonly (readonly [name: string, bytes: Buffer])[];
  readonly #socket: Socket = createSocket('udp4');
  readonly #asked = new Map<number, Asked>();
  readonly #heard = new Map<string, Heard>();
  #wrong: WrongAnswer[] = [];
  #wrongCount = 0;
  #askedCount = 0;
  #patientMs = 0;
  #tickMs = 0;
  #isAway = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.truth = options.truth;
    this.#queries = options.truth.names.map((name) => [
      name,
      encode({ type: 'query', id: 0, flags: 0, questions: [{ type: 'A', name }] }),
    ]);
  }

  start(): void {
    this.#socket.on('message', (reply) => this.#hear(reply));
    this.#socket.on('error', () => undefined);
    this.#tickMs = performance.now();
    this.#timer = setInterval(() => this.#tick(), this.#options.everyMs ?? 20);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  /** While nobody is there to answer (the story's own doing) nothing is asked. */
  async whileAway<T>(action: () => Promise<T>): Promise<T> {
    this.#isAway = true;
    this.#asked.clear();
    try {
      return await action();
    } finally {
      this.#isAway = false;
    }
  }

  /** Since the last call: all asked, and those answered wrongly, the first few in full. */
  takeScore(): { askedCount: number; wrongCount: number; wrong: readonly WrongAnswer[] } {
    const score = {
      askedCount: this.#askedCount,
      wrongCount: this.#wrongCount,
      wrong: this.#wrong,
    };
    this.#askedCount = 0;
    this.#wrongCount = 0;
    this.#wrong = [];
    return score;
  }

  /**
   * Waits until every name answers what is so, and gives the seconds from the last turn of the
   * truth to the last name that followed.
   */
  async untilTrue(limitMs: number): Promise<number> {
    const deadlineMs = performance.now() + limitMs;
    const { names } = this.truth;
    const isFalse = (name: string) =>
      this.#heard.get(name)?.answer !== this.truth.finalAnswer(name);
    while (names.some(isFalse)) {
      if (performance.now() > deadlineMs) {
        const rows = names.filter(isFalse).map((name) => {
          const { answer } = this.#heard.get(name) ?? { answer: 'not heard' };
          return `${name}: ${answer}, not ${this.truth.finalAnswer(name)}`;
        });
        throw new Error(`after ${limitMs} ms\n${rows.join('\n')}`);
      }
      await sleep(10);
    }
    const sinceMs = names.map((name) => this.#heard.get(name)?.sinceMs ?? 0);
    return Math.max(0, Math.max(...sinceMs) - this.truth.turnedAtMs) / 1000;
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#patientMs += Math.min(nowMs - this.#tickMs, STALL_MS);
    this.#tickMs = nowMs;
    for (const [id, asked] of this.#asked) {
      if (this.#patientMs - asked.atMs < SILENCE_MS) break;
      this.#asked.delete(id);
      this.#judge(asked, 'silence');
    }
    if (this.#isAway) return;
    for (const [name, bytes] of this.#queries) this.#ask(name, bytes);
  }

  #ask(name: string, bytes: Buffer): void {
    const id = this.#askedCount++ & 0xffff;
    const query = Buffer.from(bytes);
    query.writeUInt16BE(id, 0);
    this.#asked.set(id, { name, right: this.truth.rightAnswers(name), atMs: this.#patientMs });
    this.#socket.send(query, this.#options.port, '127.0.0.1', () => undefined);
  }

  #hear(reply: Buffer): void {
    const id = reply.readUInt16BE(0);
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    this.#judge(asked, endsOf(reply));
  }

  /** Right if it was right when asked or is now: the truth may turn in between. */
  #judge({ name, right }: Asked, answer: string): void {
    const nowMs = performance.now();
    if (this.#heard.get(name)?.answer !== answer) this.#heard.set(name, { answer, sinceMs: nowMs });
    if (right.has(answer)) return;
    const rightNow = this.truth.rightAnswers(name);
    if (rightNow.has(answer)) return;
    this.#wrongCount++;
    if (this.#wrong.length >= WRONG_KEPT_MAX) return;
    const afterSeconds = (nowMs - this.truth.turnedAtMs) / 1000;
    this.#wrong.push({ name, answer, right: [...rightNow], afterSeconds });
  }
}

/** As `ends`: the addresses at the end of the chain, sorted; the rcode where there are none. */
function endsOf(reply: Buffer): string {
  const message = decode(reply);
  const addresses = (message.answers ?? []).flatMap((record) =>
    record.type === 'A' ? [record.data] : [],
  );
  if (addresses.length > 0) return addresses.sort().join(' ');
  return 'rcode' in message ? String(message.rcode) : '';
}
