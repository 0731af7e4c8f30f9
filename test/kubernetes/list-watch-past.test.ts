/**
 * R19, R10: a server that shows the past is not followed there, in events or lists; one whose data
 * really went back is followed in the end.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/api/untyped.ts';
import { waitUntil } from '../lab/process.ts';
import { FaultyWorld, pause } from './faulty-world.ts';
import { heldOf, QUICK } from './followed.ts';

let world: FaultyWorld;

beforeEach(async () => {
  world = new FaultyWorld();
  await world.start();
});

afterEach(() => world.stop());

describe('a replica that lags and does not know', () => {
  it.each([true, false])(
    'its lists are refused, those of the next one taken: by watch %s',
    async (byWatch) => {
      world.fill(5);
      const past = world.collection.snapshot();
      const followed = world.follow({ limits: { ...QUICK, listPeriodMs: 400 } });
      await world.sameAsServer(followed);
      world.fill(3, 'new');
      world.collection.remove('d/s4');
      await world.sameAsServer(followed);
      const known = followed.contents;
      world.collection.compact();
      world.collection.pass();
      world.collection.compact();
      world.api.faults = { lists: past, streamsNoLists: !byWatch };
      world.api.cutAll();
      await waitUntil('refused', () => followed.watch.status.ignoredCount >= 2, 4000);
      expect(followed.contents).toBe(known);
      expect(followed.replaceCount).toBe(1);
      expect(followed.watch.status.lastError).toMatch(/older than what is known/);
      world.api.faults = {};
      world.collection.put('d/s9', { spec: 'newest' });
      await world.sameAsServer(followed);
      expect(followed.stepsBack).toEqual([]);
      expect(followed.removed).toEqual(['d/s4']);
    },
  );

  const inOneVersion: readonly (readonly [string, () => void])[] = [
    ['an object that has changed since', () => world.collection.put('d/s1', { spec: 'new' })],
    ['an object that was deleted since', () => world.collection.remove('d/s1')],
  ];
  it.each(inOneVersion)('one state is enough: %s', async (_name, change) => {
    world.fill(3);
    const followed = world.follow({ limits: { ...QUICK, listPeriodMs: 400 } });
    await world.sameAsServer(followed);
    const past = world.collection.snapshot();
    change();
    await world.sameAsServer(followed);
    world.collection.pass();
    world.collection.compact();
    // Of a version that was never seen: only its objects show its age.
    world.api.faults = { lists: { ...past, version: 5000 } };
    world.api.cutAll();
    await waitUntil('refused', () => followed.watch.status.ignoredCount >= 1, 4000);
    world.api.faults = {};
    await waitUntil('a list', () => followed.watch.status.listCount === 2, 4000);
    expect(followed.stepsBack).toEqual([]);
  });

  it('insisted upon, the past is the truth: five lists, the last ones asked as the latest', async () => {
    world.fill(3);
    const past = world.collection.snapshot();
    const followed = world.follow();
    await world.sameAsServer(followed);
    world.fill(3, 'new');
    await world.sameAsServer(followed);
    world.collection.pass();
    world.collection.compact();
    world.api.requests.length = 0;
    world.api.faults = { lists: past };
    world.api.cutAll();
    await waitUntil('believed', () => followed.watch.status.listCount === 2, 4000);
    expect(followed.stepsBack.length).toBe(3);
    const lists = world.api.requests.filter((one) => one.includes('sendInitialEvents'));
    const asked = lists.map((one) => /resourceVersion=\d+/.exec(one)?.[0]);
    const known = 'resourceVersion=106';
    expect(asked).toEqual([known, known, undefined, undefined, undefined]);
  });
});

describe('events of the past', () => {
  it('are ignored and counted: states, deletions, those of a namesake', async () => {
    world.fill(2);
    const followed = world.follow();
    await world.sameAsServer(followed);
    world.fill(2, 'b');
    world.collection.remove('d/s0');
    world.fill(1, 'another of that name');
    world.fill(1, 'c');
    await world.sameAsServer(followed);
    const seen = followed.watch.status.ignoredCount;
    world.api.faults = { replays: 100 };
    world.api.cutAll();
    await waitUntil('replayed', () => followed.watch.status.ignoredCount >= seen + 5, 4000);
    await world.sameAsServer(followed);
    expect(followed.stepsBack).toEqual([]);
    expect(followed.removed).toEqual(['d/s0']);
    expect(followed.watch.status.listCount).toBe(1);
  });

  it('that we never saw are found out by the known ones after them, and a list settles it', async () => {
    world.fill(2);
    world.fill(2, 'b');
    world.collection.remove('d/s0');
    world.fill(1, 'c');
    const followed = world.follow();
    await world.sameAsServer(followed);
    world.collection.put('d/s5', { spec: 'seen' });
    await world.sameAsServer(followed);
    world.api.faults = { replays: 100, replaysBeforeList: true };
    world.api.cutAll();
    await waitUntil('found out', () => followed.watch.status.listCount >= 2, 4000);
    world.api.faults = {};
    await world.sameAsServer(followed);
    world.collection.put('d/s1', { spec: 'after' });
    await world.sameAsServer(followed);
  });

  it('bookmarks of the past do not move the place to go on from', async () => {
    world.fill(1);
    const followed = world.follow();
    await world.sameAsServer(followed);
    world.fill(3, 'b');
    await world.sameAsServer(followed);
    const { version } = world.collection;
    world.api.requests.length = 0;
    world.api.cutAll();
    await waitUntil('again', () => world.api.requests.length > 0, 4000);
    expect(world.api.requests[0]).toContain(`resourceVersion=${version}`);
  });
});

describe('data that really went back', () => {
  it('a server that never reached our version is believed after three times', async () => {
    world.fill(3);
    const past = world.collection.snapshot();
    world.fill(6);
    const followed = world.follow();
    await world.sameAsServer(followed);
    world.collection.goBackTo(past);
    world.api.requests.length = 0;
    world.api.cutAll();
    await world.sameAsServer(followed);
    expect(followed.held.size).toBe(3);
    const refused = world.api.requests.filter((one) => one.includes('resourceVersion=109'));
    expect(refused.length).toBeGreaterThanOrEqual(3);
    world.collection.put('d/s0', { spec: 'after' });
    await world.sameAsServer(followed);
  });

  it('is noticed when a watch from a version to come is taken in silence', async () => {
    world.fill(3);
    const past = world.collection.snapshot();
    world.fill(6);
    const followed = world.follow();
    await world.sameAsServer(followed);
    world.collection.goBackTo(past);
    world.api.faults = { takesFuture: true };
    world.api.cutAll();
    await world.sameAsServer(followed, 6000);
    expect(followed.held.size).toBe(3);
  });

  it('a list of every half hour heals what was lost in silence', async () => {
    world.fill(3);
    const followed = world.follow({ limits: { ...QUICK, resyncMs: 500 } });
    await world.sameAsServer(followed);
    const { objects, version } = world.collection.snapshot();
    world.collection.goBackTo({ objects: objects.slice(1), version: version + 1 });
    await world.sameAsServer(followed);
    expect(followed.removed).toEqual(['d/s0']);
  });
});

describe('objects that cannot be taken', () => {
  it('more than allowed: the first are kept, the rest is told once, and taken when there is room', async () => {
    world.fill(9);
    const followed = world.follow({ limits: { ...QUICK, objectsMax: 4 } });
    await waitUntil('synced', () => followed.held.size === 4, 2000);
    world.collection.put('d/x', {});
    await waitUntil('counted', () => followed.watch.status.skippedCount >= 2, 2000);
    expect(followed.skipped).toEqual([': more than 4 objects: the rest is not taken']);
    expect(followed.held.size).toBe(4);
    for (let index = 0; index < 6; index++) world.collection.remove(`d/s${index}`);
    await world.sameAsServer(followed);
  });

  it('one that throws is left out, told once, and harms nobody else', async () => {
    world.fill(3);
    world.collection.put('d/bad', { spec: 'poison' });
    const followed = world.follow({
      project: (object) => {
        if (textAt(object, 'spec') === 'poison') throw new Error('it is poison');
        return textAt(object, 'spec') === 'dull' ? undefined : heldOf(object);
      },
    });
    await waitUntil('synced', () => followed.held.size === 3, 2000);
    world.collection.put('d/bad', { spec: 'poison' });
    world.collection.put('d/s0', { spec: 'poison' });
    world.collection.put('d/s1', { spec: 'dull' });
    await waitUntil('taken out', () => followed.held.size === 1, 2000);
    expect(followed.skipped).toEqual(['d/bad: it is poison', 'd/s0: it is poison']);
    expect(followed.watch.status.skippedCount).toBe(3);
    world.collection.put('d/s0', { spec: 'well' });
    await waitUntil('back', () => followed.held.size === 2, 2000);
  });

  it('a selector goes with every request, and lets objects leave and come back', async () => {
    world.fill(2);
    const followed = world.follow({ query: { labelSelector: 'a=b' } });
    await world.sameAsServer(followed);
    const [object] = world.collection.list();
    world.collection.remove('d/s0');
    await world.sameAsServer(followed);
    // Same uid, as a server sends it for one that enters the selection again.
    world.collection.put('d/s0', { spec: 'x' });
    for (const watcher of world.collection.watchers) {
      const metadata = { ...object!.metadata, resourceVersion: '9000' };
      watcher({ type: 'ADDED', version: 9000, object: { metadata, spec: 'again' } });
    }
    await waitUntil('back', () => followed.held.get('d/s0')?.content === '"again"', 2000);
    await pause(0);
    expect(world.api.requests.every((one) => one.includes('labelSelector=a%3Db'))).toBe(true);
  });
});
