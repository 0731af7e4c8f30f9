/** A heap at rest gives back what a load left behind; one at work is left alone. */

import { execFileSync } from 'node:child_process';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { HeapKeeper } from '../../src/runtime/thread/heap-keeper.ts';

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

it('a heap at work holds little more than what lives', () => {
  // 1.8 against 4.5.
  expect(heapOverLive('keeper.start()')).toBeLessThan(heapOverLive('') * 0.7);
}, 60_000);

/**
 * The most that its heap took, times what lives, in a process of its own that collects on one thread:
 * how far it grows is then no matter of what else the machine does.
 */
function heapOverLive(begin: string): number {
  const program = `
    import { getHeapStatistics } from 'node:v8';
    import { HeapKeeper } from ${JSON.stringify(new URL('../../src/runtime/thread/heap-keeper.ts', import.meta.url).href)};
    const heapMb = () => getHeapStatistics().total_heap_size / 1e6;
    const loaded = () => Array.from({ length: 4000 }, (_, index) => ({ index, text: String(index).repeat(20) }));
    const keeper = new HeapKeeper();
    ${begin};
    const kept = Array.from({ length: 150 }, loaded);
    const live = heapMb();
    let most = 0;
    // What goes is old already: only a whole collection takes it.
    for (let turn = 0; turn < 900; turn++) {
      kept[(turn * 37) % kept.length] = loaded();
      if (turn > 300) most = Math.max(most, heapMb());
    }
    console.log(most / live);
  `;
  const args = [
    '--single-threaded-gc',
    '--max-semi-space-size=4',
    '--input-type=module',
    '-e',
    program,
  ];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}
