/** Clocks of requests: silence ends one, a thread of ours that stood still does not. */

import { afterEach, expect, it, vi } from 'vitest';
import { Deadline } from '../../src/kubernetes/http/deadline.ts';

afterEach(() => void vi.useRealTimers());

it('silence ends it in time, a sign of life winds it up', () => {
  vi.useFakeTimers();
  const deadline = new Deadline(undefined);
  deadline.wind(1000, 'silent');
  vi.advanceTimersByTime(900);
  deadline.wind(1000, 'silent');
  vi.advanceTimersByTime(999);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline.signal.reason).toMatchObject({ code: 'API_TIMEOUT', message: 'silent' });
});

it('while our own thread stood still nothing could be heard: it gets as much again', async () => {
  const deadline = new Deadline(undefined);
  deadline.wind(20, 'silent');
  const until = performance.now() + 400;
  while (performance.now() < until);
  // The clock rings first, then what has come meanwhile is read.
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(deadline.signal.aborted).toBe(false);
  await vi.waitFor(() => expect(deadline.signal.aborted).toBe(true), { timeout: 2000 });
});
