/** Long work in pieces: others are served in between, all of it gets on, and nothing is lost. */

import { setImmediate as nextRound } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { othersTurn } from '../../src/runtime/thread/fair-turns.ts';

function busyMs(forMs: number): void {
  const endsMs = performance.now() + forMs;
  while (performance.now() < endsMs);
}

/** Pieces that never wait of themselves. */
async function work(pieces: number, onPiece: () => void): Promise<void> {
  for (let piece = 0; piece < pieces; piece++) {
    const turn = othersTurn();
    if (turn !== undefined) await turn;
    busyMs(2);
    onPiece();
  }
}

it('a timer runs between the pieces of many, which all end', async () => {
  let longestMs = 0;
  let sinceMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - sinceMs);
    sinceMs = nowMs;
  }, 1);
  const done = new Array<number>(20).fill(0);
  await Promise.all(done.map((_, at) => work(20, () => done.splice(at, 1, (done[at] ?? 0) + 1))));
  clearInterval(timer);
  expect(done).toEqual(new Array(20).fill(20));
  // All of it takes 800 ms; a slice is 30.
  expect(longestMs).toBeLessThan(400);
});

it('each of many gets on, not the first alone', async () => {
  const order: number[] = [];
  await Promise.all([0, 1, 2].map((at) => work(40, () => order.push(at))));
  for (const at of [0, 1, 2]) expect(order.indexOf(at)).toBeLessThan(80);
});

it('without much to do nobody waits', async () => {
  await nextRound();
  expect(othersTurn()).toBeUndefined();
  expect(othersTurn()).toBeUndefined();
});
