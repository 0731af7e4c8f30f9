/** Changes by the thousand leave time for the sockets, in order and without loss. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { OrderTurns } from '../../src/serve/answering/order-turns.ts';

it('a thousand slow orders are taken in order, with turns between', async () => {
  const taken: number[] = [];
  const turns = new OrderTurns<number>((order) => {
    const until = performance.now() + 0.2;
    while (performance.now() < until);
    taken.push(order);
  });
  for (let index = 0; index < 1000; index++) turns.put(index);
  let turnCount = 0;
  let longestMs = 0;
  while (taken.length < 1000 && turnCount < 5000) {
    const started = performance.now();
    await nextTurn();
    longestMs = Math.max(longestMs, performance.now() - started);
    turnCount++;
  }
  expect(taken).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  expect(turnCount).toBeGreaterThan(20);
  expect(longestMs).toBeLessThan(150);
  turns.put(1000);
  await nextTurn();
  await nextTurn();
  expect(taken.at(-1)).toBe(1000);
});
