/**
 * A record of our own that changes every so often, and is asked for over the wire until the answer
 * has changed: the whole way from the store to a client, watched without any member having to move.
 *
 *   _fedns-canary.<domain>  TXT  "<number>"
 */

import { childName, type DomainName, formatName } from '../dns/name.ts';
import type { Alarms } from '../runtime/alarms.ts';
import type { Fence } from '../store/control/control-keys.ts';
import type { RecordStore } from '../store/record-store.ts';
import { keyOfName, normalPrefix } from '../store/skydns/key.ts';
import { CANARY_ASK_MS, CANARY_FIRST_MS, CANARY_LATE_MS } from './limits.ts';
import type { Propagation } from './propagation.ts';

/** The text of the TXT record at a name, asked over the wire; undefined: no such answer. */
export type AskText = (name: DomainName) => Promise<string | undefined>;

export interface CanaryOptions {
  readonly domain: DomainName;
  readonly prefix: string;
  readonly writer: string;
  readonly periodMs: number;
  readonly ask: AskText;
  readonly propagation: Propagation;
  readonly alarms: Alarms;
}

interface Place {
  readonly store: RecordStore;
  readonly fence: Fence | undefined;
}

export class Canary {
  readonly #options: CanaryOptions;
  readonly #name: DomainName;
  readonly #key: string;
  #count = Math.floor(Math.random() * 1_000_000);
  #ended = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: CanaryOptions) {
    this.#options = options;
    this.#name = childName('_fedns-canary', options.domain);
    this.#key = keyOfName(normalPrefix(options.prefix), this.#name);
  }

  start(place: Place): void {
    this.#ended = new AbortController();
    this.#running = this.#run(place, this.#ended.signal);
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
    // Who publishes next asks anew.
    this.#options.alarms.clear('answers-behind', 'answers are asked for no more by this process');
  }

  async #run(place: Place, signal: AbortSignal): Promise<void> {
    const { periodMs } = this.#options;
    // A start has other things to do, and may not listen yet.
    await rest(Math.min(CANARY_FIRST_MS, periodMs), signal);
    while (!signal.aborted) {
      await this.#once(place, signal);
      await rest(periodMs, signal);
    }
  }

  async #once({ store, fence }: Place, signal: AbortSignal): Promise<void> {
    const { writer, ask, propagation, alarms } = this.#options;
    const text = String(++this.#count);
    const value = JSON.stringify({ text, ttl: 1, targetstrip: 0, owner: `${writer}-canary` });
    const startedMs = performance.now();
    try {
      const compares = fence === undefined ? [] : [fence];
      const puts = [{ key: this.#key, value }];
      const outcome = await store.commit({ compares, puts, deletes: [] }, signal);
      if (outcome.kind === 'conflict') return;
    } catch {
      // A store that is away is told of by whoever publishes.
      return;
    }
    while (!signal.aborted) {
      const isServed = (await ask(this.#name).catch(() => undefined)) === text;
      const tookMs = performance.now() - startedMs;
      if (isServed) {
        propagation.took('endToEnd', tookMs);
        alarms.clear('answers-behind', 'what is stored is in the answers again');
        return;
      }
      if (tookMs > CANARY_LATE_MS) {
        const name = formatName(this.#name);
        alarms.raise('answers-behind', 'what is stored is not in the answers', {
          ownerName: name,
          durationMs: Math.round(tookMs),
        });
        return;
      }
      await rest(CANARY_ASK_MS, signal);
    }
  }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
