/**
 * R18, R19: whatever the server or the way to it does, the sink ends up with what the server has,
 * nothing is removed for being unreachable, and nothing goes back.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../lab/process.ts';
import type { Faults } from '../support/faulty-api.ts';
import { FaultyWorld, pause } from './faulty-world.ts';
import { QUICK } from './followed.ts';

let world: FaultyWorld;

beforeEach(async () => {
  world = new FaultyWorld();
  await world.start();
});

afterEach(() => world.stop());

const listsAsked = () => world.api.requests.filter((one) => !one.includes('watch=true')).length;

describe('the first list', () => {
  const rows: readonly (readonly [string, Faults])[] = [
    ['by watch', {}],
    ['by pages, since lists by watch are refused', { streamsNoLists: true }],
    ['by pages, since a list by watch never ends', { streamsWithoutEnd: true }],
    [
      'by pages, since a list by watch ends without its bookmark',
      { cutAfter: { events: 8, how: 'end' } },
    ],
    ['by pages in gzip', { streamsNoLists: true, zips: true }],
  ];
  it.each(rows)('%s', async (_name, faults) => {
    world.api.faults = faults;
    world.fill(10);
    const followed = world.follow();
    await world.sameAsServer(followed);
    expect(followed.watch.status).toMatchObject({ hasSynced: true, listCount: 1 });
    expect(followed.replaceCount).toBe(1);
    expect(followed.removed).toEqual([]);
  });

  it('after pages the watch begins at once', async () => {
    world.api.faults = { streamsNoLists: true };
    world.fill(2);
    const limits = { ...QUICK, backoffMinMs: 5000, backoffMaxMs: 9000, endedWaitMaxMs: 5000 };
    const followed = world.follow({ limits });
    await waitUntil('a watch', () => followed.watch.status.watchCount === 1, 1000);
  });

  it('a server without lists by watch is not asked for one again', async () => {
    world.api.faults = { streamsNoLists: true };
    world.fill(2);
    const followed = world.follow();
    await world.sameAsServer(followed);
    world.collection.put('d/x', {});
    world.collection.compact();
    world.api.cutAll();
    await waitUntil('a second list', () => followed.watch.status.listCount === 2, 4000);
    expect(world.api.requests.filter((one) => one.includes('sendInitialEvents')).length).toBe(1);
  });

  it('pages that expire begin anew, and what was read of them reaches nobody', async () => {
    world.api.faults = { streamsNoLists: true, pagesExpire: true };
    world.fill(5);
    const followed = world.follow({ limits: { ...QUICK, backoffMinMs: 300, backoffMaxMs: 600 } });
    await waitUntil('refused', () => followed.watch.status.lastError !== undefined, 4000);
    expect(listsAsked()).toBe(6);
    expect(followed.replaceCount).toBe(0);
    world.api.faults = { streamsNoLists: true };
    await world.sameAsServer(followed);
  });

  it('a list cut in the middle reaches nobody', async () => {
    world.fill(9);
    world.api.faults = { cutAfter: { events: 5, how: 'reset' } };
    const followed = world.follow();
    await waitUntil('tried thrice', () => world.api.requests.length >= 3, 4000);
    expect(followed.replaceCount).toBe(0);
    expect(followed.watch.status.hasSynced).toBe(false);
    world.api.faults = {};
    await world.sameAsServer(followed);
  });
});

describe('faults under way', () => {
  const rows: readonly (readonly [string, Faults])[] = [
    ['watches are reset', { cutAfter: { events: 4, how: 'reset' } }],
    ['watches end in half a line', { cutAfter: { events: 4, how: 'half a line' } }],
    ['garbage frames', { cutAfter: { events: 4, how: 'garbage' } }],
    ['watches end well after four events', { cutAfter: { events: 4, how: 'end' } }],
    ['every second request is a 500', { alternates: true }],
    ['watches end at once', { watchEndsMs: 20 }],
    ['every event comes twice', { repeats: true }],
    ['each watch begins in the past', { replays: 8, watchEndsMs: 30 }],
    ['no bookmarks', { noBookmarks: true, watchEndsMs: 30 }],
    ['no lists by watch, resets', { streamsNoLists: true, cutAfter: { events: 1, how: 'reset' } }],
  ];
  it.each(rows)('%s: nothing is lost, nothing goes back', async (_name, faults) => {
    world.fill(3);
    const followed = world.follow();
    await world.sameAsServer(followed);
    world.api.faults = faults;
    world.api.cutAll();
    for (let index = 0; index < 12; index++) {
      world.collection.put(`d/s${index % 5}`, { spec: String(index) });
      if (index % 4 === 3) world.collection.remove(`d/s${index % 5}`);
      if (index % 3 === 0) await pause(15);
    }
    await world.sameAsServer(followed);
    expect(followed.stepsBack).toEqual([]);
    expect(followed.watch.status.listCount).toBe(1);
  });

  const lost: readonly (readonly [string, Faults])[] = [
    ['silence', { isSilent: true }],
    ['503', { status: 503 }],
    ['403', { status: 403 }],
    ['410 to everything', { status: 410 }],
    ['one octet in 50 ms, without end', { streamsNoLists: true, dripMs: 50 }],
  ];
  it.each(lost)('%s: nothing is removed, it says so, and it is polite', async (_name, faults) => {
    world.fill(5);
    const followed = world.follow({ limits: { ...QUICK, watchSecondsMax: 1, listPeriodMs: 60 } });
    await world.sameAsServer(followed);
    world.api.faults = faults;
    world.collection.pass();
    if (faults.dripMs !== undefined) world.collection.compact();
    world.api.cutAll();
    await world.outOfContact(followed);
    world.api.requests.length = 0;
    await pause(200);
    expect(followed.held.size).toBe(5);
    expect(followed.removed).toEqual([]);
    expect(followed.replaceCount).toBe(1);
    // Waits of 10 to 40 ms: politeness holds whatever the answer is.
    expect(world.api.requests.length).toBeLessThan(20);
    world.api.faults = {};
    world.api.cutAll();
    world.collection.remove('d/s1');
    await world.sameAsServer(followed);
    expect(followed.watch.status).toMatchObject({ isInContact: true, lastError: undefined });
  });

  it('refused connections, then back: the watch goes on, without a list', async () => {
    world.fill(5);
    const followed = world.follow();
    await world.sameAsServer(followed);
    const { port } = world.api;
    await world.api.stop();
    await world.outOfContact(followed);
    expect(followed.watch.status.lastError).toMatch(/ECONNREFUSED|other side closed|ECONNRESET/);
    await world.startAgain(port);
    world.collection.put('d/s0', { spec: 'back' });
    await world.sameAsServer(followed);
    expect(followed.watch.status.listCount).toBe(1);
    expect(followed.removed).toEqual([]);
  });

  it.each([{}, { expiresByEvent: true }])(
    'compacted: one list, the difference: %o',
    async (how) => {
      world.fill(5);
      const followed = world.follow();
      await world.sameAsServer(followed);
      world.api.faults = { status: 503 };
      world.api.cutAll();
      await world.outOfContact(followed);
      world.collection.remove('d/s0');
      world.collection.put('d/new', { spec: 'n' });
      world.collection.compact();
      world.api.faults = how;
      await world.sameAsServer(followed);
      expect(followed.removed).toEqual(['d/s0']);
      expect(followed.watch.status.listCount).toBe(2);
      const [relist] = world.api.requests
        .filter((one) => one.includes('sendInitialEvents'))
        .slice(-1);
      expect(relist).toMatch(/resourceVersion=10\d&resourceVersionMatch=NotOlderThan/);
    },
  );

  it('a watch that expired is followed by the list at once', async () => {
    world.fill(1);
    world.api.faults = { watchEndsMs: 60, noBookmarks: true };
    const limits = { ...QUICK, backoffMinMs: 5000, backoffMaxMs: 9000 };
    const followed = world.follow({ limits });
    await world.sameAsServer(followed);
    world.collection.pass();
    world.collection.compact();
    await waitUntil('a list', () => followed.watch.status.listCount === 2, 1000);
  });

  it('two lists are a period apart, however often the server compacts', async () => {
    world.fill(2);
    const followed = world.follow({ limits: { ...QUICK, listPeriodMs: 300 } });
    await world.sameAsServer(followed);
    for (let round = 0; round < 40; round++) {
      world.collection.put('d/s0', { spec: String(round) });
      world.collection.compact();
      world.api.cutAll();
      await pause(10);
    }
    await world.sameAsServer(followed);
    expect(followed.watch.status.listCount).toBeLessThanOrEqual(4);
  });

  it('a watch that ends at once is no busy loop', async () => {
    world.fill(2);
    world.api.faults = { watchEndsMs: 0 };
    const followed = world.follow({ limits: { ...QUICK, endedWaitMaxMs: 50, backoffMaxMs: 100 } });
    await world.sameAsServer(followed);
    world.api.requests.length = 0;
    await pause(400);
    expect(world.api.requests.length).toBeLessThan(20);
    expect(followed.watch.status.isInContact).toBe(true);
  });

  it('waits double with each failure, and begin anew once it went well for a while', async () => {
    const limits = { ...QUICK, backoffMinMs: 60, backoffMaxMs: 4000, backoffResetMs: 150 };
    world.fill(1);
    const followed = world.follow({ limits, random: () => 0 });
    await world.sameAsServer(followed);
    const fails = async () => {
      world.api.faults = { status: 500 };
      world.api.requests.length = 0;
      world.api.cutAll();
      await pause(300);
      return world.api.requests.length;
    };
    // At once after the cut: 60 ms, 120 ms, then 240 ms.
    expect(await fails()).toBe(2);
    world.api.faults = {};
    await waitUntil('back', () => followed.watch.status.isInContact, 2000);
    await pause(200);
    expect(await fails()).toBe(2);
  });

  it('a wait after a failure ends when somebody knows better', async () => {
    const limits = { ...QUICK, backoffMinMs: 5000, backoffMaxMs: 9000 };
    world.fill(1);
    const followed = world.follow({ limits });
    await world.sameAsServer(followed);
    world.api.cutAll();
    await world.outOfContact(followed);
    followed.watch.hurry();
    await waitUntil('back', () => followed.watch.status.isInContact, 1000);
  });

  it('a server that cannot read our version is asked for its latest', async () => {
    world.fill(2);
    const followed = world.follow();
    await world.sameAsServer(followed);
    world.api.faults = { readsNoVersions: true };
    world.api.cutAll();
    await waitUntil('a list', () => followed.watch.status.listCount >= 2, 4000);
    expect(followed.removed).toEqual([]);
  });

  it('Retry-After is honoured', async () => {
    world.api.faults = { status: 429, retryAfterSeconds: 1 };
    const followed = world.follow();
    await waitUntil('a refusal', () => followed.watch.status.lastError !== undefined, 2000);
    world.api.requests.length = 0;
    await pause(500);
    expect(world.api.requests).toEqual([]);
  });

  it('stop is at once, whatever is under way, and leaves nothing open', async () => {
    world.api.faults = { isSilent: true };
    const followed = world.follow({ limits: {} });
    await waitUntil('asked', () => world.api.requests.length > 0, 2000);
    const startedMs = performance.now();
    await followed.watch.stop();
    expect(performance.now() - startedMs).toBeLessThan(200);
    await waitUntil('closed', () => world.api.openCount === 0, 2000);
    const said = followed.statusCount;
    await pause(50);
    expect(followed.statusCount).toBe(said);
  });
});
