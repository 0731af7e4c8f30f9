/** When the prober is in trouble, and when no more. */

import { expect, it } from 'vitest';
import { ProbeTrouble } from '../../src/probe/probe-trouble.ts';

const WELL = { probesSent: 1000, lateCount: 0, selfTrouble: false };
const WINDOW_MS = 30_000;

it('rounds not kept, told after a window of them, until a window in which they were', () => {
  const trouble = new ProbeTrouble();
  expect(trouble.look(WELL, 0)).toBeUndefined();
  expect(trouble.look({ ...WELL, probesSent: 2000, lateCount: 260 }, 1000)).toBeUndefined();
  const late = { ...WELL, probesSent: 2000, lateCount: 260 };
  expect(trouble.look(late, WINDOW_MS)).toContain('late');
  const kept = { ...WELL, probesSent: 3000, lateCount: 300 };
  expect(trouble.look(kept, WINDOW_MS + 1000)).toContain('late');
  expect(trouble.look(kept, 2 * WINDOW_MS)).toBeUndefined();
  expect(trouble.look(kept, 3 * WINDOW_MS)).toBeUndefined();
});

it('failures of our own at once, a death for a window', () => {
  const trouble = new ProbeTrouble();
  expect(trouble.look({ ...WELL, selfTrouble: true }, 0)).toContain('from here');
  expect(trouble.look(WELL, 1)).toBeUndefined();
  trouble.died(10);
  expect(trouble.look(WELL, 10)).toContain('died');
  expect(trouble.look(WELL, 9 + WINDOW_MS)).toContain('died');
  expect(trouble.look(WELL, 11 + WINDOW_MS)).toBeUndefined();
});
