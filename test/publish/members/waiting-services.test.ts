/** Who waits to be decided, and in whose turn. */

import { expect, it } from 'vitest';
import { WaitingServices } from '../../../src/publish/members/waiting-services.ts';

it('members take turns; a key that several ask for waits once, with all of them', () => {
  const waiting = new WaitingServices();
  for (let at = 0; at < 1000; at++) waiting.add(`bogus/${at}`, 'loud');
  waiting.add('d/web', 'quiet');
  waiting.add('d/web', 'loud');
  waiting.add('d/other');
  expect(waiting.size).toBe(1002);
  const taken = waiting.take(4).map(([key, { clusters }]) => [key, [...clusters].sort()]);
  expect(taken).toEqual([
    ['bogus/0', ['loud']],
    ['d/web', ['loud', 'quiet']],
    ['d/other', []],
    ['bogus/1', ['loud']],
  ]);
  expect(waiting.size).toBe(998);
});

it('turns go on where the last take ended', () => {
  const waiting = new WaitingServices();
  for (const cluster of ['a', 'b', 'c']) {
    for (const at of [1, 2]) waiting.add(`d/${cluster}${at}`, cluster);
  }
  const keys = [1, 2, 3, 4].map(() => waiting.take(1).map(([key]) => key)[0]);
  expect(keys).toEqual(['d/a1', 'd/b1', 'd/c1', 'd/a2']);
});

it('all come out, each once, whatever was asked again meanwhile', () => {
  const waiting = new WaitingServices();
  waiting.add('d/1', 'a');
  waiting.add('d/1', 'b');
  expect(waiting.take(10)).toHaveLength(1);
  waiting.add('d/1', 'b');
  expect(waiting.take(10).map(([key, { clusters }]) => [key, [...clusters]])).toEqual([
    ['d/1', ['b']],
  ]);
  expect(waiting.take(10)).toEqual([]);
  expect(waiting.size).toBe(0);
});

it('200,000 that wait are taken in time proportional to their number', () => {
  const seconds = (count: number): number => {
    const waiting = new WaitingServices();
    for (let at = 0; at < count; at++) waiting.add(`bogus/${at}`, 'loud');
    const startedMs = performance.now();
    while (waiting.size > 0) waiting.take(64);
    return (performance.now() - startedMs) / 1000;
  };
  seconds(20_000);
  const [few, many] = [seconds(20_000), seconds(200_000)];
  expect(many).toBeLessThan(Math.max(40 * few, 1));
});
