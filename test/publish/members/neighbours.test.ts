/** One name that the store does not take keeps no other waiting. */

import { afterEach, beforeEach, expect, it } from 'vitest';
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
    const isBad = given.puts.some(({ key }) => key.startsWith('/skydns') && key.includes('/bad'));
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
