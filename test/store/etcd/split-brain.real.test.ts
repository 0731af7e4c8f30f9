/**
 * R25: two processes write for one federation into a real etcd. Over and over the one that leads is
 * stopped in the midst of it, the other is elected, and the first is let go on. Whoever watches the
 * store sees at each revision only what the holder of the fence wrote.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openEtcdStore } from '../../../src/store/etcd/etcd-store.ts';
import type { RecordStore } from '../../../src/store/record-store.ts';
import { rangeOfPrefix } from '../../../src/store/skydns/key.ts';
import { startEtcd } from '../../lab/etcd.ts';
import { type RunningProcess, startProcess, waitUntil } from '../../lab/process.ts';

const ROUNDS = 100;
const BEAT_MS = 40;
const PATIENCE_MS = 250;
/** Written by the new leader before the old one goes on. */
const WRITES_MIN = 5;
const WRITER = fileURLToPath(new URL('./contending-writer.ts', import.meta.url));
const FENCE = '/fedns/fence/w';

/** What was seen of the store: who holds the fence, and whose each write was. */
class Witness {
  holder = '';
  electionCount = 0;
  readonly writesOf = new Map<string, number>();
  readonly wrong: string[] = [];
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;

  constructor(store: RecordStore) {
    this.#running = this.#run(store);
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(store: RecordStore): Promise<void> {
    const ranges = [rangeOfPrefix('/skydns/'), { from: FENCE, to: `${FENCE}\0` }];
    for await (const event of store.watch(ranges, { signal: this.#ended.signal })) {
      if (event.kind === 'state') {
        this.#take(event.state.values.get(FENCE)?.value, 0, event.state.values);
      }
      if (event.kind !== 'revision') continue;
      const values = new Map(
        event.changes.flatMap(({ key, stored }) => (stored === undefined ? [] : [[key, stored]])),
      );
      this.#take(values.get(FENCE)?.value, event.revision, values);
    }
  }

  #take(
    fence: string | undefined,
    revision: number,
    values: Iterable<readonly [string, { readonly value: string }]>,
  ): void {
    if (fence !== undefined) {
      this.holder = (JSON.parse(fence) as { holder: string }).holder;
      this.electionCount++;
      this.writesOf.set(this.holder, 0);
    }
    for (const [key, { value }] of values) {
      const writer = /"host":"10\.(\d+)\./.exec(value)?.[1];
      if (writer === undefined) continue;
      this.writesOf.set(writer, (this.writesOf.get(writer) ?? 0) + 1);
      // A state has no order; a revision has.
      if (revision > 0 && writer !== this.holder) {
        this.wrong.push(`revision ${revision}: ${key} by ${writer}, fence of ${this.holder}`);
      }
    }
  }
}

it(`${ROUNDS} rounds: the one that slept writes nothing`, async () => {
  const etcd = await startEtcd({ version: '3.7' });
  const store = openEtcdStore({ urls: [etcd.endpoint] });
  const witness = new Witness(store);
  const writers = new Map<string, RunningProcess>();
  for (const number of ['1', '2']) {
    const args = [WRITER, etcd.endpoint, number, String(BEAT_MS), String(PATIENCE_MS)];
    const command = process.execPath;
    writers.set(number, startProcess({ name: `writer-${number}`, command, args }));
  }
  try {
    let slept = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const hasWritten = () => (witness.writesOf.get(witness.holder) ?? 0) >= WRITES_MIN;
      await waitUntil(`round ${round}: one writes`, hasWritten, 15_000);
      const leader = witness.holder;
      const elections = witness.electionCount;
      // Anywhere within a beat and the commits that go on beside it.
      await sleep(Math.random() * BEAT_MS);
      writers.get(leader)?.pause();
      await waitUntil(
        `round ${round}: the other writes`,
        () => witness.electionCount > elections && witness.holder !== leader && hasWritten(),
        15_000,
      );
      writers.get(leader)?.resume();
      slept++;
    }
    await sleep(500);
    expect(witness.wrong).toEqual([]);
    expect(slept).toBe(ROUNDS);
    console.info(`${slept} rounds, ${witness.electionCount} elections, 0 writes by a sleeper`);
  } finally {
    await witness.stop();
    for (const writer of writers.values()) await writer.kill9();
    await store.stop();
    await etcd.kill9();
  }
}, 300_000);
