/** The table of recent texts gives what it was given, and stays small. */

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Recent } from '../../src/runtime/tables/recent.ts';

const recent = new Recent<string>(32_768);
const made = (text: string) => recent.of(text, (same) => same);

it('gives the same text, whatever was asked between', () => {
  for (let index = 0; index < 100_000; index++) {
    const text = `text ${index % 40_000}`;
    expect(made(text)).toBe(text);
  }
});

it('holds no more than its two generations', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = getHeapStatistics().used_heap_size;
  // 120 MB, if all were held.
  for (let index = 0; index < 300_000; index++) made(`${index}`.padEnd(400));
  collect();
  expect(getHeapStatistics().used_heap_size - before).toBeLessThan(45e6);
});
