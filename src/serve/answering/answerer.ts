/**
 * Answerer: query bytes in, answer bytes out, for every transport of one thread. Enters and leaves
 * the shared images; fills the context; counts. The one accept function, so that no transport
 * skips a check.
 */

import { performance } from 'node:perf_hooks';
import { hrtime } from 'node:process';
import {
  type AnswerKind,
  makeQueryContext,
  type QueryContext,
  type QueryReport,
} from '../../zone/query-context.ts';
import { respond } from '../../zone/respond.ts';
import type { Asker } from './asker.ts';
import type { CookieJar } from './cookies.ts';
import { DURATION_SAMPLE_EVERY } from './limits.ts';
import type { QueryCounters } from './query-counters.ts';
import type { RateLimit } from './rate-limit.ts';
import type { ServedImages } from './served-images.ts';
import type { WhyQuestions } from './why-questions.ts';

export interface AnswererParts {
  readonly cookies: CookieJar;
  readonly counters: QueryCounters;
  readonly rateLimit: RateLimit;
  /** Never rate limited: loopback and the operator's own resolvers. */
  readonly isExempt: (address: Uint8Array) => boolean;
  readonly whys: WhyQuestions;
  readonly settings: AnswerSettings;
}

export interface AnswerSettings {
  readonly order: 'rotate' | 'shuffle' | 'fixed';
  readonly nsid: Uint8Array;
  readonly udpOctetsMax: number;
  readonly tcpIdleMs: number;
}

const KIND_NUMBERS: Readonly<Record<AnswerKind, number>> = {
  hit: 1,
  alias: 2,
  nodata: 3,
  nxdomain: 4,
  delegation: 5,
  refused: 6,
  error: 7,
};

/** One query in `every` is told; 0: none. */
export interface QuerySampling {
  every: number;
  readonly tell: (report: Readonly<QueryReport>, asker: Asker) => void;
}

export class Answerer {
  sampling: QuerySampling | undefined;
  /** Asked of what `isWhy` before `answer`: what these take is answered later. */
  readonly whys: WhyQuestions;
  #untilTold = 0;
  readonly #images: ServedImages;
  readonly #parts: AnswererParts;
  readonly #context: QueryContext;
  /** The asker of whom `#isExempt` speaks; a transport gives the same object for the same client. */
  #lookedAt: Asker | undefined;
  #isExempt = false;
  #isLeaving = false;
  #asker: Asker = { address: new Uint8Array(4), protocol: 0 };
  #random = (Math.random() * 0x100000000) >>> 0;
  #untilSample = DURATION_SAMPLE_EVERY;
  #nowSeconds = Math.floor(Date.now() / 1000);

  constructor(images: ServedImages, parts: AnswererParts) {
    this.#images = images;
    this.#parts = parts;
    this.whys = parts.whys;
    this.#context = makeQueryContext('udp', parts.settings.udpOctetsMax);
    const { settings } = parts;
    this.#context.order = settings.order;
    this.#context.nsid = settings.nsid;
    this.#context.tcpKeepaliveUnits = Math.floor(settings.tcpIdleMs / 100);
    this.#context.cookieReply = (option) =>
      parts.cookies.reply(option, this.#asker.address, this.#nowSeconds);
  }

  /** Called about once a second: the wall clock of cookies. */
  tick(nowSeconds: number): void {
    this.#nowSeconds = nowSeconds;
  }

  /** Octets written to `out`; 0 = stay silent. Never throws: a fault of ours is one SERVFAIL. */
  answer(query: Uint8Array, asker: Asker, out: Uint8Array): number {
    const { counters, settings } = this.#parts;
    const context = this.#context;
    this.#asker = asker;
    context.transport = asker.protocol < 2 ? 'udp' : 'tcp';
    context.udpOctetsMax = settings.udpOctetsMax;
    this.#images.enter();
    context.isStale = this.#images.isStale;
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    context.random = this.#random;
    const isSampled = --this.#untilSample === 0;
    const started = isSampled ? performance.now() : 0;
    let length = this.#respond(query, out);
    if (length > 0 && asker.protocol < 2) length = this.#limited(query, length, out);
    if (isSampled) {
      this.#untilSample = DURATION_SAMPLE_EVERY;
      counters.countDuration((performance.now() - started) * 1000);
    }
    if (length === 0) counters.count('dropped', 1);
    else
      counters.countAnswer(context.report, asker.protocol, {
        request: query.length,
        response: length,
      });
    if (context.report.isTruncated) counters.count('truncated', 1);
    if (context.report.hasDo) counters.count('do', 1);
    if (context.report.hasValidCookie) counters.count('cookiesValid', 1);
    if (this.sampling !== undefined) this.#sample(this.sampling, asker);
    if (!this.#isLeaving) {
      this.#isLeaving = true;
      setImmediate(this.#leave);
    }
    return length;
  }

  /** Once for all queries of one turn of the event loop. */
  readonly #leave = (): void => {
    this.#isLeaving = false;
    this.#images.leave();
  };

  #sample(sampling: QuerySampling, asker: Asker): void {
    if (sampling.every === 0 || --this.#untilTold > 0) return;
    this.#untilTold = sampling.every;
    sampling.tell(this.#context.report, asker);
  }

  #respond(query: Uint8Array, out: Uint8Array): number {
    try {
      return respond(this.#images.zones, query, this.#context, out);
    } catch {
      this.#parts.counters.count('uncaught', 1);
      return servfail(query, out);
    }
  }

  #limited(query: Uint8Array, length: number, out: Uint8Array): number {
    const { rateLimit, counters, isExempt } = this.#parts;
    const { report } = this.#context;
    if (!rateLimit.isOn || report.hasValidCookie) return length;
    const { address } = this.#asker;
    if (this.#asker !== this.#lookedAt) {
      this.#lookedAt = this.#asker;
      this.#isExempt = isExempt(address);
    }
    if (this.#isExempt) return length;
    const [seconds, nanoseconds] = hrtime();
    const nowMs = seconds * 1000 + Math.floor(nanoseconds / 1e6);
    const { nameOctets, nameAt } = report;
    const answer = { nameOctets, nameAt, kind: KIND_NUMBERS[report.kind] };
    if (!rateLimit.isOver(address, answer, nowMs)) return length;
    counters.count('limited', 1);
    this.#context.mustTruncate = true;
    const cut = this.#respond(query, out);
    this.#context.mustTruncate = false;
    return cut;
  }
}

/** Header only: the query's id and opcode, QR, SERVFAIL. The last resort after a fault of ours. */
function servfail(query: Uint8Array, out: Uint8Array): number {
  if (query.length < 12) return 0;
  out.fill(0, 0, 12);
  out[0] = query[0] as number;
  out[1] = query[1] as number;
  out[2] = 0x80 | ((query[2] as number) & 0x79);
  out[3] = 2;
  return 12;
}
