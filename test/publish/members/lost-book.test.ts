/** The book is lost and the store is slow: what is wanted stays, though a member is read meanwhile. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StoreCommit } from '../../../src/store/record-store.ts';
import { waitUntil } from '../../lab/process.ts';
import { MemberWorld } from './member-world.ts';

const SERVICES = 300;
const BOOK = { from: '/fedns-shards/', to: '/fedns-shards0' };
const RECORDS = { from: '/skydns/', to: '/skydns0' };

let world: MemberWorld;

beforeEach(async () => {
  world = new MemberWorld(['a', 'b']);
  await world.open();
});

afterEach(() => world.close());

it('a member that is read while the book is saved loses no name', async () => {
  world.member('a').node('n', 'west', 'z1');
  world.member('b').node('n', 'east', 'z2');
  world.member('a').service('ns/web', ['192.0.2.1']);
  for (let index = 0; index < SERVICES; index++) {
    world.member('b').service(`ns/s${index}`, ['192.0.2.2']);
  }
  await world.start();
  const count = async () => Object.keys(await world.published()).length;
  await waitUntil('all is published', async () => (await count()) > 3 * SERVICES, 20_000);
  await world.stop();
  await forgetBook();
  world.member('b').api.faults = { status: 503 };
  const isHeldUp = holdUpBook();
  const deleted = deletions();
  await world.start();
  await waitUntil(
    'everything is compared',
    async () => (await bookKeys()).length > SERVICES,
    20_000,
  );
  await sleep(1000);
  expect(isHeldUp()).toBe(true);
  expect(deleted.keys).toEqual([]);
  deleted.end();
}, 60_000);

async function bookKeys(): Promise<string[]> {
  return [...(await world.store.read([BOOK])).values.keys()];
}

async function forgetBook(): Promise<void> {
  const keys = await bookKeys();
  for (let from = 0; from < keys.length; from += 50) {
    await world.store.commit({ compares: [], puts: [], deletes: keys.slice(from, from + 50) });
  }
}

/** The first commit of a's shards takes as long as b needs to be read. */
function holdUpBook(): () => boolean {
  const commit = world.store.commit.bind(world.store);
  let wasHeldUp = false;
  world.store.commit = async (what: StoreCommit) => {
    if (!wasHeldUp && what.puts.some(({ key }) => key.includes('/shards/a/'))) {
      wasHeldUp = true;
      world.member('b').api.faults = {};
      await sleep(6000);
    }
    return commit(what);
  };
  return () => wasHeldUp;
}

function deletions(): { readonly keys: readonly string[]; readonly end: () => void } {
  const keys: string[] = [];
  const ending = new AbortController();
  void (async () => {
    for await (const event of world.store.watch([RECORDS], { signal: ending.signal })) {
      if (event.kind !== 'revision') continue;
      for (const { key, stored } of event.changes) if (stored === undefined) keys.push(key);
    }
  })();
  return { keys, end: () => ending.abort() };
}
