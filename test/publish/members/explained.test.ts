/** Why a name answers so, and why it did at an earlier revision of the store. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { DECISION_INPUTS, replayInputs } from '../../../src/discovery/decision-inputs.ts';
import { describeContent } from '../../../src/discovery/explain.ts';
import { parseName } from '../../../src/dns/name.ts';
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

const NAME = 'web.d.fed.svc.a.west.example.';
const EXPLAINED = z.object({
  levels: z.array(
    z.object({
      answer: z.string(),
      shards: z.array(z.object({ cause: z.string(), resourceVersion: z.string().optional() })),
    }),
  ),
  sinceRevision: z.number().optional(),
  writer: z.string(),
  inputs: DECISION_INPUTS,
});

async function page(name: string, at?: number) {
  const query = new URLSearchParams({ name, ...(at !== undefined && { at: String(at) }) });
  const answer = await new Map(world.running.pages).get('GET /explain')?.(query, '');
  return {
    status: answer?.status,
    body: answer !== undefined && 'body' in answer ? answer.body : '',
  };
}

async function explained(name: string, at?: number) {
  const { body } = await page(name, at);
  const said = EXPLAINED.parse(JSON.parse(body));
  const content = replayInputs(said.inputs).owners.get(parseName(name))?.rrsets;
  expect(describeContent(content)).toBe(said.levels[0]?.answer);
  return { ...said, answer: said.levels[0]?.answer };
}

async function revisionNow(): Promise<number> {
  return (await world.store.read([{ from: 'a', to: 'b' }])).revision;
}

it('now and at earlier revisions; what is printed can be replayed', async () => {
  await world.start();
  const first = await revisionNow();
  expect((await explained(NAME)).answer).toBe('A 192.0.2.1');
  world.member('c1').ready('d/web', 0);
  await world.settles('web.d a.west', 'CNAME web.d west.example.');
  const second = await revisionNow();
  world.member('c1').service('d/web', ['192.0.2.7']);
  await world.settles('web.d a.west', 'A 192.0.2.7');
  world.member('c1').remove('d/web');
  world.member('c2').remove('d/web');
  await world.settles('web.d ', undefined);
  const last = await revisionNow();

  expect((await explained(NAME, first)).answer).toBe('A 192.0.2.1');
  const gone = await explained(NAME, second);
  expect(gone.answer).toBe('CNAME web.d.fed.svc.west.example.');
  expect(gone.levels[0]?.shards.map(({ cause }) => cause)).toEqual(['no ready endpoint']);
  expect(gone.writer).toBe('fedns');
  expect(gone.sinceRevision).toBeGreaterThan(first);
  expect(gone.sinceRevision).toBeLessThanOrEqual(second);
  expect(await page(NAME, last)).toEqual({
    status: 404,
    body: `${NAME}: no name of a watched service\n`,
  });
});

it('what the store has not taken yet, or took and did not say so, is no past', async () => {
  await world.start();
  const first = await revisionNow();
  const { store } = world;
  const commit = store.commit.bind(store);
  store.commit = () => Promise.reject(new StoreError('STORE_UNREACHABLE', 'away'));
  world.member('c1').ready('d/web', 0);
  await waitUntil('decided', async () => (await explained(NAME)).answer !== 'A 192.0.2.1', 3000);
  expect((await explained(NAME, first)).answer).toBe('A 192.0.2.1');
  // From now on it is written, and the answer is lost on the way.
  store.commit = async (given) => {
    const outcome = await commit(given);
    if (!given.puts.some(({ key }) => key.startsWith('/skydns'))) return outcome;
    throw new StoreError('STORE_UNREACHABLE', 'away');
  };
  await world.settles('web.d a.west', 'CNAME web.d west.example.');
  store.commit = commit;
  const { sinceRevision = 0 } = await explained(NAME);
  await waitUntil(
    'compared',
    async () => {
      const now = await explained(NAME);
      return (now.sinceRevision ?? 0) > sinceRevision;
    },
    5000,
  );
  expect((await explained(NAME, first)).answer).toBe('A 192.0.2.1');
  expect((await explained(NAME, await revisionNow())).answer).toBe(
    'CNAME web.d.fed.svc.west.example.',
  );
});

it('of the past no version of an object is told that came later', async () => {
  await world.start();
  const first = await revisionNow();
  expect((await explained(NAME)).levels[0]?.shards[0]?.resourceVersion).toMatch(/^\d+$/);
  world.member('c1').ready('d/web', 0);
  await world.settles('web.d a.west', 'CNAME web.d west.example.');
  expect((await explained(NAME, first)).levels[0]?.shards[0]?.resourceVersion).toBeUndefined();
});

it('entries of others at a name of ours are told; a dead cluster is left after detection and TTL', async () => {
  await world.start();
  const key = '/skydns/example/west/a/svc/fed/d/web/stranger';
  const puts = [{ key, value: '{"host":"192.0.2.99","targetstrip":1}' }];
  await world.store.commit({ compares: [], puts, deletes: [] });
  const { body } = await page(NAME);
  expect(JSON.parse(body)).toMatchObject({ foreign: [key], detectionSeconds: expect.any(Number) });
});

it('a revision beyond what is known names the oldest that is', async () => {
  await world.start();
  const { status, body } = await page(NAME, 1);
  expect(status).toBe(404);
  const oldest = Number(/^revision 1: the oldest known is (\d+)\n$/.exec(body)?.[1]);
  expect((await explained(NAME, oldest)).answer).toBe('A 192.0.2.1');
  expect((await page(NAME, oldest - 1)).status).toBe(404);
  expect((await page(NAME, Number.NaN)).status).toBe(400);
});
