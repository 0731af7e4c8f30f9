/** How often a copy is brought back that others change as fast as they can. */

import { expect, it } from 'vitest';
import {
  type Undone,
  undoneAgain,
  waitToUndo,
} from '../../../src/federation/copies/drift-patience.ts';

/** Monotonic seconds at which it is written, where another changes it at once each time. */
function writesOf(fightS: number): number[] {
  const writes: number[] = [];
  let undone: Undone | undefined;
  for (let nowMs = 0; nowMs < fightS * 1000; nowMs += 100) {
    if (waitToUndo(undone, nowMs) > 0) continue;
    undone = undoneAgain(undone, nowMs);
    writes.push(nowMs / 1000);
  }
  return writes;
}

it('five at once, then ever more seldom, in the end once a minute', () => {
  const writes = writesOf(600);
  expect(writes.slice(0, 5)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
  const waits = writes.slice(5).map((atS, index) => atS - (writes[index + 4] ?? 0));
  expect(waits.slice(0, 8).map(Math.round)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect(writes.length).toBeLessThan(20);
});

it('left in peace for two minutes it is brought back at once again', () => {
  let undone: Undone | undefined;
  for (let count = 0; count < 9; count++) undone = undoneAgain(undone, 1000);
  expect(waitToUndo(undone, 1001)).toBeGreaterThan(10_000);
  const later = undoneAgain(undone, 1000 + 121_000);
  expect(later.count).toBe(1);
  expect(waitToUndo(later, 1000 + 121_000)).toBe(0);
});
