/**
 * What changes a running server: pages of the local socket in the state folder, never of a network
 * address. `fedns` verbs and a newer process that takes over call them.
 */

import { type AnswerPage, type Page, type Pages, pagesOf } from '../../admin/http-server.ts';
import { formatRcode, formatType } from '../../dns/codes.ts';
import { formatName } from '../../dns/name.ts';
import { LOG_LEVELS, type Logger } from '../../runtime/logger.ts';
import type { SampledQuery } from '../../serve/answering/answering-thread.ts';
import { type QueryCounters, RCODE_SLOTS } from '../../serve/answering/query-counters.ts';
import type { RecordStore } from '../../store/record-store.ts';
import type { DnsServer } from '../dns-server.ts';
import { jsonPage } from './json-page.ts';
import { storePages } from './remote-store.ts';

export interface ControlActions {
  readonly dns: DnsServer;
  readonly logger: Logger;
  /** Of the source of records. */
  readonly pages: readonly (readonly [string, AnswerPage])[];
  /** Throws while the store is let go. */
  readonly store: () => RecordStore;
  /** Lets go of the store for a newer process; answers stay. */
  readonly releaseStore: () => Promise<void>;
  /** Answers what has arrived and ends the process. */
  readonly leave: () => void;
}

export function controlPages(actions: ControlActions): Pages {
  const { logger } = actions;
  const samples = new QuerySamples(actions);
  const pages: (readonly [string, AnswerPage])[] = [
    ...actions.pages,
    ...storePages(actions.store),
    logLevelPage(logger),
    [
      'POST /query-log',
      (query: URLSearchParams) => {
        const every = Number(query.get('every') ?? Number.NaN);
        if (!Number.isInteger(every) || every < 0)
          return refused('every: a whole number, 0 is off');
        samples.log(every);
        return jsonPage({ every });
      },
    ],
    ['GET /top', () => jsonPage(samples.take())],
    [
      'POST /takeover/store',
      async () => {
        await actions.releaseStore();
        return jsonPage({ released: true });
      },
    ],
    [
      'POST /takeover/leave',
      () => {
        setImmediate(actions.leave);
        return jsonPage({ leaving: true });
      },
    ],
  ];
  // A thread takes no signal: the tests end one by this, and only where they asked for hooks.
  if (process.env['FEDNS_TEST_HOOKS'] === '1') {
    pages.push([
      'POST /test/parse',
      (query) => {
        keepParsing(Number(query.get('seconds')) * 1000);
        return jsonPage({});
      },
    ]);
    pages.push([
      'POST /test/throw',
      (query) => {
        actions.dns.threads.throwIn(Number(query.get('thread')));
        return jsonPage({});
      },
    ]);
  }
  return pagesOf(pages);
}

/** Until the next start. */
export function logLevelPage(logger: Logger): [string, AnswerPage] {
  return [
    'POST /log-level',
    (query) => {
      const wanted = LOG_LEVELS.find((level) => level === query.get('to'));
      if (wanted === undefined) return refused(`log level is one of ${LOG_LEVELS.join(', ')}`);
      logger.setLevel(wanted);
      return jsonPage({ level: wanted });
    },
  ];
}

/** Test hook: the main thread parses 40 MB of JSON, again and again (bench, part latency). */
function keepParsing(durationMs: number): void {
  const item = '{"name":"service-1","addresses":["192.0.2.1","192.0.2.2"],"ready":true},';
  const text = `[${item.repeat(Math.floor(40_000_000 / item.length))}{}]`;
  const until = performance.now() + durationMs;
  const parseAgain = (): void => {
    JSON.parse(text);
    if (performance.now() < until) setImmediate(parseAgain);
  };
  setImmediate(parseAgain);
}

/** Names kept for `top`: a sample, bounded. */
const NAMES_MAX = 10_000;
/** `top` asks every second or two; without it sampling ends after this, ms. */
const TOP_LEASE_MS = 5000;
const TOP_SAMPLE_EVERY = 16;
const QUERY_LOG_LINES_PER_SECOND = 200;

class QuerySamples {
  readonly #actions: ControlActions;
  readonly #names = new Map<string, number>();
  #logEvery = 0;
  #topUntil = 0;
  #loggedInSecond = 0;
  #second = 0;

  constructor(actions: ControlActions) {
    this.#actions = actions;
    actions.dns.threads.onSampled = (query) => this.#take(query);
  }

  log(every: number): void {
    this.#logEvery = every;
    this.#apply();
  }

  /** Counts since the last call, sampled; the busiest first. */
  take(): Readonly<Record<string, unknown>> {
    this.#topUntil = performance.now() + TOP_LEASE_MS;
    setTimeout(() => this.#apply(), TOP_LEASE_MS + 100).unref();
    this.#apply();
    const names = [...this.#names].sort((left, right) => right[1] - left[1]).slice(0, 50);
    this.#names.clear();
    const counters = this.#actions.dns.threads.counters;
    return { sampleEvery: this.#every(), names, ...answersOf(counters) };
  }

  #every(): number {
    if (performance.now() >= this.#topUntil) return this.#logEvery;
    return this.#logEvery === 0 ? TOP_SAMPLE_EVERY : Math.min(this.#logEvery, TOP_SAMPLE_EVERY);
  }

  #apply(): void {
    this.#actions.dns.threads.sample(this.#every());
  }

  #take(query: SampledQuery): void {
    const name = formatName(query.name);
    const key = `${name} ${formatType(query.type)}`;
    if (this.#names.has(key) || this.#names.size < NAMES_MAX) {
      this.#names.set(key, (this.#names.get(key) ?? 0) + 1);
    }
    if (this.#logEvery > 0) this.#logQuery(query, name);
  }

  #logQuery(query: SampledQuery, name: string): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) this.#loggedInSecond = 0;
    this.#second = second;
    if (this.#loggedInSecond++ >= QUERY_LOG_LINES_PER_SECOND) return;
    this.#actions.logger.info('query', {
      address: query.address,
      protocol: query.protocol,
      ownerName: name,
      rrType: formatType(query.type),
      rcode: formatRcode(query.rcode),
    });
  }
}

/** Answers by rcode since the start, all zones and threads. */
function answersOf(counters: readonly QueryCounters[]): { answers: number; rcodes: object } {
  const rcodes = new Map<string, number>();
  let answers = 0;
  for (const one of counters) {
    for (let zone = 0; zone <= one.zoneCount; zone++) {
      for (let rcode = 0; rcode < RCODE_SLOTS; rcode++) {
        const count = one.responses(zone, rcode);
        if (count === 0) continue;
        answers += count;
        rcodes.set(formatRcode(rcode), (rcodes.get(formatRcode(rcode)) ?? 0) + count);
      }
    }
  }
  return { answers, rcodes: Object.fromEntries(rcodes) };
}

function refused(why: string): Page {
  return { status: 400, type: 'text/plain', body: `${why}\n` };
}
