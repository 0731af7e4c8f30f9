/** Keys to look at again: never twice at once, never lost, each waiting for itself. */

import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  DONE,
  FAILED,
  type Outcome,
  WorkQueue,
} from '../../../src/kubernetes/reconciling/work-queue.ts';

interface Trial {
  readonly queue: WorkQueue;
  readonly worked: string[];
  readonly faults: string[];
}

function trial(
  work: (key: string, count: number) => Promise<Outcome> | Outcome,
  concurrency = 2,
): Trial {
  const worked: string[] = [];
  const faults: string[] = [];
  const counts = new Map<string, number>();
  const queue = new WorkQueue({
    controller: 'test',
    concurrency,
    backoffMinMs: 100,
    backoffMaxMs: 400,
    random: () => 1,
    work: (key) => {
      worked.push(key);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return work(key, counts.get(key) ?? 0);
    },
    onFault: (key) => faults.push(key),
  });
  queue.start();
  return { queue, worked, faults };
}

it('a key added many times is worked on once, in the order of first adding', async () => {
  const { queue, worked } = trial(() => DONE);
  for (const key of ['b', 'a', 'b', 'a', 'b']) queue.add(key);
  await sleep(20);
  expect(worked).toEqual(['b', 'a']);
});

it('added while it is worked on, it is worked on again, and not at the same time', async () => {
  let running = 0;
  let most = 0;
  const { queue, worked } = trial(async () => {
    most = Math.max(most, ++running);
    await sleep(20);
    running--;
    return DONE;
  });
  queue.add('a');
  await sleep(5);
  queue.add('a');
  queue.add('a');
  await sleep(80);
  expect(worked).toEqual(['a', 'a']);
  expect(most).toBe(1);
});

it('what fails waits for itself, longer each time; news makes it go at once', async () => {
  const { queue, worked } = trial((key) => (key === 'bad' ? FAILED : DONE));
  queue.add('bad');
  await sleep(20);
  queue.add('bad');
  queue.add('good');
  await sleep(20);
  expect(worked).toEqual(['bad', 'good']);
  queue.hurry('bad');
  await sleep(20);
  expect(worked).toEqual(['bad', 'good', 'bad']);
  await sleep(700);
  expect(worked.length).toBeGreaterThanOrEqual(4);
});

it('what is to be looked at again can be looked at before', async () => {
  const { queue, worked } = trial((_key, count) =>
    count === 1 ? { kind: 'again', afterMs: 60_000 } : DONE,
  );
  queue.add('a');
  await sleep(20);
  queue.add('a');
  await sleep(20);
  expect(worked).toEqual(['a', 'a']);
});

it('a throw is counted and told, tried again, and stops nobody else', async () => {
  const { queue, worked, faults } = trial((key, count) => {
    if (key === 'bad' && count === 1) throw new Error('ours');
    return DONE;
  });
  for (const key of ['bad', 'good']) queue.add(key);
  await sleep(700);
  expect(faults).toEqual(['bad']);
  expect(worked).toEqual(['bad', 'good', 'bad']);
  expect(queue.faultCount).toBe(1);
});

it('stop waits for what is at work, and what is due stays for the next start', async () => {
  let ended = false;
  const { queue, worked } = trial(async () => {
    await sleep(30);
    ended = true;
    return DONE;
  }, 1);
  queue.add('a');
  queue.add('b');
  await sleep(5);
  await queue.stop();
  expect(ended).toBe(true);
  expect(worked).toEqual(['a']);
  queue.start();
  await sleep(50);
  expect(worked).toEqual(['a', 'b']);
});

it('whatever is added, in any order, the last word of each key is looked at', async () => {
  const action = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    how: fc.constantFrom('add', 'hurry', 'after'),
    pauseMs: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
      const wanted = new Map<string, number>();
      const seen = new Map<string, number>();
      const atWork = new Set<string>();
      const { queue } = trial(async (key) => {
        expect(atWork.has(key)).toBe(false);
        atWork.add(key);
        const value = wanted.get(key) ?? 0;
        await sleep(1);
        atWork.delete(key);
        seen.set(key, value);
        return DONE;
      });
      for (const [at, { key, how, pauseMs }] of actions.entries()) {
        wanted.set(key, at + 1);
        if (how === 'add') queue.add(key);
        else if (how === 'hurry') queue.hurry(key);
        else queue.addAfter(key, 5);
        if (pauseMs > 0) await sleep(pauseMs);
      }
      for (let wait = 0; queue.size > 0 && wait < 100; wait++) await sleep(20);
      expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(wanted));
      await queue.stop();
    }),
    { numRuns: 25 },
  );
}, 60_000);
