/** A member with more services than may be published of one. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import { waitUntil } from '../../lab/process.ts';
import { MemberWorld } from './member-world.ts';

let world: MemberWorld;

beforeEach(async () => {
  world = new MemberWorld(['hostile', 'good']);
  await world.open();
  for (const name of ['hostile', 'good']) world.member(name).node('n', 'west', 'a');
  world.member('good').service('d/web', ['192.0.2.1']);
});

afterEach(() => world.close());

function flood(from: number, to: number): void {
  for (let at = from; at < to; at++) {
    world.member('hostile').service(`d/bogus-${String(at).padStart(6, '0')}`, ['192.0.2.66']);
  }
}

async function publishedBogus(): Promise<string[]> {
  const names = Object.keys(await world.published());
  return names.flatMap((name) => /^(bogus-\d+)\.d $/.exec(name)?.[1] ?? []).sort();
}

async function settlesAt(want: readonly string[]): Promise<void> {
  await waitUntil(
    'the right services',
    async () => {
      return (await publishedBogus()).join() === want.join();
    },
    LIMIT_MS,
  );
}

const LIMIT_MS = 10_000;
const WARNING = 'services refused: the member has more than members.servicesMax';
const warnings = () => world.log.filter(({ message }) => message === WARNING);

it('the first by name at the start; those that are published stay; room is given by name', async () => {
  flood(3, 7);
  await world.start({ servicesMax: 3 });
  await settlesAt(['bogus-000003', 'bogus-000004', 'bogus-000005']);
  // Neither a name before theirs nor a restart of ours takes any of them out.
  flood(0, 2);
  world.member('hostile').remove('d/bogus-000004');
  await settlesAt(['bogus-000000', 'bogus-000003', 'bogus-000005']);
  await world.stop();
  world.log.length = 0;
  await world.start({ servicesMax: 3 });
  const isAlarmed = () => world.log.some(({ fields }) => fields.alarm === 'services-refused');
  await waitUntil('an alarm', isAlarmed, LIMIT_MS);
  await settlesAt(['bogus-000000', 'bogus-000003', 'bogus-000005']);
  expect(world.running.source.refused).toEqual([{ cluster: 'hostile', published: 3, refused: 2 }]);
  for (const at of ['000001', '000006']) world.member('hostile').remove(`d/bogus-${at}`);
  await waitUntil('nothing refused', () => world.running.source.refused.length === 0, LIMIT_MS);
  await waitUntil(
    'no alarm',
    () => world.log.some(({ message }) => message === 'no service is refused any more'),
    LIMIT_MS,
  );
});

it('100,000 bogus Services: the other member is served meanwhile, one line tells of it', async () => {
  await world.start();
  await world.settles('web.d ', 'A 192.0.2.1');
  flood(0, 100_000);
  const startedMs = performance.now();
  await waitUntil(
    'the flood is there',
    () => (world.running.source.refused[0]?.refused ?? 0) > 0,
    60_000,
  );
  // In the midst of it.
  world.member('good').service('d/web', ['192.0.2.2']);
  await world.settles('web.d ', 'A 192.0.2.2', 10_000);
  await waitUntil(
    'all of it was looked at',
    () => world.running.source.refused[0]?.refused === 80_000,
    120_000,
  );
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.info(`100,000 bogus Services looked at in ${seconds} s`);
  expect(world.running.source.refused).toEqual([
    { cluster: 'hostile', published: 20_000, refused: 80_000 },
  ]);
  const status = new Map(world.running.pages).get('GET /status');
  const page = await status?.(new URLSearchParams(), '');
  expect(JSON.parse(page !== undefined && 'body' in page ? page.body : '')).toMatchObject({
    alarms: ['services-refused'],
    refused: [{ cluster: 'hostile', published: 20_000, refused: 80_000 }],
  });
  expect(warnings()).toHaveLength(1);
  expect(warnings()[0]?.fields.cluster).toBe('hostile');
  const alarms = world.log.filter(({ fields }) => fields.alarm === 'services-refused');
  expect(alarms).toHaveLength(1);
}, 240_000);
