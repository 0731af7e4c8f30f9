/** Members that others watch for us: contributors that come, go, lie, and are forgotten. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTRIBUTOR_PATIENCE_MS } from '../../../src/publish/limits.ts';
import { oneKey } from '../../../src/store/control/control-keys.ts';
import { waitUntil } from '../../lab/process.ts';
import { MemberWorld } from './member-world.ts';

let world: MemberWorld;

beforeEach(async () => {
  world = new MemberWorld(['c1', 'c2', 'c3']);
  await world.open();
  world.member('c1').node('n', 'west', 'a');
  world.member('c2').node('n', 'west', 'b');
  world.member('c3').node('n', 'east', 'c');
  world.member('c1').service('d/web', ['192.0.2.1']);
  world.member('c2').service('d/web', ['192.0.2.2']);
});

afterEach(() => world.close());

const LADDER = {
  'web.d ': 'A 192.0.2.1 192.0.2.2',
  'web.d a.west': 'A 192.0.2.1',
  'web.d b.west': 'A 192.0.2.2',
  'web.d c.east': 'CNAME web.d east.example.',
  'web.d east': 'CNAME web.d example.',
  'web.d west': 'A 192.0.2.1 192.0.2.2',
};
const ALL = { contributors: ['c1', 'c2', 'c3'] };

async function settlesAll(want: Record<string, string> = LADDER): Promise<void> {
  for (const [name, content] of Object.entries(want)) {
    await world.settles(name, content, 10_000);
  }
  expect(await world.published()).toEqual(want);
}

describe('each cluster watched by its own contributor', () => {
  const orders: readonly (readonly string[])[] = [
    ['leader', 'c1', 'c2', 'c3'],
    ['c3', 'c2', 'c1', 'leader'],
    ['c2', 'leader', 'c3', 'c1', 'stop c2', 'c2'],
    ['c1', 'c2', 'c3', 'leader', 'stop leader', 'leader'],
  ];
  it.each(orders.map((order) => [order.join(', ')]))(
    'in any order it is the same: %s',
    async (order) => {
      for (const step of order.split(', ')) {
        if (step === 'leader') void world.start(ALL, []);
        else if (step === 'stop leader') await world.stop();
        else if (step.startsWith('stop ')) await world.withdraw(step.slice(5));
        else await world.contribute(step);
      }
      await settlesAll();
    },
  );

  it('each change is followed, and one that its member takes back goes', async () => {
    for (const name of ['c1', 'c2', 'c3']) await world.contribute(name);
    await world.start(ALL, []);
    await settlesAll();
    world.member('c1').ready('d/web', 0);
    await world.settles('web.d a.west', 'CNAME web.d west.example.');
    world.member('c1').ready('d/web', 1);
    world.member('c2').remove('d/web');
    await world.settles('web.d b.west', 'CNAME web.d west.example.');
    await world.settles('web.d ', 'A 192.0.2.1');
  });

  it('beside members of our own; of one in both ours counts', async () => {
    for (const name of ['c1', 'c2']) await world.contribute(name);
    await world.start({ contributors: ['c1', 'c2'] }, ['c2', 'c3']);
    await settlesAll();
    await world.withdraw('c2');
    world.member('c2').ready('d/web', 0);
    await world.settles('web.d b.west', 'CNAME web.d west.example.');
  });
});

it('hosts of Ingresses are passed on, and judged again by whoever publishes', async () => {
  for (const name of ['c1', 'c2']) {
    const member = world.member(name);
    member.hasIngresses();
    member.service('d/web', [], { type: 'ClusterIP' });
    const ip = name === 'c1' ? '192.0.2.1' : '192.0.2.2';
    member.ingress('d/shop', 'www.example', ip);
    await world.contribute(name, [name], { select: '', ingresses: 'all' });
  }
  await world.start({ contributors: ['c1', 'c2'] }, []);
  await world.settles('www', 'A 192.0.2.1 192.0.2.2');
  const report = { targets: [{ ip: '192.0.2.66' }], hasEndpoint: true, wishes: {} };
  for (const host of ['*.example', 'www.elsewhere', 'web.d.fed.svc.example']) {
    const key = `/fedns-contributed/c1/shards/c1/@/${host}`;
    const puts = [{ key, value: JSON.stringify({ report }) }];
    await world.store.commit({ compares: [], puts, deletes: [] });
  }
  world.member('c1').ready('d/web', 0);
  await world.settles('www', 'A 192.0.2.2');
  expect(Object.keys(await world.published())).toEqual(['www']);
});

describe('one of which both tell', () => {
  it('leaves our own members: what its contributor says of it counts at once', async () => {
    for (const name of ['c1', 'c2', 'c3']) await world.contribute(name);
    const c2 = { name: 'c2', allow: ['192.0.2.0/24', '2001:db8::/32'] };
    await world.start({ contributors: ['c1', c2, 'c3'] }, ['c2']);
    await settlesAll();
    const said = { targets: [{ ip: '192.0.2.9' }], hasEndpoint: true, wishes: {} };
    await world.store.commit({
      compares: [],
      puts: [
        { key: '/fedns-contributed/c2/shards/c2/d/web', value: JSON.stringify({ report: said }) },
      ],
      deletes: [],
    });
    expect((await world.published())['web.d b.west']).toBe('A 192.0.2.2');
    await world.reload([]);
    await world.settles('web.d b.west', 'A 192.0.2.9');
  });
});

describe('a contributor with a member that was never seen', () => {
  it('tells of the others all the same', async () => {
    world.member('c2').api.faults = { status: 500 };
    await world.contribute('c1', ['c1', 'c2']);
    await world.start({ contributors: [{ name: 'c1', clusters: ['c1', 'c2'] }] }, ['c3']);
    await world.settles('web.d a.west', 'A 192.0.2.1');
    world.member('c1').remove('d/web');
    await world.settles('web.d a.west', undefined);
    world.member('c2').api.faults = {};
    await world.settles('web.d b.west', 'A 192.0.2.2', 10_000);
  });

  it('has told all that there is once that member leaves, without any other news', async () => {
    world.member('c2').api.faults = { status: 500 };
    await world.contribute('c1', ['c1', 'c2']);
    await world.start({ contributors: [{ name: 'c1', clusters: ['c1', 'c2'] }] }, ['c3']);
    const complete = async () =>
      (await world.store.read([oneKey('/fedns-contributed/c1/complete')])).values.size;
    await world.settles('web.d a.west', 'A 192.0.2.1');
    expect(await complete()).toBe(0);
    await world.recontribute('c1', ['c1']);
    await waitUntil('complete', async () => (await complete()) === 1, 5000);
  });
});

describe('a contributor that is gone', () => {
  const lostMs = CONTRIBUTOR_PATIENCE_MS + 2000;

  it('makes its shards unknown, not empty; the policy decides', async () => {
    world.member('c2').service('d/web', ['192.0.2.2'], {
      annotations: { 'fedns.io/when-unreachable': 'withdraw' },
    });
    for (const name of ['c1', 'c2', 'c3']) await world.contribute(name);
    await world.start({ ...ALL, lostGraceSeconds: 0.2 }, []);
    await settlesAll();
    await world.withdraw('c1');
    await world.withdraw('c2');
    await world.settles('web.d b.west', 'CNAME web.d west.example.', lostMs);
    // By default what it said last stays, also over a restart of ours.
    expect((await world.published())['web.d a.west']).toBe('A 192.0.2.1');
    await world.stop();
    await world.start({ ...ALL, startPatienceSeconds: 0.5 }, []);
    expect((await world.published())['web.d a.west']).toBe('A 192.0.2.1');
    expect((await world.published())['web.d b.west']).toBe('CNAME web.d west.example.');
    world.member('c1').ready('d/web', 0);
    await world.contribute('c1');
    await world.contribute('c2');
    await world.settles('web.d a.west', 'CNAME web.d west.example.', lostMs);
    await world.settles('web.d b.west', 'A 192.0.2.2', lostMs);
  }, 60_000);

  it('is forgotten once it was away for too long, and comes back as new', async () => {
    for (const name of ['c1', 'c2', 'c3']) await world.contribute(name);
    await world.start({ ...ALL, forgetContributorAfterSeconds: 3 }, []);
    await settlesAll();
    await world.withdraw('c1');
    await world.settles('web.d a.west', undefined, lostMs + 5000);
    await world.settles('web.d ', 'A 192.0.2.2');
    const told = world.log.filter(({ message }) => /forgotten/.test(message));
    expect(told.map(({ fields }) => fields.key)).toEqual(['c1']);
    await world.contribute('c1');
    await settlesAll();
  }, 60_000);

  it('that the configuration names no more: its shards go at once', async () => {
    for (const name of ['c1', 'c2', 'c3']) await world.contribute(name);
    await world.start(ALL, []);
    await settlesAll();
    await world.stop();
    await world.start({ contributors: ['c2', 'c3'] }, []);
    await world.settles('web.d a.west', undefined);
    await world.settles('web.d ', 'A 192.0.2.2');
  });
});

describe('a contributor that lies', () => {
  it('speaks only of clusters it may, of addresses they may, and in words that can be read', async () => {
    for (const name of ['c1', 'c2', 'c3']) await world.contribute(name);
    await world.start(
      { contributors: ['c1', { name: 'c2', allow: ['192.0.2.2/32'] }, 'c3', 'liar'] },
      [],
    );
    await settlesAll();
    const report = (address: string) =>
      JSON.stringify({ report: { targets: [{ ip: address }], hasEndpoint: true, wishes: {} } });
    const puts = [
      ['liar/shards/c1/d/web', report('192.0.2.66')],
      ['liar/members/c1', '{"region":"evil","topologyZones":["evil"]}'],
      ['nobody/shards/c1/d/web', report('192.0.2.66')],
      ['c1/shards/c1/d/web', '{"report":'],
      ['c1/shards/c1/../web', report('192.0.2.66')],
      ['c1/shards/c1/d/*', report('192.0.2.66')],
      ['c2/shards/c2/d/web', report('192.0.2.66')],
      ['c3/shards/c3/d/web', report('127.0.0.1')],
      ['liar/members/liar', '{"region":"*","topologyZones":["..", "x y"]}'],
      ['liar/shards/liar/d/web', report('192.0.2.67')],
      ['liar/complete', '{}'],
    ];
    for (const [key, value] of puts) {
      await world.store.commit({
        compares: [],
        puts: [{ key: `/fedns-contributed/${key}`, value: value ?? '' }],
        deletes: [],
      });
    }
    await world.settles('web.d b.west', 'CNAME web.d west.example.');
    await waitUntil(
      'told',
      async () => world.log.some(({ fields }) => fields.key === 'nobody'),
      3000,
    );
    const published = await world.published();
    expect(published['web.d a.west']).toBe('A 192.0.2.1');
    expect(published['web.d c.east']).toBe('CNAME web.d east.example.');
    expect(Object.entries(published).filter(([, content]) => content.includes('.66'))).toEqual([]);
    const names = Object.keys(published).filter(
      (name) => !/^web\.d( [a-c]?\.?(west|east))? ?$/.test(name),
    );
    expect(names).toEqual([]);
  });

  it('in words that nobody can read: what was known stays, over a restart of ours too', async () => {
    for (const name of ['c1', 'c2', 'c3']) await world.contribute(name);
    await world.start(ALL, []);
    await settlesAll();
    await world.store.commit({
      compares: [],
      puts: [{ key: '/fedns-contributed/c1/shards/c1/d/web', value: '{"report":' }],
      deletes: [],
    });
    await world.stop();
    await world.start(ALL, []);
    world.member('c2').ready('d/web', 0);
    await world.settles('web.d b.west', 'CNAME web.d west.example.');
    expect((await world.published())['web.d a.west']).toBe('A 192.0.2.1');
  });
});
