/** Removals that nobody asked for: few go together, many are held until just these are accepted. */

import { afterEach, expect, it, vi } from 'vitest';
import { type HeldRemovals, RemovalGate } from '../../src/controllers/sync/removal-gate.ts';

afterEach(() => void vi.useRealTimers());

interface Trial {
  readonly gate: RemovalGate;
  readonly held: (HeldRemovals | undefined)[];
  ask(cluster: string, index: number, isByEdit?: boolean): string;
  askZero(cluster: string, index: number): string;
  /** Time goes on until everything was decided. */
  settle(): Promise<void>;
}

/** Whether all members were read. */
const isComplete = { now: true };

const removal = {
  ...{ cluster: 'one', key: 'shop/c' },
  ...{ isEmptied: false, isByEdit: false, loss: undefined },
};

function trial(copies: Readonly<Record<string, number>>): Trial {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const held: (HeldRemovals | undefined)[] = [];
  const gate = new RemovalGate({
    isComplete: () => isComplete.now,
    copiesByMember: () => new Map(Object.entries(copies)),
    onDecided: () => undefined,
    onHeld: (now) => held.push(now),
  });
  return {
    gate,
    held,
    ask: (cluster, index, isByEdit = false) =>
      gate.ask({ ...removal, cluster, key: `shop/c${index}`, isByEdit }),
    askZero: (cluster, index) =>
      gate.ask({ ...removal, cluster, key: `shop/c${index}`, isEmptied: true }),
    settle: async () => {
      await vi.advanceTimersByTimeAsync(15_000);
    },
  };
}

it('a few wait a moment, and go', async () => {
  const { ask, settle, held } = trial({ one: 100 });
  expect(ask('one', 1)).toBe('wait');
  await settle();
  expect(ask('one', 1)).toBe('go');
  expect(held).toEqual([]);
});

it('over a fifth and over ten are held: all of them, none goes first', async () => {
  const { ask, settle, held } = trial({ one: 40, two: 10 });
  for (let index = 0; index < 11; index++) ask('one', index);
  await settle();
  for (let index = 0; index < 11; index++) expect(ask('one', index)).toBe('held');
  expect(held).toMatchObject([{ count: 11, reason: '11 of 50 copies would go at once' }]);
});

it.each([
  [10, 12, 'ten of twelve are no more than ten'],
  [20, 100, 'a fifth of a hundred is no more than a fifth'],
])('%d of %d go: %s', async (count, total) => {
  const { ask, settle } = trial({ one: total });
  for (let index = 0; index < count; index++) ask('one', index);
  await settle();
  expect(ask('one', 0)).toBe('go');
});

it('two members that would be left empty are held, but for edits of the objects themselves', async () => {
  for (const isByEdit of [false, true]) {
    const { ask, settle } = trial({ one: 1, two: 1, three: 1 });
    for (const cluster of ['one', 'two']) ask(cluster, 1, isByEdit);
    await settle();
    expect(ask('one', 1, isByEdit)).toBe(isByEdit ? 'go' : 'held');
  }
});

it('one member left empty after the other within a minute is two', async () => {
  const copies: Record<string, number> = { one: 1, two: 1, three: 1 };
  const { ask, settle } = trial(copies);
  ask('one', 1);
  await settle();
  expect(ask('one', 1)).toBe('go');
  copies['one'] = 0;
  ask('two', 1);
  await settle();
  expect(ask('two', 1)).toBe('held');
  const later = trial({ one: 1, two: 1, three: 1 });
  later.ask('one', 1);
  await later.settle();
  // It has copies again, or it is long ago.
  for (let turn = 0; turn < 5; turn++) await later.settle();
  later.ask('two', 1);
  await later.settle();
  expect(later.ask('two', 1)).toBe('go');
});

it('an edit stays one when the status has seen it, before all was decided', async () => {
  const { ask, settle, held } = trial({ one: 1, two: 1 });
  for (const cluster of ['one', 'two']) ask(cluster, 1, true);
  for (const cluster of ['one', 'two']) ask(cluster, 1, false);
  await settle();
  expect([ask('one', 1), ask('two', 1), ...held]).toEqual(['go', 'go']);
});

it('what goes bit by bit within a minute counts together', async () => {
  const { ask, settle } = trial({ one: 40 });
  for (let index = 0; index < 10; index++) ask('one', index);
  await settle();
  ask('one', 10);
  await settle();
  expect(ask('one', 10)).toBe('held');
});

it('wanted again, the hold ends by itself; some of it is not all of it', async () => {
  const { gate, ask, settle, held } = trial({ one: 20 });
  for (let index = 0; index < 15; index++) ask('one', index);
  await settle();
  for (let index = 0; index < 10; index++) gate.forget('one', `shop/c${index}`);
  await settle();
  expect(ask('one', 14)).toBe('held');
  for (let index = 10; index < 15; index++) gate.forget('one', `shop/c${index}`);
  await settle();
  expect(held.at(-1)).toBeUndefined();
  expect(gate.held).toBeUndefined();
});

it('an accepted id lets go just what was shown under it', async () => {
  const { gate, ask, settle } = trial({ one: 20 });
  for (let index = 0; index < 12; index++) ask('one', index);
  await settle();
  const id = gate.held?.id ?? '';
  ask('one', 12);
  await settle();
  expect(gate.accept(id)).toBe(false);
  expect(ask('one', 0)).toBe('held');
  expect(gate.accept(gate.held?.id ?? '')).toBe(true);
  expect(ask('one', 0)).toBe('go');
  expect(ask('one', 12)).toBe('go');
  await settle();
  // What was accepted is no reason to hold the next one.
  ask('one', 13);
  await settle();
  expect(ask('one', 13)).toBe('go');
});

it('nothing is decided while a member is being read: its removals belong to the same', async () => {
  isComplete.now = false;
  const { ask, settle } = trial({ one: 1, two: 1, three: 1 });
  ask('one', 1);
  await settle();
  expect(ask('one', 1)).toBe('wait');
  isComplete.now = true;
  ask('two', 1);
  await settle();
  expect(ask('one', 1)).toBe('held');
});

it('allowed as one of a few, and lost since, it is held all the same', async () => {
  const { gate, settle } = trial({ one: 1000 });
  gate.ask(removal);
  await settle();
  expect(gate.ask(removal)).toBe('go');
  gate.ask({ ...removal, loss: 'object' });
  await settle();
  expect(gate.ask(removal)).toBe('held');
  expect(gate.accept(gate.held?.id ?? '')).toBe(true);
  expect(gate.ask({ ...removal, loss: 'object' })).toBe('go');
});

it.each([
  ['object', 'their objects go with their namespace or their type'],
  ['record', 'the host does not know to have placed them there: its data are older than they are'],
] as const)('what goes for a lost %s is held, however little it is', async (loss, reason) => {
  const { gate, settle } = trial({ one: 1000 });
  const lost = { ...removal, loss };
  gate.ask(lost);
  await settle();
  expect(gate.ask(lost)).toBe('held');
  expect(gate.held).toMatchObject({ count: 1, reason });
});

it('copies scaled to zero count as those that go, and stay in the count of all', async () => {
  const { ask, askZero, settle, held } = trial({ one: 50 });
  for (let index = 0; index < 5; index++) ask('one', index);
  for (let index = 5; index < 11; index++) askZero('one', index);
  await settle();
  expect(askZero('one', 5)).toBe('held');
  expect(held).toMatchObject([
    { count: 11, reason: '11 of 50 copies would go, or be scaled to zero, at once' },
  ]);
  const few = trial({ one: 50 });
  for (let index = 0; index < 10; index++) few.askZero('one', index);
  await few.settle();
  expect(few.askZero('one', 0)).toBe('go');
  few.askZero('one', 10);
  await few.settle();
  expect(few.askZero('one', 10)).toBe('held');
});

it('two members of which nothing would run any more are held', async () => {
  const { askZero, settle, held } = trial({ one: 1, two: 1 });
  for (const cluster of ['one', 'two']) askZero(cluster, 1);
  await settle();
  expect(held).toMatchObject([
    { reason: '2 members would lose every copy of it, or every one that runs, at once' },
  ]);
});

it('let go to zero, to go altogether is asked anew', async () => {
  const { ask, askZero, settle, gate } = trial({ one: 100 });
  askZero('one', 1);
  await settle();
  expect(askZero('one', 1)).toBe('go');
  expect(ask('one', 1)).toBe('wait');
  await settle();
  expect(ask('one', 1)).toBe('go');
  gate.forget('one', 'shop/c1');
  expect(askZero('one', 1)).toBe('wait');
});
