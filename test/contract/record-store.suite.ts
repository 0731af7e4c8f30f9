/**
 * The contract of src/store/record-store.ts as tests; a runner beside it for each store. A store
 * opened by `open` may hold foreign data outside /contract/ (etcd does).
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMMIT_OPERATIONS_MAX } from '../../src/store/limits.ts';
import type {
  KeyRange,
  RecordStore,
  StoreCommit,
  StoredValue,
  StoreEvent,
} from '../../src/store/record-store.ts';

const ALL: KeyRange[] = [{ from: '/contract/', to: '/contract0' }];
const A_AND_C: KeyRange[] = [
  { from: '/contract/a/', to: '/contract/a0' },
  { from: '/contract/c/', to: '/contract/c0' },
];

export interface OpenedStore {
  readonly store: RecordStore;
  close(): Promise<void>;
}

export function recordStoreSuite(name: string, open: () => Promise<OpenedStore>): void {
  describe(`record store contract: ${name}`, () => {
    let opened: OpenedStore;
    let store: RecordStore;
    let ending: AbortController;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
      ending = new AbortController();
    });
    afterEach(async () => {
      ending.abort();
      await opened.close();
    });

    const write = (commit: Partial<StoreCommit>) =>
      store.commit({ compares: [], puts: [], deletes: [], ...commit });
    const put = async (key: string, value: string) =>
      (await write({ puts: [{ key: `/contract/${key}`, value }] })).revision;
    const watch = (ranges: KeyRange[], afterRevision?: number) =>
      collector(
        store.watch(ranges, {
          signal: ending.signal,
          ...(afterRevision === undefined ? {} : { afterRevision }),
        }),
      );

    test('a key read back carries its value and both revisions', async () => {
      const first = await put('a/1', 'one');
      const second = await put('a/1', 'two');
      expect(second).toBe(first + 1);
      const state = await store.read(ALL);
      expect(state.revision).toBe(second);
      expect([...state.values]).toEqual([
        ['/contract/a/1', { value: 'two', modRevision: second, createRevision: first }],
      ]);
    });

    test('octets pass unharmed, whatever they are', async () => {
      const every = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
      await put(`a/${every}`, every + every);
      const state = await store.read(ALL);
      expect(state.values.get(`/contract/a/${every}`)?.value).toBe(every + every);
    });

    test('several ranges are read at one revision, in key order', async () => {
      for (const key of ['c/1', 'b/1', 'a/2', 'a/1']) await put(key, key);
      const state = await store.read(A_AND_C);
      expect([...state.values.keys()]).toEqual(['/contract/a/1', '/contract/a/2', '/contract/c/1']);
    });

    test('read in pieces it is the same, and each piece is waited for', async () => {
      for (const key of ['c/1', 'b/1', 'a/2', 'a/1']) await put(key, key);
      let pairs: (readonly [string, StoredValue])[] = [];
      let isTaking = false;
      const revision = await store.scan(A_AND_C, {
        begin: () => {
          pairs = [];
        },
        take: async (piece) => {
          expect(isTaking).toBe(false);
          isTaking = true;
          await new Promise(setImmediate);
          pairs.push(...piece);
          isTaking = false;
        },
      });
      expect(isTaking).toBe(false);
      const state = await store.read(A_AND_C);
      expect(revision).toBe(state.revision);
      expect(pairs).toEqual([...state.values]);
      await expect(
        store.scan(A_AND_C, {
          begin: () => undefined,
          take: async () => {
            throw new Error('of the reader');
          },
        }),
      ).rejects.toThrow('of the reader');
    });

    test('a commit is one revision; a failed compare writes nothing', async () => {
      const made = await put('a/1', 'one');
      const done = await write({
        compares: [
          { key: '/contract/a/1', modRevision: made },
          { key: '/contract/a/2', createRevision: 0 },
        ],
        puts: [{ key: '/contract/a/2', value: 'x' }],
        deletes: ['/contract/a/1'],
      });
      expect(done).toEqual({ kind: 'committed', revision: made + 1 });
      const again = await write({
        compares: [{ key: '/contract/a/1', modRevision: made }],
        puts: [{ key: '/contract/a/3', value: 'never' }],
      });
      expect(again.kind).toBe('conflict');
      expect([...(await store.read(ALL)).values.keys()]).toEqual(['/contract/a/2']);
    });

    test('a fence compares the revision at which a key came to be', async () => {
      const made = await put('fence', 'me');
      await put('fence', 'still me');
      const fenced = (createRevision: number) =>
        write({
          compares: [{ key: '/contract/fence', createRevision }],
          puts: [{ key: '/contract/a/1', value: 'x' }],
        });
      expect((await fenced(made)).kind).toBe('committed');
      await write({ deletes: ['/contract/fence'] });
      await put('fence', 'another');
      expect((await fenced(made)).kind).toBe('conflict');
    });

    test('too many operations and a key written twice are refused', async () => {
      const puts = Array.from({ length: COMMIT_OPERATIONS_MAX + 1 }, (_, index) => ({
        key: `/contract/a/${index}`,
        value: '',
      }));
      await expect(write({ puts })).rejects.toMatchObject({ code: 'STORE_REFUSED' });
      expect((await write({ puts: puts.slice(1) })).kind).toBe('committed');
      const twice = write({ puts: puts.slice(0, 1), deletes: ['/contract/a/0'] });
      await expect(twice).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    });

    test('a watch without a revision begins with a state and goes on from there', async () => {
      await put('a/1', 'one');
      const seen = watch(ALL);
      const first = await seen.next();
      expect(first).toMatchObject({ kind: 'state', reason: 'first' });
      const revision = await put('a/2', 'two');
      expect(await seen.next()).toEqual({
        kind: 'revision',
        revision,
        changes: [
          {
            key: '/contract/a/2',
            stored: { value: 'two', modRevision: revision, createRevision: revision },
          },
        ],
      });
    });

    test('a watch from a revision tells each later one whole, once, in order', async () => {
      const start = await put('a/0', 'before');
      const revisions: number[] = [];
      for (let index = 1; index <= 5; index++) revisions.push(await put('a/1', `${index}`));
      const removed = await write({ deletes: ['/contract/a/0', '/contract/a/1'] });
      const seen = watch(ALL, start);
      for (const revision of revisions) {
        expect(await seen.next()).toMatchObject({ kind: 'revision', revision });
      }
      const last = await seen.next();
      expect(last).toMatchObject({ kind: 'revision', revision: removed.revision });
      const changes = last.kind === 'revision' ? [...last.changes] : [];
      expect(changes.sort((left, right) => (left.key < right.key ? -1 : 1))).toEqual([
        { key: '/contract/a/0', stored: undefined },
        { key: '/contract/a/1', stored: undefined },
      ]);
    });

    test('a revision that touches two ranges is one event; other ranges are not told', async () => {
      const seen = watch(A_AND_C);
      await seen.next();
      await put('b/1', 'unseen');
      for (let round = 0; round < 10; round++) {
        const { revision } = await write({
          puts: ['a/1', 'b/2', 'c/1'].map((key) => ({ key: `/contract/${key}`, value: 'x' })),
        });
        const event = await seen.next();
        expect(event).toMatchObject({ kind: 'revision', revision });
        const keys = event.kind === 'revision' ? event.changes.map(({ key }) => key) : [];
        expect(keys.sort()).toEqual(['/contract/a/1', '/contract/c/1']);
      }
    });

    test('a revision from the future means replaced data', async () => {
      const revision = await put('a/1', 'one');
      const seen = watch(ALL, revision + 1_000_000);
      expect(await seen.next()).toMatchObject({ kind: 'state', reason: 'replaced' });
      const later = await put('a/2', 'two');
      expect(await seen.next()).toMatchObject({ kind: 'revision', revision: later });
    });

    test('a copy kept by the events equals the store', async () => {
      const seen = watch(ALL);
      await seen.next();
      const copy = new Map<string, string>();
      for (let index = 0; index < 200; index++) {
        const key = `/contract/a/${index % 17}`;
        const isRemoval = index % 5 === 4;
        await write(isRemoval ? { deletes: [key] } : { puts: [{ key, value: `${index}` }] });
      }
      const last = await put('a/last', 'x');
      for (let revision = 0; revision < last; ) {
        const event = await seen.next();
        if (event.kind !== 'revision') throw new Error(`unexpected ${event.kind}`);
        expect(event.revision).toBeGreaterThan(revision);
        revision = event.revision;
        for (const { key, stored } of event.changes) {
          if (stored === undefined) copy.delete(key);
          else copy.set(key, stored.value);
        }
      }
      const state = await store.read(ALL);
      expect([...copy].sort()).toEqual([...state.values].map(([key, { value }]) => [key, value]));
    });

    test('the signal ends a watch, stop ends them all', async () => {
      const own = new AbortController();
      const one = collector(store.watch(ALL, { signal: own.signal }));
      const other = watch(ALL);
      await Promise.all([one.next(), other.next()]);
      own.abort();
      await one.ended();
      await store.stop();
      await other.ended();
      await expect(store.read(ALL)).rejects.toMatchObject({ code: 'STORE_STOPPED' });
    });

    test('a lease that does not exist has no seconds left', async () => {
      expect(await store.leaseSecondsLeft('123456789')).toBeUndefined();
    });
  });
}

/** Events one by one, without the `contact` ones. */
function collector(events: AsyncIterable<StoreEvent>) {
  const iterator = events[Symbol.asyncIterator]();
  return {
    async next(): Promise<StoreEvent> {
      for (;;) {
        const { value, done } = await iterator.next();
        if (done === true) throw new Error('the watch ended');
        if (value.kind !== 'contact') return value;
      }
    },
    async ended(): Promise<void> {
      for (;;) if ((await iterator.next()).done === true) return;
    },
  };
}
