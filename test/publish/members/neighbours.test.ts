/** One name that the store does not take, or one member that flaps, keeps no other waiting. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import { APART_LEFT_MAX, PLACE_CHANGES_MAX, WRITE_AT_ONCE } from '../../../src/publish/limits.ts';
import { StoreError } from '../../../src/store/store-error.ts';
import { MemberWorld } from './member-world.ts';

let world: MemberWorld;

beforeEach(async () => {
  world = new MemberWorld(['c1', 'c2']);
  await world.open();
  world.member('c1').node('n', 'west', 'a');
  world.member('c2').node('n', 'west', 'b');
  world.member('c1').service('d/web', ['192.0.2.1']);
  world.member('c2').service('d/web', ['192.0.2.2']);
});

afterEach(() => world.close());

it.each(['refused', 'conflict'] as const)('records that are %s each time', async (how) => {
  await world.start();
  const { store } = world;
  const commit = store.commit.bind(store);
  store.commit = async (given) => {
    const isBad = given.puts.some(({ key }) => key.startsWith('/skydns') && key.includes('/bad/'));
    if (!isBad) return commit(given);
    if (how === 'conflict') return { kind: 'conflict', revision: 1 };
    throw new StoreError('STORE_REFUSED', 'too large');
  };
  world.member('c1').service('d/bad', ['192.0.2.9']);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  world.member('c1').ready('d/web', 0);
  await world.settles('web.d a.west', 'CNAME web.d west.example.');
  await world.settles('web.d west', 'A 192.0.2.2');
  world.member('c1').service('d/new', ['192.0.2.8']);
  await world.settles('new.d a.west', 'A 192.0.2.8');
  const told = world.log.filter(({ message }) => /^not published/.test(message));
  expect(told.map(({ fields }) => fields.key)).toEqual(['d/bad']);
  // What it is by now is tried again.
  store.commit = commit;
  world.member('c1').service('d/bad', ['192.0.2.10']);
  await world.settles('bad.d a.west', 'A 192.0.2.10');
});

it.each([
  { refusedCount: 8, isTheirs: true },
  { refusedCount: APART_LEFT_MAX + 8, isTheirs: false },
])(
  '$refusedCount services refused, spread over slices of names: their fault $isTheirs',
  async (row) => {
    const serviceCount = WRITE_AT_ONCE;
    const apart = Math.floor(serviceCount / row.refusedCount);
    const isRefused = (index: number) => index % apart === 0 && index < apart * row.refusedCount;
    for (let index = 0; index < serviceCount; index++) {
      const kind = isRefused(index) ? 'bad' : 'good';
      world.member('c1').service(`d/${kind}-${index}`, ['192.0.2.9']);
    }
    const { store } = world;
    const commit = store.commit.bind(store);
    store.commit = async (given) => {
      const isBad = given.puts.some(
        ({ key }) => key.startsWith('/skydns') && key.includes('/bad-'),
      );
      if (isBad) throw new StoreError('STORE_REFUSED', 'too large');
      return commit(given);
    };
    // While it fails the start does not resolve: it goes on trying.
    const started = world.start({ startPatienceSeconds: 60 });
    const told = (message: string) => world.log.filter((line) => line.message === message);
    if (row.isTheirs) {
      await started;
      const refused = told('not published, the others are').map(({ fields }) => fields.key);
      expect(refused).toHaveLength(row.refusedCount);
      const goodCount = serviceCount - row.refusedCount;
      const names = Object.keys(await world.published()).filter((name) => /^good.* $/.test(name));
      expect(names).toHaveLength(goodCount);
      expect(told('records not published, trying again')).toEqual([]);
      return;
    }
    // Of so many it is rather the store.
    await expect
      .poll(() => told('records not published, trying again').length, { timeout: 20_000 })
      .toBeGreaterThan(0);
    expect(told('not published, the others are').length).toBeLessThanOrEqual(APART_LEFT_MAX);
    store.commit = commit;
    await started;
  },
  60_000,
);

it('a new term: what another wrote meanwhile is corrected, also where a member was never seen', async () => {
  world.member('c2').api.faults = { status: 500 };
  await world.start({ startPatienceSeconds: 0.5 });
  await world.settles('web.d a.west', 'A 192.0.2.1');
  await world.running.pause();
  // Another leads, and sees otherwise.
  const { values } = await world.store.read([{ from: '/skydns/', to: '/skydns0' }]);
  const ours = [...values].filter(([, { value }]) => value.includes('192.0.2.1'));
  await world.store.commit({ compares: [], puts: [], deletes: ours.map(([key]) => key) });
  await world.settles('web.d a.west', undefined);
  await world.running.start({ store: world.store, fence: undefined });
  await world.settles('web.d a.west', 'A 192.0.2.1', 3000);
});

it('a member whose nodes flap between places', async () => {
  await world.start();
  await world.settles('web.d b.west', 'A 192.0.2.2');
  for (let at = 0; at < 30; at++) {
    world.member('c2').node('n', 'west', `z${at}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const zones = Object.keys(await world.published()).filter((name) => /z\d/.test(name));
  expect(zones.length).toBeLessThanOrEqual(PLACE_CHANGES_MAX);
  world.member('c1').ready('d/web', 0);
  await world.settles('web.d a.west', 'CNAME web.d west.example.');
  expect((await world.published())['web.d west']).toBe('A 192.0.2.2');
  const told = world.log.filter(({ fields }) => /too often/.test(String(fields.reason)));
  expect(told.map(({ fields }) => fields.cluster)).toEqual(['c2']);
});
