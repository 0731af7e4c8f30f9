/** Who is asked first when more are due than may be asked. */

import { expect, it } from 'vitest';
import { PROBE_BURST_MAX } from '../../src/probe/limits.ts';
import { ProbeSchedule, type Scheduled } from '../../src/probe/probe-schedule.ts';

interface Entry extends Scheduled {
  readonly name: string;
}

function entry(name: string, isUrgent: boolean): Entry {
  return { name, isUrgent, dueMs: 100, weight: 1, isGone: false };
}

/** In the order in which they are asked, a second after all were due. */
function asked(entries: readonly Entry[], count: number): string[] {
  const schedule = new ProbeSchedule<Entry>(0);
  for (const each of entries) schedule.plan(each);
  schedule.advance(1100);
  const taken: string[] = [];
  while (taken.length < Math.min(count, PROBE_BURST_MAX)) {
    const next = schedule.take();
    if (next === undefined) break;
    taken.push(next.name);
  }
  return taken;
}

it('whoever is in doubt is asked before those that wait longer, and they are not forgotten', () => {
  const waiting = Array.from({ length: 1000 }, (_, index) => entry(`w${index}`, false));
  const doubtful = Array.from({ length: 1000 }, (_, index) => entry(`d${index}`, true));
  expect(asked([...waiting, ...doubtful], 8)).toEqual([
    'd0',
    'd1',
    'd2',
    'w0',
    'd3',
    'd4',
    'd5',
    'w1',
  ]);
  expect(asked(waiting, 4)).toEqual(['w0', 'w1', 'w2', 'w3']);
  expect(asked(doubtful.slice(0, 4), 9)).toEqual(['d0', 'd1', 'd2', 'd3']);
});
