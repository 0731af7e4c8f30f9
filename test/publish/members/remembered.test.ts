/** What is remembered of members, and what follows when it is missing, damaged or half of it. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/store/store-error.ts';
import { waitUntil } from '../../lab/process.ts';
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

const BOOK = '/fedns-shards/fedns/';

async function put(key: string, value: string | undefined): Promise<void> {
  await world.store.commit({
    compares: [],
    puts: value === undefined ? [] : [{ key, value }],
    deletes: value === undefined ? [key] : [],
  });
}

async function stored(key: string): Promise<string | undefined> {
  const { values } = await world.store.read([{ from: key, to: `${key}\0` }]);
  return values.get(key)?.value;
}

/** Out of sight, from the start. */
function hide(name: string): void {
  world.member(name).api.faults = { status: 500 };
}

describe('where a member is', () => {
  it('a zone whose last node goes keeps its name, as an alias, also over a restart', async () => {
    world.member('c1').node('m', 'west', 'z');
    await world.start();
    await world.settles('web.d z.west', 'A 192.0.2.1');
    world.member('c1').api.at('/api/v1/nodes').remove('m');
    await world.settles('web.d z.west', 'CNAME web.d west.example.');
    expect((await world.published())['web.d a.west']).toBe('A 192.0.2.1');
    await world.stop();
    await world.start();
    expect((await world.published())['web.d z.west']).toBe('CNAME web.d west.example.');
    world.member('c1').node('m', 'west', 'z');
    await world.settles('web.d z.west', 'A 192.0.2.1');
    await world.reload(['c2']);
    await world.settles('web.d z.west', undefined);
  });

  it('a region said by hand and zones read: both are known over a restart while it is away', async () => {
    world.places.set('c1', { region: 'north' });
    await world.start();
    await world.settles('web.d a.north', 'A 192.0.2.1');
    await world.stop();
    hide('c1');
    await world.start({ startPatienceSeconds: 0.5 });
    expect((await world.published())['web.d a.north']).toBe('A 192.0.2.1');
    world.member('c2').ready('d/web', 0);
    await world.settles('web.d b.west', 'CNAME web.d west.example.');
    expect((await world.published())['web.d a.north']).toBe('A 192.0.2.1');
  });
});

describe('an entry of the book that cannot be read', () => {
  it('a shard: its service stays as it is until its member speaks', async () => {
    await world.start();
    const before = await world.published();
    await world.stop();
    await put(`${BOOK}shards/c1/d/web`, '{"report":');
    hide('c1');
    await world.start({ startPatienceSeconds: 0.5 });
    world.member('c2').service('d/other', ['192.0.2.9']);
    await world.settles('other.d b.west', 'A 192.0.2.9');
    expect(await world.published()).toMatchObject(before);
    const told = world.log.filter(({ message }) => /cannot be read/.test(message));
    expect(told.map(({ fields }) => fields.count)).toEqual([1]);
    world.member('c1').api.faults = {};
    world.member('c1').ready('d/web', 0);
    await world.settles('web.d a.west', 'CNAME web.d west.example.', 15_000);
  });

  it('a place: no name of it goes, nor any that leads to its shards', async () => {
    await world.start();
    const before = await world.published();
    await world.stop();
    await put(`${BOOK}members/c1`, 'west');
    hide('c1');
    await world.start({ startPatienceSeconds: 0.5 });
    world.member('c2').service('d/other', ['192.0.2.9']);
    await world.settles('other.d b.west', 'A 192.0.2.9');
    expect(await world.published()).toMatchObject(before);
    world.member('c1').api.faults = {};
    await world.settles('other.d a.west', 'CNAME other.d west.example.', 15_000);
  });

  it('one that nobody will say again goes with its member', async () => {
    await world.start();
    await world.stop();
    await put(`${BOOK}shards/c1/d/gone`, 'x');
    await world.start();
    await waitUntil(
      'it is gone',
      async () => (await stored(`${BOOK}shards/c1/d/gone`)) === undefined,
      5000,
    );
  });
});

it('an entry that the store refuses keeps no other from being remembered, and is told', async () => {
  const { store } = world;
  const commit = store.commit.bind(store);
  store.commit = (wish) => {
    if (wish.puts.some(({ key }) => key.endsWith('shards/c1/d/web'))) {
      return Promise.reject(new StoreError('STORE_REFUSED', 'request is too large'));
    }
    return commit(wish);
  };
  await world.start();
  await world.settles('web.d a.west', 'A 192.0.2.1');
  expect(await stored(`${BOOK}shards/c2/d/web`)).toBeDefined();
  const told = world.log.filter(({ message }) => /the store refuses it/.test(message));
  expect(told.map(({ fields }) => fields.key)).toEqual([`${BOOK}shards/c1/d/web`]);
});

it('that the book is whole is written after everything in it', async () => {
  const keys: string[] = [];
  const { store } = world;
  const commit = store.commit.bind(store);
  store.commit = (wish) => {
    keys.push(...wish.puts.map(({ key }) => key));
    return commit(wish);
  };
  for (let at = 0; at < 250; at++) world.member('c1').service(`d/s${at}`, ['192.0.2.1']);
  await world.start();
  await waitUntil('it is whole', () => keys.includes(`${BOOK}complete`), 5000);
  const after = keys.slice(keys.indexOf(`${BOOK}complete`));
  expect(after.filter((key) => key.startsWith(`${BOOK}shards/`))).toEqual([]);
});

describe('rules instead of aliases', () => {
  it('are there at a first start although one member is broken; none goes before all is known', async () => {
    hide('c2');
    const start = () =>
      world.start({ startPatienceSeconds: 0.5 }, ['c1', 'c2'], { fallbacks: 'synthesised' });
    await start();
    await waitUntil(
      'rules',
      async () => (await stored('/fedns/fallbacks/fedns')) !== undefined,
      5000,
    );
    expect(await stored('/fedns/fallbacks/fedns')).toContain('a.west');
    await world.stop();
    await put(
      '/fedns/fallbacks/fedns',
      '[{"suffix":"fed.svc.old.example.","parent":"fed.svc.example.","labels":2,"ttl":180}]',
    );
    await start();
    await waitUntil(
      'both',
      async () => /a\.west.*old|old.*a\.west/.test((await stored('/fedns/fallbacks/fedns')) ?? ''),
      5000,
    );
    world.member('c2').api.faults = {};
    await waitUntil(
      'only ours',
      async () => !/old/.test((await stored('/fedns/fallbacks/fedns')) ?? 'old'),
      15_000,
    );
    expect(await stored('/fedns/fallbacks/fedns')).toContain('b.west');
  });
});

it('a list of allowed networks that is tightened takes out what it allows no more', async () => {
  await world.start();
  await world.settles('web.d a.west', 'A 192.0.2.1');
  world.allow.set('c1', ['198.51.100.0/24']);
  await world.reload(['c1', 'c2']);
  await world.settles('web.d a.west', 'CNAME web.d west.example.');
});

describe('policies by default', () => {
  it('freeze for all: shards stay as they were, whatever their members say', async () => {
    await world.start();
    await world.stop();
    await world.start({ whenUnreachable: 'freeze' });
    world.member('c1').ready('d/web', 0);
    world.member('c2').service('d/new', ['192.0.2.9']);
    await world.settles('new.d b.west', 'A 192.0.2.9');
    expect((await world.published())['web.d a.west']).toBe('A 192.0.2.1');
  });

  it('of a namespace: beats the global one', async () => {
    world.member('c1').service('prod/web', ['192.0.2.3']);
    await world.start({ namespacePolicies: ['prod=freeze'] });
    world.member('c1').ready('prod/web', 0);
    world.member('c1').ready('d/web', 0);
    await world.settles('web.d a.west', 'CNAME web.d west.example.');
    expect((await world.published())['web.prod a.west']).toBe('A 192.0.2.3');
  });
});
