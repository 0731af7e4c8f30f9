/**
 * Changes records in etcd at a steady rate, and measures how long a sample of them takes until the
 * server answers them.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type EtcdStore, openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import { ends, until } from '../running-fedns.ts';
import { PREFIX } from './serving-etcd.ts';

export interface ChangesScore {
  readonly committed: number;
  /** Commit to answer, of each change of the sample, sorted. */
  readonly visibleMs: readonly number[];
}

export interface ChangingOptions {
  readonly url: string;
  readonly port: number;
  readonly perSecond: number;
}

const TICK_MS = 20;
const NAMES = 200;
/** Not seen after this: counted as this. */
const VISIBLE_LIMIT_MS = 10_000;

export class ChangingRecords {
  readonly #options: ChangingOptions;
  readonly #store: EtcdStore;
  readonly #visibleMs: number[] = [];
  readonly #pending = new Set<Promise<unknown>>();
  #count = 0;
  #committed = 0;
  #isProbing = false;

  constructor(options: ChangingOptions) {
    this.#options = options;
    this.#store = openEtcdStore({ urls: [options.url] });
  }

  /** For this long; the last commits may still be under way then. */
  async run(durationMs: number): Promise<void> {
    const started = performance.now();
    while (performance.now() - started < durationMs) {
      const due = ((performance.now() - started) / 1000) * this.#options.perSecond;
      while (this.#count < due) this.#begin();
      await sleep(TICK_MS);
    }
  }

  async stop(): Promise<ChangesScore> {
    await Promise.all(this.#pending);
    await this.#store.stop();
    const visibleMs = this.#visibleMs.map(Math.round).sort((left, right) => left - right);
    return { committed: this.#committed, visibleMs };
  }

  #begin(): void {
    const count = this.#count++;
    const isProbe = !this.#isProbing && count % 10 === 0;
    const work = isProbe ? this.#probe(count) : this.#put(`turning${count % NAMES}`, count);
    const pending: Promise<unknown> = work
      .catch(() => undefined)
      .finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  /** One name changed and asked until it shows; one at a time. */
  async #probe(count: number): Promise<void> {
    this.#isProbing = true;
    const host = await this.#put('probe', count);
    const committedAt = performance.now();
    const isSeen = async () => (await ends(this.#options.port, 'probe.example.com')) === host;
    await until(isSeen, VISIBLE_LIMIT_MS);
    this.#visibleMs.push(performance.now() - committedAt);
    this.#isProbing = false;
  }

  async #put(label: string, count: number): Promise<string> {
    const host = `10.9.${(count >> 8) & 255}.${count & 255}`;
    const value = JSON.stringify({ host, ttl: 60, targetstrip: 1 });
    const puts = [{ key: `${PREFIX}/${label}/leaf`, value }];
    await this.#store.commit({ compares: [], puts, deletes: [] });
    this.#committed++;
    return host;
  }
}
