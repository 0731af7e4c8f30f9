/** A heap at rest gives back what a load left behind; one at work is left alone. */

import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { HeapKeeper } from '../../src/runtime/heap-keeper.ts';

const heapMb = () => getHeapStatistics().total_heap_size / 1e6;

/** Objects of about this many MB. */
function loaded(mb: number): unknown[] {
  return Array.from({ length: mb * 4000 }, (_, index) => ({ index, text: `${index}`.repeat(20) }));
}

it('garbage of a load is given back once the heap rests, what lives stays', async () => {
  const kept = loaded(20);
  let load: unknown[] | undefined = loaded(200);
  const grown = heapMb();
  expect(load.length).toBeGreaterThan(0);
  load = undefined;
  const keeper = new HeapKeeper();
  keeper.start(100);
  await expect.poll(heapMb, { timeout: 15_000, interval: 200 }).toBeLessThan(grown - 120);
  keeper.stop();
  expect(kept).toHaveLength(80_000);
}, 30_000);

it('a heap at work, that grows and shrinks all the time, is left alone', async () => {
  const FORCED =
    constants.NODE_PERFORMANCE_GC_FLAGS_FORCED |
    constants.NODE_PERFORMANCE_GC_FLAGS_ALL_AVAILABLE_GARBAGE;
  let forcedCount = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { flags } = (entry as unknown as { detail: { flags: number } }).detail;
      if ((flags & FORCED) !== 0) forcedCount++;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const before = getHeapStatistics().total_heap_size;
  const keeper = new HeapKeeper();
  keeper.start(50);
  const kept: unknown[][] = [];
  for (let turn = 0; turn < 100; turn++) {
    kept.push(loaded(10));
    if (kept.length > 10) kept.shift();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  keeper.stop();
  observer.disconnect();
  expect(getHeapStatistics().total_heap_size).toBeGreaterThan(before);
  expect(forcedCount).toBe(0);
}, 30_000);

it('a heap at work holds little more than what lives', async () => {
  const keeper = new HeapKeeper();
  keeper.start();
  const kept = Array.from({ length: 150 }, () => loaded(1));
  const live = heapMb();
  let most = 0;
  // What goes is old already: only a whole collection takes it.
  for (let turn = 0; turn < 1500; turn++) {
    kept[(turn * 37) % kept.length] = loaded(1);
    if (turn > 300) most = Math.max(most, heapMb());
    if (turn % 10 === 0) await new Promise(setImmediate);
  }
  keeper.stop();
  expect(most / live).toBeLessThan(1.5);
}, 30_000);
