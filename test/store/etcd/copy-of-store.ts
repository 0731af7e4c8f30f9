/**
 * Test support: a copy of a store kept by its watch alone, which objects to a revision told twice
 * or out of order; and a seeded source of numbers, so that a failing run can be replayed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { KeyRange, RecordStore, StoredValue } from '../../../src/store/record-store.ts';

export class CopyOfStore {
  readonly values = new Map<string, StoredValue>();
  readonly log: string[] = [];
  revision = 0;
  stateReasons: string[] = [];
  changeCount = 0;
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;

  constructor(store: RecordStore, ranges: readonly KeyRange[], afterRevision?: number) {
    const { signal } = this.#ending;
    const from = afterRevision === undefined ? {} : { afterRevision };
    this.revision = afterRevision ?? 0;
    this.#done = this.#follow(store, ranges, { ...from, signal });
  }

  /** Waits until the copy has seen this revision. */
  async reached(revision: number, limitMs = 20_000): Promise<void> {
    await this.until(`revision ${revision}`, () => this.revision >= revision, limitMs);
  }

  async until(what: string, check: () => boolean, limitMs = 20_000): Promise<void> {
    const end = performance.now() + limitMs;
    while (!check()) {
      if (performance.now() > end) {
        throw new Error(
          `${what}: not in ${limitMs} ms; at ${this.revision}; ${this.log.slice(-5)}`,
        );
      }
      await sleep(5);
    }
  }

  /** Equal to a read of the store, key by key, once the copy has reached its revision. */
  async expectEqual(store: RecordStore, ranges: readonly KeyRange[]): Promise<void> {
    const state = await store.read(ranges);
    const newest = Math.max(0, ...[...state.values].map(([, each]) => each.modRevision));
    await this.reached(newest);
    await this.until('equal key count', () => this.values.size === state.values.size, 5_000).catch(
      () => undefined,
    );
    expect(new Map([...this.values].sort())).toEqual(new Map([...state.values].sort()));
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#done;
  }

  async #follow(
    store: RecordStore,
    ranges: readonly KeyRange[],
    options: { afterRevision?: number; signal: AbortSignal },
  ): Promise<void> {
    for await (const event of store.watch(ranges, options)) {
      if (event.kind === 'lost') this.log.push(event.message);
      if (event.kind === 'state') {
        this.stateReasons.push(event.reason);
        this.values.clear();
        for (const [key, stored] of event.state.values) this.values.set(key, stored);
        this.revision = event.state.revision;
      }
      if (event.kind !== 'revision') continue;
      if (event.revision <= this.revision) {
        throw new Error(`revision ${event.revision} told after ${this.revision}`);
      }
      this.revision = event.revision;
      this.changeCount += event.changes.length;
      for (const { key, stored } of event.changes) {
        if (stored === undefined) this.values.delete(key);
        else this.values.set(key, stored);
      }
    }
  }
}

/** mulberry32: small, seeded, good enough to choose where to cut. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
