/** R25: of several, one leads; one that slept through writes nothing when it wakes. */

import { afterEach, describe, expect, it } from 'vitest';
import type { Fence } from '../../src/store/control/control-keys.ts';
import { Leadership } from '../../src/store/control/leadership.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { CommitOutcome, RecordStore, StoreCommit } from '../../src/store/record-store.ts';
import { waitUntil } from '../lab/process.ts';

/** A process: what it would write it writes through its fence; it may sleep. */
class Candidate {
  fence: Fence | undefined;
  events: string[] = [];
  isAsleep = false;
  readonly #inner: MemoryStore;
  readonly leadership: Leadership;

  constructor(store: MemoryStore, holder: string) {
    this.#inner = store;
    this.leadership = new Leadership({
      store: this.#sleepy(),
      controlPrefix: '/fedns/',
      name: 'w',
      holder,
      beatMs: 10,
      patienceMs: 60,
      onElected: (fence) => {
        this.fence = fence;
        this.events.push('elected');
      },
      onLost: () => this.events.push('lost'),
      onOther: (leader) => this.events.push(`other ${leader}`),
    });
    this.leadership.start();
  }

  /** As RecordWriter does: with whatever fence it believes to hold. */
  write(key: string): Promise<CommitOutcome> {
    const compares = this.fence === undefined ? [] : [this.fence];
    return this.#inner.commit({ compares, puts: [{ key, value: '' }], deletes: [] });
  }

  #sleepy(): RecordStore {
    const awake = () => waitUntil('awake', () => !this.isAsleep, 60_000);
    return {
      kind: 'memory',
      read: async (ranges: Parameters<RecordStore['read']>[0]) => {
        await awake();
        return this.#inner.read(ranges);
      },
      commit: async (commit: StoreCommit) => {
        await awake();
        return this.#inner.commit(commit);
      },
    } as unknown as RecordStore;
  }
}

const candidates: Candidate[] = [];
function candidate(store: MemoryStore, holder: string): Candidate {
  const one = new Candidate(store, holder);
  candidates.push(one);
  return one;
}

afterEach(async () => {
  for (const one of candidates) one.isAsleep = false;
  await Promise.all(candidates.splice(0).map((one) => one.leadership.stop()));
});

describe('leadership', () => {
  it('one of many leads; the others know who', async () => {
    const store = new MemoryStore();
    const all = ['a', 'b', 'c'].map((holder) => candidate(store, holder));
    await waitUntil('one leads', () => all.some((one) => one.leadership.isLeader), 2000);
    await waitUntil('all know', () => all.every((one) => one.events.length > 0), 2000);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(all.filter((one) => one.leadership.isLeader)).toHaveLength(1);
    const leader = all.find((one) => one.leadership.isLeader)?.leadership.leader;
    expect(all.map((one) => one.leadership.leader)).toEqual([leader, leader, leader]);
  });

  it('one that stops hands over at once; a sleeper writes nothing when it wakes', async () => {
    const store = new MemoryStore();
    const first = candidate(store, 'a');
    await waitUntil('a leads', () => first.leadership.isLeader, 2000);
    const second = candidate(store, 'b');
    await waitUntil('b knows', () => second.events.includes('other a'), 2000);
    first.isAsleep = true;
    await waitUntil('b leads', () => second.leadership.isLeader, 2000);
    expect(first.leadership.isLeader).toBe(true);
    expect((await first.write('/x')).kind).toBe('conflict');
    expect((await second.write('/x')).kind).toBe('committed');
    first.isAsleep = false;
    await waitUntil('a knows that it lost', () => first.events.includes('lost'), 2000);
    expect(first.leadership.isLeader).toBe(false);
    await second.leadership.stop();
    await waitUntil('a leads again', () => first.leadership.isLeader, 2000);
    expect((await first.write('/y')).kind).toBe('committed');
  });

  it('many rounds of sleep: never two whose writes pass', async () => {
    const store = new MemoryStore();
    const all = ['a', 'b'].map((holder) => candidate(store, holder));
    for (let round = 0; round < 8; round++) {
      await waitUntil(
        'one leads',
        () =>
          all.some((one) => one.fence !== undefined && !one.isAsleep && one.leadership.isLeader),
        3000,
      );
      const leader = all.find((one) => one.leadership.isLeader && !one.isAsleep) as Candidate;
      const other = all.find((one) => one !== leader) as Candidate;
      leader.isAsleep = true;
      other.isAsleep = false;
      const before = other.events.filter((event) => event === 'elected').length;
      await waitUntil(
        'the other leads',
        () => other.events.filter((event) => event === 'elected').length > before,
        3000,
      );
      expect((await leader.write(`/${round}`)).kind).toBe('conflict');
      expect((await other.write(`/${round}`)).kind).toBe('committed');
      leader.isAsleep = false;
      await waitUntil('it knows', () => !leader.leadership.isLeader, 3000);
    }
  });
});
