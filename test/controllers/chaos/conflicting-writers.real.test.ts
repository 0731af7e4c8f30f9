/**
 * Somebody else who writes our copy again and again, while we want it otherwise: our writes are
 * bounded in number, however fast the other is, the status tells it, and once the other stops the
 * copy is as wanted.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { configMap, isWriteTo, type Proxied, startBehindProxies } from './behind-proxies.ts';

let world: Proxied;

beforeAll(async () => {
  world = await startBehindProxies({ members: ['one', 'two'] });
}, 120_000);

afterAll(() => world?.federation.stop());

const copy = (cluster: string, name: string) => world.read(cluster, `configmaps/${name}`);
const writesTo = (name: string) => world.proxy('one').requests.filter(isWriteTo(name));

/** Another controller, which has its own idea of the colour; gives how often it wrote. */
async function fight(name: string, forMs: number): Promise<number> {
  const endMs = performance.now() + forMs;
  let count = 0;
  while (performance.now() < endMs) {
    const { data } = await copy('one', name);
    if (data?.['colour'] !== 'theirs') {
      await world.change('one', name, { data: { colour: 'theirs' } });
      count++;
    }
    await sleep(5);
  }
  return count;
}

it('two who disagree do not write as fast as they can', async () => {
  await world.federation.apply(configMap('fought', { colour: 'ours' }));
  await world.stands('fought', 'one=OK two=OK');
  const before = writesTo('fought').length;
  const [theirs] = await Promise.all([
    fight('fought', 12_000),
    world.stands('fought', 'one=UpdateFailed two=OK'),
  ]);
  const ours = writesTo('fought').length - before;
  // Five at once, then after 1, 2, 4 and 8 s.
  expect(ours).toBeGreaterThanOrEqual(7);
  expect(ours).toBeLessThanOrEqual(10);
  expect(theirs).toBeLessThanOrEqual(ours + 1);
  await eventually(
    () => copy('one', 'fought'),
    ({ data }) => data?.['colour'] === 'ours',
    30_000,
  );
  await world.stands('fought', 'one=OK two=OK');
});

it('a template that changes meanwhile is written at once, and is what remains', async () => {
  await world.federation.apply(configMap('moving', { colour: '0' }));
  await world.stands('moving', 'one=OK two=OK');
  const before = writesTo('moving').length;
  const fighting = fight('moving', 10_000);
  for (let turn = 1; turn <= 8; turn++) {
    await world.federation.apply(configMap('moving', { colour: String(turn) }));
    await eventually(
      () => copy('two', 'moving'),
      ({ data }) => data?.['colour'] === String(turn),
    );
    await sleep(500);
  }
  await fighting;
  // One for each template, and those of the fight.
  expect(writesTo('moving').length - before).toBeLessThanOrEqual(8 + 12);
  await world.stands('moving', 'one=OK two=OK', 30_000);
  expect((await copy('one', 'moving')).data).toEqual({ colour: '8' });
});

it('one who writes all the time, so that ours come too late, makes no storm and undoes nothing', async () => {
  await world.federation.apply(configMap('busy', { colour: 'ours' }));
  await world.stands('busy', 'one=OK two=OK');
  // Between our read and our write another has always been faster.
  const end = world
    .proxy('one')
    .inject((request) => request.method === 'PUT' && isWriteTo('busy')(request), {
      kind: 'refused',
      status: 409,
      reason: 'Conflict',
    });
  const before = writesTo('busy').length;
  await world.federation.apply(configMap('busy', { colour: 'new' }));
  let count = 0;
  const writing = (async () => {
    const endMs = performance.now() + 8000;
    while (performance.now() < endMs) {
      await world.change('one', 'busy', { metadata: { annotations: { count: String(++count) } } });
      await sleep(20);
    }
  })();
  await world.stands('busy', 'one=UpdateFailed two=OK');
  await writing;
  expect(count).toBeGreaterThan(50);
  expect(writesTo('busy').length - before).toBeLessThanOrEqual(8);
  end();
  await world.stands('busy', 'one=OK two=OK', 30_000);
  const { data, metadata } = await copy('one', 'busy');
  expect(data).toEqual({ colour: 'new' });
  expect(metadata.annotations).toMatchObject({ count: String(count) });
});
