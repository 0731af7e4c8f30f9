/** A heap at rest gives back what a load left behind; one at work is left alone. */

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
  new HeapKeeper().start(100);
  await expect.poll(heapMb, { timeout: 15_000, interval: 200 }).toBeLessThan(grown - 120);
  expect(kept).toHaveLength(80_000);
}, 30_000);
