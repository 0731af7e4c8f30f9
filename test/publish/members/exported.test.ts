/** Services marked by a ServiceExport, where what is exported is not known at every moment. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import { MemberWorld } from './member-world.ts';

const NOTHING_SELECTED = { select: '' };
let world: MemberWorld;

beforeEach(async () => {
  world = new MemberWorld(['c1']);
  await world.open();
  const c1 = world.member('c1');
  c1.node('n', 'west', 'a');
  c1.hasExports();
  c1.service('d/web', ['192.0.2.1'], { type: 'ClusterIP' });
  c1.service('d/other', ['192.0.2.2']);
  c1.export('d/web');
});

afterEach(() => world.close());

const PUBLISHED = {
  'web.d ': 'A 192.0.2.1',
  'web.d a.west': 'A 192.0.2.1',
  'web.d west': 'A 192.0.2.1',
};

it('only what is exported, until it is no more', async () => {
  await world.start(NOTHING_SELECTED);
  expect(await world.published()).toEqual(PUBLISHED);
  world.member('c1').unexport('d/web');
  await world.settles('web.d ', undefined);
});

it('a restart of ours takes nothing out for want of the exports, and follows the rest', async () => {
  await world.start(NOTHING_SELECTED);
  await world.stop();
  world.log.length = 0;
  await world.start(NOTHING_SELECTED);
  expect(await world.published()).toEqual(PUBLISHED);
  await world.stop();
  // Nothing can be learnt of the exports: what took part goes on, and its endpoints decide.
  world.member('c1').hidesExports();
  await world.start({ ...NOTHING_SELECTED, startPatienceSeconds: 6 });
  expect(await world.published()).toEqual(PUBLISHED);
  expect(world.log.filter(({ message }) => message === 'name moved')).toEqual([]);
  world.member('c1').ready('d/web', 0);
  await world.settles('web.d a.west', 'CNAME web.d west.example.');
});

it('exports that went while we were away are gone once they are known', async () => {
  await world.start(NOTHING_SELECTED);
  await world.stop();
  world.member('c1').unexport('d/web');
  await world.start(NOTHING_SELECTED);
  await world.settles('web.d ', undefined);
});
