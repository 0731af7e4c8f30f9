/** A contributor that was away for too long: all of what it stored goes, or is tried again. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Attendance } from '../../../src/publish/contributed/contributed-cluster.ts';
import type { ContributedMembers } from '../../../src/publish/contributed/contributed-members.ts';
import { ContributorAbsence } from '../../../src/publish/contributed/contributor-absence.ts';
import { BOOK_COMMIT_PUTS_MAX } from '../../../src/publish/limits.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import type { RecordStore, StoreCommit } from '../../../src/store/record-store.ts';
import { rangeOfPrefix } from '../../../src/store/skydns/key.ts';

const BASE = '/fedns-contributed/c1/';
const NOTE = `${BASE}absent`;
const BEAT = '/fedns-leader/contributor/c1';

let store: MemoryStore;
/** Before each commit of a deletion. */
let onDeletes: () => Promise<void>;
let absence: ContributorAbsence;

beforeEach(async () => {
  vi.useFakeTimers();
  store = new MemoryStore();
  onDeletes = async () => undefined;
  const keys = Array.from({ length: 2 * BOOK_COMMIT_PUTS_MAX }, (_, at) => `shards/c1/d/s${at}`);
  for (const key of [...keys.map((one) => `${BASE}${one}`), `${BASE}complete`, BEAT])
    await put(key);
  const modRevision = (await keysBelow(BEAT)).get(BEAT)?.modRevision ?? 0;
  let absentMs = 0;
  const guarded: Pick<RecordStore, 'read' | 'commit'> = {
    read: (ranges) => store.read(ranges),
    commit: async (commit: StoreCommit) => {
      if (commit.deletes.length > 0) await onDeletes();
      const outcome = await store.commit(commit);
      if (outcome.kind === 'committed' && commit.puts.some(({ key }) => key === NOTE)) {
        absentMs = 1e9;
      }
      return outcome;
    },
  };
  const contributed = {
    get attendance(): Attendance[] {
      return [{ name: 'c1', isAlive: false, absentMs, beat: { key: BEAT, modRevision } }];
    },
  };
  absence = new ContributorAbsence({
    contributed: contributed as unknown as ContributedMembers,
    controlPrefix: '/fedns',
    forgetAfterMs: 1000,
    logger: createLogger('silent'),
  });
  absence.start({ store: guarded as RecordStore, fence: undefined });
});

afterEach(async () => {
  await absence.stop();
  vi.useRealTimers();
});

function put(key: string) {
  return store.commit({ compares: [], puts: [{ key, value: '{}' }], deletes: [] });
}

async function keysBelow(prefix: string) {
  return (await store.read([rangeOfPrefix(prefix)])).values;
}

it('a store that fails midway: the rest goes the next time, and then it is noted', async () => {
  let count = 0;
  onDeletes = async () => {
    if (++count === 2) throw new Error('away');
  };
  await vi.advanceTimersByTimeAsync(1100);
  expect((await keysBelow(BASE)).size).toBe(BOOK_COMMIT_PUTS_MAX + 1);
  await vi.advanceTimersByTimeAsync(1000);
  expect([...(await keysBelow(BASE)).keys()]).toEqual([NOTE]);
});

it('of one that is back meanwhile nothing goes that it might think is there', async () => {
  let count = 0;
  onDeletes = async () => {
    if (++count === 2) await put(BEAT);
  };
  await vi.advanceTimersByTimeAsync(5000);
  // Both commits were under way, and neither found it as absent as it was.
  expect((await keysBelow(BASE)).size).toBe(2 * BOOK_COMMIT_PUTS_MAX + 1);
});
