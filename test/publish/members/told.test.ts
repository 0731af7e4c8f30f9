/** What a person says to a process that publishes: taken when it can be kept, and only then. */

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

async function say(subject: string, to: 'drained' | 'undrained'): Promise<number> {
  const page = new Map(world.running.pages).get('POST /drain');
  const answer = await page?.(new URLSearchParams({ subject, to }), '');
  return answer?.status ?? 0;
}

it('drained once it is said, over a restart, and back by one word', async () => {
  await world.start();
  expect(await say('c1', 'drained')).toBe(200);
  expect((await world.published())['web.d a.west']).toBe('CNAME web.d west.example.');
  await world.stop();
  await world.start();
  expect((await world.published())['web.d a.west']).toBe('CNAME web.d west.example.');
  expect(await say('c1', 'undrained')).toBe(200);
  expect((await world.published())['web.d a.west']).toBe('A 192.0.2.1');
});

it('a member without any service can be drained, too', async () => {
  await world.start();
  world.member('c2').remove('d/web');
  await world.settles('web.d b.west', 'CNAME web.d west.example.');
  expect(await say('c2', 'drained')).toBe(200);
  await world.stop();
  world.member('c2').service('d/web', ['192.0.2.2']);
  await world.start();
  expect((await world.published())['web.d b.west']).toBe('CNAME web.d west.example.');
});

it('what the store does not take is said to be not written', async () => {
  await world.start();
  const { store } = world;
  const commit = store.commit.bind(store);
  store.commit = () => Promise.reject(new StoreError('STORE_UNREACHABLE', 'etcd is away'));
  expect(await say('c1', 'drained')).toBe(503);
  // Known here since, and written as little as before.
  expect(await say('c1', 'drained')).toBe(503);
  store.commit = commit;
  await world.settles('web.d a.west', 'CNAME web.d west.example.');
});

it('while what was said before is being read nothing is taken', async () => {
  await world.start();
  expect(await say('c1', 'drained')).toBe(200);
  await world.stop();
  const { store } = world;
  const read = store.read.bind(store);
  const gate = Promise.withResolvers<void>();
  store.read = async (...given) => {
    await gate.promise;
    return read(...given);
  };
  const starting = world.start({ startPatienceSeconds: 10 });
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  expect(await say('c1', 'undrained')).toBe(409);
  gate.resolve();
  await starting;
  expect(await say('c1', 'undrained')).toBe(200);
  expect((await world.published())['web.d a.west']).toBe('A 192.0.2.1');
});

it('who stands by gathers nothing, and a start looks at everything anew', async () => {
  await world.start();
  await world.running.pause();
  expect(await say('c1', 'drained')).toBe(409);
  world.member('c1').ready('d/web', 0);
  world.member('c2').service('d/new', ['192.0.2.9']);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await world.published())['web.d a.west']).toBe('A 192.0.2.1');
  await world.running.start({ store: world.store, fence: undefined });
  await world.settles('web.d a.west', 'CNAME web.d west.example.');
  expect((await world.published())['new.d b.west']).toBe('A 192.0.2.9');
});
