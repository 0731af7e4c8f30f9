/**
 * The answering threads as the main thread sees them: starts them, binds addresses in each, replaces
 * a dead one. Takes addresses, gives counters. What they answer from they find in shared memory.
 */

import { Worker } from 'node:worker_threads';
import { assertDefined } from '../runtime/assert.ts';
import type { Logger } from '../runtime/logger.ts';
import { atOwnPriority } from '../runtime/thread/thread-priority.ts';
import type {
  BindError,
  SampledQuery,
  ThreadOrder,
  ThreadReport,
  ThreadStart,
} from './answering/answering-thread.ts';
import { QueryCounters } from './answering/query-counters.ts';
import type { BoundAddress } from './answering/udp.ts';
import { THREAD_RESTART_MAX_MS, THREAD_RESTART_MS, YOUNG_GENERATION_MB } from './limits.ts';
import { answerWhy, type WhyOf } from './why-answers.ts';

interface Thread {
  readonly index: number;
  worker: Worker;
  isAlive: boolean;
  startedAt: number;
}

/** Everything a thread starts with but what is its own. */
export type ThreadsStart = Omit<ThreadStart, 'counters' | 'reader'>;

export interface AnsweringThreadsOptions {
  readonly threadCount: number;
  readonly start: ThreadsStart;
  /** A thread has ended: what it was reading nobody reads any more. */
  readonly onEnded: (reader: number) => void;
  readonly logger: Logger;
}

/** A thread that died instead of answering an order; its replacement binds everything anew. */
const THREAD_EXIT = 'THREAD_EXIT';

/** The entry beside this file, whichever form this file runs in. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts')
    ? './answering/answering-thread.ts'
    : './answering/answering-thread.js',
  import.meta.url,
);

export class AnsweringThreads {
  readonly counters: readonly QueryCounters[];
  /** Called for each sampled query. */
  onSampled: (query: SampledQuery) => void = () => undefined;
  /** What is known of a name, for clients that may ask it. */
  whyOf: WhyOf = () => undefined;
  #sampleEvery = 0;
  readonly #options: AnsweringThreadsOptions;
  readonly #threads: Thread[] = [];
  readonly #bound = new Map<string, BoundAddress>();
  readonly #waiting = new Map<number, (error: BindError | undefined) => void>();
  #cookieSecrets: readonly Uint8Array[];
  #nextId = 1;
  #restartMs = THREAD_RESTART_MS;
  #isStopping = false;
  #replacedCount = 0;

  constructor(options: AnsweringThreadsOptions) {
    this.#options = options;
    this.#cookieSecrets = options.start.cookieSecrets;
    const zoneCount = options.start.apexes.length;
    this.counters = Array.from({ length: options.threadCount }, () => new QueryCounters(zoneCount));
  }

  get replacedCount(): number {
    return this.#replacedCount;
  }

  get aliveCount(): number {
    return this.#threads.filter((thread) => thread.isAlive).length;
  }

  start(): void {
    for (let index = 0; index < this.#options.threadCount; index++) {
      const worker = this.#spawn(index);
      const startedAt = performance.now();
      this.#threads.push({ index, worker, isAlive: true, startedAt });
    }
  }

  /** One query in `every` goes to onSampled; 0: none. */
  sample(every: number): void {
    this.#sampleEvery = every;
    this.#order({ kind: 'sample', every });
  }

  /** Secrets of 16 octets, current first. */
  replaceCookieSecrets(secrets: readonly Uint8Array[]): void {
    this.#cookieSecrets = secrets;
    this.#order({ kind: 'cookie-secrets', secrets });
  }

  /** Binds one address in every thread; the first error, and then nowhere. */
  async bind(bound: BoundAddress): Promise<BindError | undefined> {
    // Noted first: a thread that is being replaced meanwhile binds it with the others.
    this.#bound.set(keyOf(bound), bound);
    const errors = await Promise.all(
      this.#threads
        .filter((thread) => thread.isAlive)
        .map((thread) => this.#ask(thread, (id) => ({ kind: 'bind', id, bound }))),
    );
    const error = errors.find((one) => one !== undefined && one.code !== THREAD_EXIT);
    if (error !== undefined) await this.unbind(bound, 0);
    return error;
  }

  async unbind(bound: BoundAddress, drainMs: number): Promise<void> {
    this.#bound.delete(keyOf(bound));
    await this.#unbindEverywhere(bound, drainMs);
  }

  get boundAddresses(): readonly BoundAddress[] {
    return [...this.#bound.values()];
  }

  /** Test hook: the thread throws and is replaced. */
  throwIn(index: number): void {
    this.#threads[index]?.worker.postMessage({ kind: 'throw' } satisfies ThreadOrder);
  }

  /** Answers what has arrived, then ends every thread. */
  async stop(drainMs: number): Promise<void> {
    this.#isStopping = true;
    await Promise.all(
      [...this.#bound.values()].map((bound) => this.#unbindEverywhere(bound, drainMs)),
    );
    await Promise.all(this.#threads.map((thread) => thread.worker.terminate()));
  }

  #spawn(index: number): Worker {
    const counters = assertDefined(this.counters[index], 'a counter set per thread').memory;
    const workerData: ThreadStart = {
      ...this.#options.start,
      cookieSecrets: this.#cookieSecrets,
      counters,
      reader: index,
    };
    const worker = atOwnPriority(
      () =>
        new Worker(ENTRY, {
          workerData,
          name: `answering-${index}`,
          resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
        }),
    );
    worker.on('message', (report: ThreadReport) => this.#hear(report, worker));
    worker.on('error', (error) => this.#complain(index, error));
    worker.on('exit', () => void this.#replace(index));
    return worker;
  }

  #hear(report: ThreadReport, worker: Worker): void {
    if (report.kind === 'why') {
      const { id, query, octetsMax } = report.question;
      const { udpOctetsMax } = this.#options.start;
      const answer = answerWhy(query, this.whyOf, { octetsMax, udpOctetsMax });
      worker.postMessage({ kind: 'why', id, answer } satisfies ThreadOrder);
      return;
    }
    if (report.kind === 'bound') {
      this.#waiting.get(report.id)?.(report.error);
      this.#waiting.delete(report.id);
      return;
    }
    this.onSampled(report.query);
  }

  #complain(index: number, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#options.logger.error('answering thread failed', { thread: index, error: text });
  }

  async #replace(index: number): Promise<void> {
    const thread = assertDefined(this.#threads[index], 'an exit comes from a known thread');
    thread.isAlive = false;
    this.#options.onEnded(index);
    if (this.#isStopping) return;
    const livedMs = performance.now() - thread.startedAt;
    this.#restartMs = livedMs > THREAD_RESTART_MAX_MS ? THREAD_RESTART_MS : this.#restartMs;
    await new Promise((resolve) => setTimeout(resolve, this.#restartMs));
    this.#restartMs = Math.min(this.#restartMs * 2, THREAD_RESTART_MAX_MS);
    if (this.#isStopping) return;
    thread.worker = this.#spawn(index);
    thread.startedAt = performance.now();
    thread.isAlive = true;
    this.#replacedCount++;
    this.#orderOf(thread, { kind: 'sample', every: this.#sampleEvery });
    // All at once: what is bound from now on is ordered of this thread like of any other.
    const errors = await Promise.all(
      [...this.#bound.values()].map((bound) =>
        this.#ask(thread, (id) => ({ kind: 'bind', id, bound })),
      ),
    );
    const error = errors.find((one) => one !== undefined);
    this.#options.logger.warn('answering thread replaced', {
      thread: index,
      ...(error !== undefined && { error: error.message }),
    });
  }

  #order(order: ThreadOrder): void {
    for (const thread of this.#threads) if (thread.isAlive) this.#orderOf(thread, order);
  }

  #orderOf(thread: Thread, order: ThreadOrder): void {
    thread.worker.postMessage(order);
  }

  async #unbindEverywhere(bound: BoundAddress, drainMs: number): Promise<void> {
    const alive = this.#threads.filter((thread) => thread.isAlive);
    await Promise.all(
      alive.map((thread) => this.#ask(thread, (id) => ({ kind: 'unbind', id, bound, drainMs }))),
    );
  }

  /** One order with an answer; a thread that dies meanwhile answers with its exit. */
  #ask(thread: Thread, order: (id: number) => ThreadOrder): Promise<BindError | undefined> {
    const { worker } = thread;
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const onExit = () => settle({ code: THREAD_EXIT, message: 'answering thread ended' });
      const settle = (error: BindError | undefined) => {
        worker.off('exit', onExit);
        this.#waiting.delete(id);
        resolve(error);
      };
      worker.once('exit', onExit);
      this.#waiting.set(id, settle);
      worker.postMessage(order(id));
    });
  }
}

function keyOf(bound: BoundAddress): string {
  return `${bound.address} ${bound.port}`;
}
