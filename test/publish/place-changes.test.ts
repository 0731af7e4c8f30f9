/** How often a member may be somewhere else, each for itself, and that it may again after a while. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PLACE_CHANGES_MAX, PLACE_CHANGES_MS } from '../../src/publish/limits.ts';
import { PlaceChanges } from '../../src/publish/seen/place-changes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('so often, and again after a while; what was held is due then', () => {
  const changes = new PlaceChanges();
  for (let at = 0; at < PLACE_CHANGES_MAX; at++) expect(changes.take('c1')).toBe(true);
  expect([changes.take('c1'), changes.take('c2'), changes.isDue]).toEqual([false, true, false]);
  vi.advanceTimersByTime(PLACE_CHANGES_MS);
  expect(changes.isDue).toBe(true);
  changes.begin();
  expect([changes.take('c1'), changes.isDue]).toEqual([true, false]);
});
