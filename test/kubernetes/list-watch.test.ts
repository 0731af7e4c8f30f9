/**
 * R18, R19: whatever the server or the way to it does, the sink ends up with what the server has,
 * nothing is removed for being unreachable, and nothing goes back.
 */

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/api/untyped.ts';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { ListWatch } from '../../src/kubernetes/list-watch.ts';
import { waitUntil } from '../lab/process.ts';
import { type Faults, FaultyApi } from '../support/faulty-api.ts';

const PATH = '/api/v1/services';
const QUICK = {
  pageSize: 3,
  watchSecondsMin: 1,
  watchSecondsMax: 1,
  watchGraceMs: 300,
  requestTimeoutMs: 500,
  backoffMinMs: 10,
  backoffMaxMs: 40,
  listPeriodMs: 20,
};

let api: FaultyApi;
let client: ApiClient;
let watch: ListWatch<string>;
let held: Map<string, string>;
let removed: string[];

beforeEach(async () => {
  api = new FaultyApi([PATH]);
  await api.start();
  client = new ApiClient(api.access);
  held = new Map();
  removed = [];
  watch = watching();
});

afterEach(async () => {
  await watch.stop();
  await client.close();
  await api.stop();
});

function watching(): ListWatch<string> {
  return new ListWatch<string>({
    client,
    path: PATH,
    project: (object) => textAt(object, 'spec') ?? '',
    sink: {
      replace: (objects) => {
        for (const key of held.keys()) if (!objects.has(key)) removed.push(key);
        held = new Map(objects);
      },
      put: (key, object) => held.set(key, object),
      remove: (key) => {
        removed.push(key);
        held.delete(key);
      },
    },
    limits: QUICK,
  });
}

function there(): Map<string, string> {
  return new Map(
    api
      .at(PATH)
      .list()
      .map((object) => [
        `${object.metadata.namespace}/${object.metadata.name}`,
        String(object['spec']),
      ]),
  );
}

async function sameAsServer(limitMs = 4000): Promise<void> {
  await waitUntil(
    'the sink holds what the server has',
    () => JSON.stringify([...held].sort()) === JSON.stringify([...there()].sort()),
    limitMs,
  );
}

function fill(count: number): void {
  for (let index = 0; index < count; index++) api.at(PATH).put(`d/s${index}`, { spec: 'a' });
}

describe('a server in good health', () => {
  it.each([{}, { streamsNoLists: true }, { streamsNoLists: true, zips: true }])(
    'lists, then follows: %o',
    async (faults) => {
      api.faults = faults;
      fill(10);
      watch.start();
      await sameAsServer();
      api.at(PATH).put('d/s3', { spec: 'b' });
      api.at(PATH).remove('d/s4');
      api.at(PATH).put('d/new', { spec: 'c' });
      await sameAsServer();
      expect(watch.status).toMatchObject({ hasSynced: true, isInContact: true, listCount: 1 });
      expect(removed).toEqual(['d/s4']);
    },
  );

  it('watches again after each regular end, without a new list', async () => {
    fill(2);
    watch.start();
    await waitUntil('three watches', () => watch.status.watchCount >= 3, 5000);
    api.at(PATH).put('d/s1', { spec: 'later' });
    await sameAsServer();
    expect(watch.status.listCount).toBe(1);
  });
});

describe('faults', () => {
  const rows: readonly (readonly [string, Faults])[] = [
    ['watches are reset', { cutAfter: { events: 4, how: 'reset' } }],
    ['watches end in half a line', { cutAfter: { events: 4, how: 'half a line' } }],
    ['garbage frames', { cutAfter: { events: 4, how: 'garbage' } }],
    ['every second request is a 500', { alternates: true }],
    ['watches end at once', { watchEndsMs: 20 }],
    ['every event comes twice', { repeats: true }],
    [
      'no lists by watch, and resets',
      { streamsNoLists: true, cutAfter: { events: 1, how: 'reset' } },
    ],
  ];
  it.each(rows)('%s: nothing is lost', async (_name, faults) => {
    fill(3);
    api.faults = faults;
    watch.start();
    await sameAsServer();
    for (let index = 0; index < 12; index++) {
      api.at(PATH).put(`d/s${index % 5}`, { spec: String(index) });
      if (index % 4 === 3) api.at(PATH).remove(`d/s${index % 5}`);
    }
    await sameAsServer();
  });

  const unreachable: readonly (readonly [string, () => Promise<void> | void])[] = [
    ['silence', () => void (api.faults = { isSilent: true })],
    ['503', () => void (api.faults = { status: 503 })],
    ['403', () => void (api.faults = { status: 403 })],
    ['410 to everything', () => void (api.faults = { status: 410 })],
  ];
  it.each(unreachable)('%s: nothing is removed, and it says so', async (_name, begin) => {
    fill(5);
    watch.start();
    await sameAsServer();
    await begin();
    api.cutAll();
    await waitUntil('it knows', () => !watch.status.isInContact, 4000);
    api.requests.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(held.size).toBe(5);
    expect(removed).toEqual([]);
    expect(watch.status.lastError).toBeDefined();
    // At least 10 ms apart, doubling to 40: politeness holds whatever the answer is.
    expect(api.requests.length).toBeLessThan(30);
    api.faults = {};
    api.cutAll();
    api.at(PATH).remove('d/s1');
    await sameAsServer();
  });

  it('refused connections, then back', async () => {
    fill(5);
    watch.start();
    await sameAsServer();
    const { port } = api;
    const before = api.at(PATH);
    await api.stop();
    await waitUntil('it knows', () => !watch.status.isInContact, 4000);
    expect(held.size).toBe(5);
    const again = new FaultyApi([]);
    again.collections.set(PATH, before);
    await again.start(port);
    api = again;
    before.put('d/s0', { spec: 'back' });
    await sameAsServer();
  });

  it('compacted: one list, the difference', async () => {
    fill(5);
    watch.start();
    await sameAsServer();
    api.faults = { status: 503 };
    api.cutAll();
    await waitUntil('it knows', () => !watch.status.isInContact, 4000);
    api.at(PATH).remove('d/s0');
    api.at(PATH).put('d/new', { spec: 'n' });
    api.at(PATH).compact();
    api.faults = {};
    await sameAsServer();
    expect(removed).toEqual(['d/s0']);
    expect(watch.status.listCount).toBe(2);
  });

  it('Retry-After is honoured', async () => {
    api.faults = { status: 429, retryAfterSeconds: 1 };
    watch.start();
    await waitUntil('one refusal', () => watch.status.lastError !== undefined, 2000);
    api.requests.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(api.requests).toEqual([]);
  });

  it('a lagging replica takes nothing back', async () => {
    fill(5);
    const old = api.at(PATH).list();
    const oldVersion = api.at(PATH).version;
    for (let index = 0; index < 5; index++) api.at(PATH).put(`d/s${index}`, { spec: 'new' });
    api.at(PATH).put('d/s9', { spec: 'new' });
    watch.start();
    await sameAsServer();
    const known = new Map(held);
    const present = { objects: api.at(PATH).list(), version: api.at(PATH).version };
    api.at(PATH).goBackTo(old, oldVersion);
    api.cutAll();
    await waitUntil('it knows', () => !watch.status.isInContact, 4000);
    expect(held).toEqual(known);
    api.at(PATH).goBackTo(present.objects, present.version);
    api.at(PATH).put('d/s9', { spec: 'newest' });
    await sameAsServer();
    expect(removed).toEqual([]);
  });

  it('a server whose data were restored is believed in the end', async () => {
    fill(3);
    const old = api.at(PATH).list();
    const oldVersion = api.at(PATH).version;
    fill(6);
    watch.start();
    await sameAsServer();
    api.at(PATH).goBackTo(old, oldVersion);
    api.cutAll();
    await sameAsServer();
    expect(held.size).toBe(3);
  });

  it('more objects than allowed: the first are kept, the rest is told', async () => {
    await watch.stop();
    const told: string[] = [];
    fill(9);
    watch = new ListWatch<string>({
      client,
      path: PATH,
      project: (object) => textAt(object, 'spec'),
      sink: {
        replace: (objects) => void (held = new Map(objects)),
        put: () => undefined,
        remove: () => undefined,
      },
      onSkipped: (_key, reason) => told.push(reason),
      limits: { ...QUICK, objectsMax: 4 },
    });
    watch.start();
    await waitUntil('it is there', () => held.size === 4, 2000);
    expect(told).toEqual(['more than 4 objects: the rest is not taken']);
  });
});

type Step =
  | { readonly kind: 'put' | 'remove'; readonly index: number }
  | { readonly kind: 'cut' | 'compact' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('put', 'remove'), index: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('cut', 'compact') }) },
) as fc.Arbitrary<Step>;

describe('law', () => {
  it('after any changes, cuts and compactions the sink equals the collection', async () => {
    fill(4);
    watch.start();
    await sameAsServer();
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 15 }), fc.boolean(), async (steps, pages) => {
        api.faults = { streamsNoLists: pages, repeats: steps.length % 2 === 0 };
        for (const [at, step] of steps.entries()) {
          if (step.kind === 'put') api.at(PATH).put(`d/s${step.index}`, { spec: `v${at}` });
          if (step.kind === 'remove') api.at(PATH).remove(`d/s${step.index}`);
          if (step.kind === 'compact') api.at(PATH).compact();
          if (step.kind === 'cut') api.cutAll();
          if (at % 3 === 0) await new Promise(setImmediate);
        }
        await sameAsServer();
      }),
      { numRuns: 25 },
    );
  });
});
