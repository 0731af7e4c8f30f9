/** Requests at a pace: a burst at once, then so many a second, first come first served. */

import { expect, it } from 'vitest';
import { TokenBucket } from '../../../src/kubernetes/reconciling/token-bucket.ts';

it('lets a burst go, and the rest at its pace, in order', async () => {
  const bucket = new TokenBucket({ perSecond: 100, burst: 5 });
  const startedMs = performance.now();
  const gone: number[] = [];
  await Promise.all(
    Array.from({ length: 25 }, async (_, index) => {
      await bucket.take();
      gone.push(index);
    }),
  );
  const tookMs = performance.now() - startedMs;
  expect(gone).toEqual(Array.from({ length: 25 }, (_, index) => index));
  expect(tookMs).toBeGreaterThan(180);
});

it('at its end nobody waits', async () => {
  const bucket = new TokenBucket({ perSecond: 0.001, burst: 1 });
  await bucket.take();
  const waiting = bucket.take();
  bucket.end();
  await waiting;
});
