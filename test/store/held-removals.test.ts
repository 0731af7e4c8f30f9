/** Nothing empties itself: what is held, what passes, what ends a hold. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type DomainName, formatName, parseName } from '../../src/dns/name.ts';
import { makeA } from '../../src/dns/rdata/index.ts';
import { makeRRset } from '../../src/dns/rrset.ts';
import { type FilteredUpdate, HeldRemovals } from '../../src/store/hold/held-removals.ts';
import { acceptRemovals, clearHold, writeHold } from '../../src/store/hold/hold-keys.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { StoreEvent } from '../../src/store/record-store.ts';
import { RecordWriter } from '../../src/store/record-writer.ts';
import { RecordView } from '../../src/store/skydns/view/record-view.ts';

const APEX = parseName('example.');

/** A replica: view and guard on one store; what it serves is what passed. */
class Replica {
  readonly view = new RecordView({ prefix: '/skydns', zones: [{ apex: APEX, mode: 'owner' }] });
  readonly guard = new HeldRemovals();
  readonly served = new Set<DomainName>();
  serialRevision = 0;
  nowMs = 0;
  last: FilteredUpdate | undefined;
  #revision = 0;
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  apply(event: StoreEvent): FilteredUpdate {
    this.last = this.guard.filter(this.view.apply(event), this.nowMs);
    for (const zone of this.last.passed.zones) {
      this.serialRevision = zone.lastChangedRevision;
      for (const { owner, rrsets } of zone.changes) {
        if (rrsets === undefined || rrsets.length === 0) this.served.delete(owner);
        else this.served.add(owner);
      }
    }
    return this.last;
  }

  /** Everything since the last time, revision by revision. */
  async follow(): Promise<FilteredUpdate> {
    if (this.#revision === 0) return this.relist('first');
    const state = await this.#store.read([{ from: '', to: '\xff' }]);
    const ending = new AbortController();
    const options = { afterRevision: this.#revision, signal: ending.signal };
    while (this.#revision < state.revision) {
      for await (const event of this.#store.watch(this.view.ranges(), options)) {
        if (event.kind === 'contact') continue;
        this.apply(event);
        this.#revision = event.kind === 'revision' ? event.revision : state.revision;
        if (this.#revision >= state.revision) break;
      }
    }
    return this.last!;
  }

  async relist(reason: 'first' | 'compacted' | 'replaced'): Promise<FilteredUpdate> {
    const state = await this.#store.read(this.view.ranges());
    this.#revision = state.revision;
    return this.apply({ kind: 'state', reason, state });
  }
}

describe('removals that nobody of ours made', () => {
  let store: MemoryStore;
  let replica: Replica;
  beforeEach(async () => {
    store = new MemoryStore();
    replica = new Replica(store);
    await put(0, 100);
    await replica.follow();
    expect(replica.served.size).toBe(100);
  });

  const key = (index: number) => `/skydns/example/n${index}/x`;
  async function put(from: number, to: number): Promise<void> {
    const puts = [];
    for (let index = from; index < to; index++) {
      puts.push({ key: key(index), value: '{"host":"192.0.2.1","targetstrip":1,"port":-1}' });
    }
    await store.commit({ compares: [], puts, deletes: [] });
  }
  async function remove(from: number, to: number): Promise<void> {
    const deletes = Array.from({ length: to - from }, (_, index) => key(from + index));
    await store.commit({ compares: [], puts: [], deletes });
  }

  test('20 of 100 pass, 21 are held', async () => {
    await remove(0, 20);
    await replica.follow();
    expect([replica.served.size, replica.guard.isHolding]).toEqual([80, false]);
    replica.nowMs += 61_000;
    await remove(20, 37);
    const { held, started } = await replica.follow();
    expect(replica.served.size).toBe(80);
    expect(held).toMatchObject([{ apex: APEX, heldNames: 17, isRemote: false }]);
    expect(started).toEqual(held);
  });

  test('a few at a time within a minute are counted together', async () => {
    for (let index = 0; index < 30; index += 3) {
      await remove(index, index + 3);
      await replica.follow();
      replica.nowMs += 5_000;
    }
    expect(replica.served.size).toBe(82);
    expect(replica.guard.heldNames(APEX)).toHaveLength(12);
  });

  test('slowly, over minutes, they pass', async () => {
    for (let index = 0; index < 60; index += 3) {
      await remove(index, index + 3);
      await replica.follow();
      replica.nowMs += 30_000;
    }
    expect(replica.served.size).toBe(40);
  });

  test('10 names of a small zone pass, however large their share', async () => {
    await remove(0, 20);
    await replica.follow();
    for (let index = 20; index < 88; index += 10) {
      replica.nowMs += 61_000;
      await remove(index, Math.min(88, index + 10));
      await replica.follow();
    }
    expect([replica.served.size, replica.guard.isHolding]).toEqual([12, false]);
    replica.nowMs += 61_000;
    await remove(88, 98);
    await replica.follow();
    expect([replica.served.size, replica.guard.isHolding]).toEqual([2, false]);
  });

  test('while names are held, additions go on and the serial stands', async () => {
    const serial = replica.serialRevision;
    await remove(0, 50);
    await replica.follow();
    await put(200, 203);
    await replica.follow();
    expect(replica.served.size).toBe(103);
    expect(replica.serialRevision).toBe(serial);
  });

  test('names that come back are no longer held; the last one ends the hold', async () => {
    await remove(0, 50);
    await writeHold(store, (await replica.follow()).started[0]!);
    await put(0, 49);
    await replica.follow();
    expect(replica.guard.heldNames(APEX)).toHaveLength(1);
    await put(49, 50);
    const { ended } = await replica.follow();
    expect(ended).toEqual([APEX]);
    await clearHold(store, APEX);
    expect((await replica.follow()).released).toEqual([APEX]);
    expect(replica.serialRevision).toBeGreaterThan(2);
    await remove(0, 3);
    await replica.follow();
    expect(replica.served.size).toBe(97);
  });

  test('a relist that would empty the zone is held; accept lets it go, everywhere', async () => {
    const other = new Replica(store);
    await other.follow();
    await remove(0, 100);
    await replica.relist('compacted');
    await other.follow();
    expect([replica.served.size, other.served.size]).toEqual([100, 100]);
    expect(await writeHold(store, replica.guard.holds()[0]!)).toBe(true);
    expect(await writeHold(store, other.guard.holds()[0]!)).toBe(false);
    await replica.follow();
    expect(await acceptRemovals(store, APEX)).toBe(true);
    const { released } = await replica.follow();
    await other.follow();
    expect(released).toEqual([APEX]);
    expect([replica.served.size, other.served.size]).toEqual([0, 0]);
    expect(replica.guard.isHolding).toBe(false);
  });

  test('one that slept through hold and accept does not hold again', async () => {
    const sleeper = new Replica(store);
    await sleeper.follow();
    await remove(0, 60);
    await replica.follow();
    await writeHold(store, replica.guard.holds()[0]!);
    await acceptRemovals(store, APEX);
    await sleeper.relist('compacted');
    expect([sleeper.served.size, sleeper.guard.isHolding]).toEqual([40, false]);
  });

  test('a hold of another replica is known to a new one, and holds there too', async () => {
    await remove(0, 60);
    await replica.follow();
    await writeHold(store, replica.guard.holds()[0]!);
    const fresh = new Replica(store);
    const { held } = await fresh.follow();
    expect(held).toMatchObject([{ apex: APEX, isRemote: true, heldNames: 0 }]);
    await remove(60, 62);
    await fresh.follow();
    expect(fresh.served.size).toBe(40);
  });

  test('data that went back: accept raises the offset by what the revision lost', async () => {
    for (let index = 0; index < 30; index++) await put(0, 1);
    await replica.follow();
    const servedRevision = replica.serialRevision;
    store = new MemoryStore();
    const restored = await store.read([{ from: '', to: '\xff' }]);
    replica.apply({ kind: 'state', reason: 'replaced', state: restored });
    expect(replica.served.size).toBe(100);
    expect(replica.guard.holds()[0]).toMatchObject({ servedRevision, heldNames: 100 });
    await writeHold(store, replica.guard.holds()[0]!);
    await acceptRemovals(store, APEX);
    const { values, revision } = await store.read([{ from: '/fedns/', to: '/fedns0' }]);
    const offset = JSON.parse(values.get('/fedns/serial/example.')?.value ?? '{}').offset;
    expect(revision + offset).toBeGreaterThan(servedRevision);
  });
});

describe('removals that our writers made', () => {
  let store: MemoryStore;
  let writer: RecordWriter;
  const names = Array.from({ length: 60 }, (_, index) => parseName(`n${index}.example.`));
  const gone = names.map((owner) => ({ owner, rrsets: undefined }));

  beforeEach(async () => {
    store = new MemoryStore();
    writer = new RecordWriter({ store, prefix: '/skydns', writer: 'w', zones: [APEX] });
    const rdatas = [makeA('192.0.2.1')];
    const set = (owner: DomainName) => makeRRset(owner, 1, { ttlSeconds: 60, rdatas });
    await writer.apply([names.map((owner) => ({ owner, rrsets: [set(owner)] }))]);
  });

  test('pass at once, one by one', async () => {
    const replica = new Replica(store);
    await replica.follow();
    await writer.apply([gone]);
    await replica.follow();
    expect([replica.served.size, replica.guard.isHolding]).toEqual([0, false]);
  });

  test('pass for a replica that was away, by their sum', async () => {
    const replica = new Replica(store);
    await replica.follow();
    await writer.apply([gone.slice(0, 40)]);
    await replica.relist('compacted');
    expect([...replica.served].map(formatName)).toHaveLength(20);
  });

  test('cover nobody else', async () => {
    const replica = new Replica(store);
    await replica.follow();
    await writer.apply([gone.slice(0, 5)]);
    const state = await store.read([{ from: '/skydns/', to: '/skydns0' }]);
    await store.commit({ compares: [], puts: [], deletes: [...state.values.keys()] });
    await replica.relist('compacted');
    expect(replica.served.size).toBe(60);
    expect(replica.guard.isHolding).toBe(true);
  });
});
