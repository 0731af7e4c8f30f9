/**
 * Fair turns: long work in pieces on one thread. Whatever reads much, a hundred lists at once, asks
 * before each piece whether the thread is others' turn now; then it waits in line for a later round of
 * the event loop. Without it Node reads on from each ready socket as long as it is taken in: a leader
 * that read 500,000 copies lost its Lease, began anew, and lost it again (bench/README.md).
 */

import { Fifo } from '../tables/fifo.ts';

/** All work in pieces together, of one round of the event loop, ms. */
const SLICE_MS = 30;

const waiting = new Fifo<() => void>();
let begunMs: number | undefined;

/** undefined: go on. Else to be awaited before the next piece. */
export function othersTurn(): Promise<void> | undefined {
  if (begunMs === undefined) {
    begunMs = performance.now();
    setImmediate(nextRound);
    return undefined;
  }
  if (performance.now() - begunMs < SLICE_MS) return undefined;
  return new Promise((resolve) => waiting.put(resolve));
}

function nextRound(): void {
  begunMs = undefined;
  if (waiting.size === 0) return;
  begunMs = performance.now();
  setImmediate(nextRound);
  goOn();
}

/** One after the other, each as far as it comes, while the slice lasts. */
function goOn(): void {
  if (begunMs === undefined || performance.now() - begunMs >= SLICE_MS) return;
  const resume = waiting.take();
  if (resume === undefined) return;
  resume();
  // Run once all that follows from it without a wait was done.
  process.nextTick(goOn);
}
