/** What members say, as it is published: failures and restarts of members and of ours. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../../lab/process.ts';
import { MemberWorld } from './member-world.ts';

let world: MemberWorld;

beforeEach(async () => {
  world = new MemberWorld(['c1', 'c2', 'c3']);
  await world.open();
  world.member('c1').node('n', 'west', 'a');
  world.member('c2').node('n', 'west', 'b');
  world.member('c3').node('n', 'east', 'c');
});

afterEach(() => world.close());

/** web in c1 and c2; c3 has the names, and no shard. */
async function started(settings: Record<string, unknown> = {}): Promise<void> {
  world.member('c1').service('d/web', ['192.0.2.1']);
  world.member('c2').service('d/web', ['192.0.2.2']);
  await world.start(settings);
}

const LADDER = {
  'web.d ': 'A 192.0.2.1 192.0.2.2',
  'web.d a.west': 'A 192.0.2.1',
  'web.d b.west': 'A 192.0.2.2',
  'web.d c.east': 'CNAME web.d east.example.',
  'web.d east': 'CNAME web.d example.',
  'web.d west': 'A 192.0.2.1 192.0.2.2',
};

describe('what is published', () => {
  it('the ladder of all members, also where a member has no shard', async () => {
    await started();
    expect(await world.published()).toEqual(LADDER);
  });

  it('ready, deleted, other addresses: each change is followed', async () => {
    await started();
    world.member('c1').ready('d/web', 0);
    await world.settles('web.d a.west', 'CNAME web.d west.example.');
    world.member('c1').ready('d/web', 1);
    await world.settles('web.d a.west', 'A 192.0.2.1');
    world.member('c1').service('d/web', ['192.0.2.7', '2001:db8::7']);
    await world.settles('web.d a.west', 'A 192.0.2.7, AAAA 2001:db8::7');
    world.member('c1').remove('d/web');
    await world.settles('web.d a.west', 'CNAME web.d west.example.');
    world.member('c2').remove('d/web');
    await world.settles('web.d ', undefined);
    expect(await world.published()).toEqual({});
  });

  it('only Services that are selected or exported', async () => {
    world.member('c1').service('d/inner', ['192.0.2.3'], { type: 'ClusterIP' });
    await started();
    expect(Object.keys(await world.published()).some((name) => name.startsWith('inner'))).toBe(
      false,
    );
  });

  it('a member without region and zones has its addresses at the global name', async () => {
    world.member('c3').api.at('/api/v1/nodes').remove('n');
    world.member('c3').service('d/web', ['192.0.2.3']);
    await started();
    const published = await world.published();
    expect(published['web.d ']).toBe('A 192.0.2.1 192.0.2.2 192.0.2.3');
    expect(Object.keys(published).filter((name) => name.includes('east'))).toEqual([]);
  });
});

describe('members that cannot be seen', () => {
  it('a lost one keeps everything; what it says on its return is followed', async () => {
    await started();
    const { api } = world.member('c1');
    const { port } = api;
    api.faults = { status: 500 };
    api.cutAll();
    await waitUntil(
      'it is lost',
      () => world.log.some(({ message }) => /member lost/.test(message)),
      3000,
    );
    expect(await world.published()).toEqual(LADDER);
    world.member('c1').ready('d/web', 0);
    expect(api.port).toBe(port);
    api.faults = {};
    await world.settles('web.d a.west', 'CNAME web.d west.example.', 15_000);
  });

  it('a restart of ours while it is away takes nothing out', async () => {
    await started();
    await world.stop();
    const { api } = world.member('c1');
    api.faults = { status: 500 };
    await world.start({ startPatienceSeconds: 0.5 });
    expect(await world.published()).toEqual(LADDER);
    // Also its place is remembered, though its nodes cannot be read.
    world.member('c2').ready('d/web', 0);
    await world.settles('web.d b.west', 'CNAME web.d west.example.');
    expect((await world.published())['web.d a.west']).toBe('A 192.0.2.1');
  });

  it('gone while we were away: out as soon as it is read', async () => {
    await started();
    await world.stop();
    world.member('c1').remove('d/web');
    world.member('c2').remove('d/web');
    await world.start();
    expect(await world.published()).toEqual({});
  });

  it('all of them lost at once: nothing moves, and an alarm says why', async () => {
    await started({ lostGraceSeconds: 0.1, whenUnreachable: 'withdraw' });
    for (const { api } of world.members.values()) {
      api.faults = { status: 500 };
      api.cutAll();
    }
    await waitUntil(
      'the alarm',
      () => world.log.some(({ fields }) => fields.alarm === 'suspecting-ourselves'),
      3000,
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await world.published()).toEqual(LADDER);
  });

  it('withdraw: out after its grace, and not back by a restart of ours', async () => {
    const settings = { lostGraceSeconds: 0.3, whenUnreachable: 'withdraw' };
    await started(settings);
    const { api } = world.member('c1');
    api.faults = { status: 500 };
    api.cutAll();
    await world.settles('web.d a.west', 'CNAME web.d west.example.');
    await world.stop();
    await world.start({ ...settings, startPatienceSeconds: 0.5, lostGraceSeconds: 60 });
    expect((await world.published())['web.d a.west']).toBe('CNAME web.d west.example.');
    api.faults = {};
    await world.settles('web.d a.west', 'A 192.0.2.1', 15_000);
  });

  it('one that hangs costs the others nothing', async () => {
    world.member('c1').api.faults = { isSilent: true };
    const startedMs = performance.now();
    world.member('c2').service('d/web', ['192.0.2.2']);
    const starting = world.start({ startPatienceSeconds: 2 });
    await world.settles('web.d b.west', 'A 192.0.2.2', 3000);
    expect(performance.now() - startedMs).toBeLessThan(3000);
    await starting;
  });
});

describe('host names', () => {
  it('a restart of ours while no resolver answers takes nothing out', async () => {
    world.hosts.set('lb.example.net', ['192.0.2.50']);
    world.member('c1').service('d/web', ['LB.example.net.']);
    await world.start();
    await world.settles('web.d a.west', 'A 192.0.2.50');
    await world.stop();
    world.hosts.clear();
    world.log.length = 0;
    await world.start();
    expect((await world.published())['web.d a.west']).toBe('A 192.0.2.50');
    expect(world.log.filter(({ message }) => message === 'name moved')).toEqual([]);
    world.hosts.set('lb.example.net', ['192.0.2.51']);
    await world.stop();
    await world.start();
    await world.settles('web.d a.west', 'A 192.0.2.51');
  });
});

describe('members that come and go', () => {
  it('one that leaves takes its records and its places; one that joins brings them', async () => {
    await started();
    await world.reload(['c2', 'c3']);
    await world.settles('web.d ', 'A 192.0.2.2');
    const published = await world.published();
    expect(Object.keys(published).filter((name) => name.includes('a.west'))).toEqual([]);
    await world.reload(['c1', 'c2', 'c3']);
    await world.settles('web.d a.west', 'A 192.0.2.1');
    expect(await world.published()).toEqual(LADDER);
  });

  it('one that left while we were away is gone after the start', async () => {
    await started();
    await world.stop();
    await world.start({}, ['c2', 'c3']);
    expect((await world.published())['web.d ']).toBe('A 192.0.2.2');
  });
});

describe('a hostile member (R20)', () => {
  it('speaks only of its own place, and of addresses it may', async () => {
    const evil = world.member('c3');
    evil.service('d/web', ['127.0.0.1', '169.254.169.254', '203.0.113.9', '192.0.2.3', 'x']);
    await started();
    expect((await world.published())['web.d c.east']).toBe('A 192.0.2.3');
    evil.service('d/web', ['127.0.0.1']);
    await world.settles('web.d c.east', 'CNAME web.d east.example.');
  });

  it('a load of host names that are none keeps nobody from being published', async () => {
    await started();
    const names = Array.from({ length: 4000 }, (_, at) => `${'x'.repeat(400)}${at}.example.net`);
    world.member('c3').service('d/flood', names);
    world.member('c1').ready('d/web', 0);
    await world.settles('web.d a.west', 'CNAME web.d west.example.');
  });

  it('labels too long for a service take only their own level from it', async () => {
    const long = 'l'.repeat(63);
    const key = `${'n'.repeat(63)}/${'s'.repeat(60)}`;
    world.member('c3').node('n', long, long);
    world.member('c1').service(key, ['192.0.2.1']);
    await world.start();
    const name = (place: string) => `${'s'.repeat(60)}.${'n'.repeat(63)} ${place}`;
    await world.settles(name('a.west'), 'A 192.0.2.1');
    const told = world.log.filter(({ message }) => message === 'service published in part');
    expect(told.map(({ fields }) => fields.reason)).toEqual([
      `names over 255 octets: none of it in ${long}.${long}`,
    ]);
    world.member('c1').ready(key, 0);
    await world.settles(name(''), 'nothing');
    world.member('c1').remove(key);
    await world.settles(name(''), undefined);
    expect(await world.published()).toEqual({});
  });

  it('names that are none, and annotations that are nonsense, touch nobody', async () => {
    const evil = world.member('c3');
    for (const key of [
      'd/*',
      'd/_tcp',
      '../x',
      'd/a.b',
      'd/WEB',
      `d/${'x'.repeat(64)}`,
      '__proto__/constructor',
    ]) {
      evil.service(key, ['192.0.2.66']);
    }
    evil.service('d/odd', ['192.0.2.3'], {
      annotations: { 'fedns.io/ttl': '-1', 'fedns.io/when-unreachable': 'NOW', 'fedns.io/x': 'y' },
    });
    await started();
    const published = await world.published();
    const bad = Object.keys(published).filter((name) => !/^(web|odd)\.d /.test(name));
    expect(bad).toEqual([]);
    expect(Object.values(published).filter((content) => content.includes('192.0.2.66'))).toEqual(
      [],
    );
    expect(published['odd.d c.east']).toBe('A 192.0.2.3');
    const told = world.log.filter(({ message }) => message === 'service read in part');
    expect(told.length).toBeGreaterThan(5);
  });
});
