/** What contributors have stored, as the store tells of it: away and back, compacted, in part unreadable. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ContributedMembers } from '../../../src/publish/contributed/contributed-members.ts';
import { CONTRIBUTOR_PATIENCE_MS } from '../../../src/publish/limits.ts';
import type { RecordStore, StoredValue, StoreEvent } from '../../../src/store/record-store.ts';

const BASE = '/fedns-contributed/c1/';
const BEAT = '/fedns-leader/contributor/c1';
const WEB = JSON.stringify({
  report: { targets: [{ ip: '192.0.2.1' }], hasEndpoint: true, wishes: {} },
});
const FRESH = '{"api":"fresh"}';
const PLACE = '{"region":"west","topologyZones":["a"]}';

let tell: (event: StoreEvent) => Promise<void>;
let members: ContributedMembers;
let gone: string[];
let revision: number;

beforeEach(() => {
  vi.useFakeTimers();
  gone = [];
  revision = 10;
  const waiting: StoreEvent[] = [];
  let wake = Promise.withResolvers<void>();
  const store: Pick<RecordStore, 'watch'> = {
    async *watch(_, { signal }) {
      signal.addEventListener('abort', () => wake.resolve());
      while (!signal.aborted) {
        const event = waiting.shift();
        if (event !== undefined) yield event;
        else await wake.promise;
      }
    },
  };
  tell = async (event) => {
    waiting.push(event);
    wake.resolve();
    wake = Promise.withResolvers<void>();
    await vi.advanceTimersByTimeAsync(1);
  };
  members = new ContributedMembers({
    controlPrefix: '/fedns',
    contributors: [{ name: 'c1', clusters: ['c1', 'c2'], allow: [] }],
    forgetAfterMs: 1e9,
    onService: () => undefined,
    onMember: (cluster) => {
      if (members.get(cluster) === undefined) gone.push(cluster);
    },
    onProblem: () => undefined,
  });
  members.follow(store as RecordStore);
});

afterEach(async () => {
  await members.stop();
  vi.useRealTimers();
});

function stored(value: string): StoredValue {
  return { value, modRevision: ++revision, createRevision: 1 };
}

function state(values: Record<string, string>, reason: 'first' | 'compacted' = 'first') {
  const known = new Map(Object.entries(values).map(([key, value]) => [key, stored(value)]));
  return tell({ kind: 'state', reason, state: { revision, values: known } });
}

/** undefined: deleted. */
function change(values: Record<string, string | undefined>) {
  const changes = Object.entries(values).map(([key, value]) => {
    return { key, stored: value === undefined ? undefined : stored(value) };
  });
  return tell({ kind: 'revision', revision, changes });
}

const WHOLE = {
  [`${BASE}members/c1`]: PLACE,
  [`${BASE}signals/c1`]: FRESH,
  [`${BASE}shards/c1/d/web`]: WEB,
  [`${BASE}complete`]: '{}',
  [BEAT]: '1',
};

async function begin(values: Record<string, string> = WHOLE): Promise<void> {
  await state(values);
  await change({ [BEAT]: '2' });
}

it('a state read anew, in the order of its keys, takes no cluster away in between', async () => {
  const inOrder = Object.fromEntries(Object.entries(WHOLE).sort());
  await begin(inOrder);
  gone = [];
  await state(inOrder, 'compacted');
  expect(gone).not.toContain('c1');
});

describe('a store that is away', () => {
  it('takes no contributor with it, however long: each has its time to beat again', async () => {
    await begin();
    expect(members.get('c1')?.status.api).toBe('fresh');
    await tell({ kind: 'lost', message: 'away' });
    await vi.advanceTimersByTimeAsync(10 * CONTRIBUTOR_PATIENCE_MS);
    expect(members.get('c1')?.status.api).toBe('fresh');
    await tell({ kind: 'contact', revision });
    expect(members.get('c1')?.status.api).toBe('fresh');
    await vi.advanceTimersByTimeAsync(CONTRIBUTOR_PATIENCE_MS - 1000);
    expect(members.get('c1')?.status.api).toBe('fresh');
    await vi.advanceTimersByTimeAsync(2000);
    expect(members.get('c1')?.status.api).toBe('lost');
  });

  it('brings back nobody who was lost before', async () => {
    await begin();
    await vi.advanceTimersByTimeAsync(2 * CONTRIBUTOR_PATIENCE_MS);
    await tell({ kind: 'contact', revision });
    expect(members.get('c1')?.status.api).toBe('lost');
    await tell({ kind: 'lost', message: 'away' });
    await tell({ kind: 'contact', revision });
    expect(members.get('c1')?.status.api).toBe('lost');
  });
});

describe('what cannot be read', () => {
  it('of a shard is unknown, not absent: at a start, and after a compaction', async () => {
    await begin({ ...WHOLE, [`${BASE}shards/c1/d/web`]: '{"report":' });
    expect(members.isReadable('c1', 'd/web')).toBe(false);
    expect(members.isReadable('c1', 'd/other')).toBe(true);
    await change({ [`${BASE}shards/c1/d/web`]: WEB });
    expect(members.isReadable('c1', 'd/web')).toBe(true);
    await state({ ...WHOLE, [`${BASE}shards/c1/d/web`]: '?' }, 'compacted');
    expect(members.isReadable('c1', 'd/web')).toBe(false);
    await change({ [`${BASE}shards/c1/d/web`]: undefined });
    expect(members.isReadable('c1', 'd/web')).toBe(true);
  });
});

describe('a cluster that nobody says the place of', () => {
  it('leaves like every other', async () => {
    await begin({
      ...WHOLE,
      [`${BASE}signals/c2`]: FRESH,
      [`${BASE}shards/c2/d/web`]: WEB,
    });
    expect(members.get('c2')?.status.api).toBe('fresh');
    await change({ [`${BASE}shards/c2/d/web`]: undefined });
    expect(members.get('c2')?.status.api).toBe('fresh');
    // A store tells nothing of the deletion of what was never there.
    await change({ [`${BASE}signals/c2`]: undefined });
    expect(members.get('c2')).toBeUndefined();
    expect(members.isPerhaps('c2')).toBe(false);
    expect(gone).toContain('c2');
  });
});
