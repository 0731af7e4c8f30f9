/** What the prober's loop keeps of one target, and of one probe under way. */

import { PROBE_WEIGHTS } from './limits.ts';
import type { Scheduled } from './probe-schedule.ts';
import type { Tallied } from './probe-tally.ts';
import type { ProbeTarget } from './probe-target.ts';
import type { Judged } from './verdict.ts';

export interface Followed extends Scheduled, Tallied {
  readonly key: string;
  readonly target: ProbeTarget;
  /** `add` less `remove`. */
  addCount: number;
  /** The last `follow` it was in; 0: none, or one that did not keep it. */
  followIndex: number;
  startedMs: number;
  flight: Flight | undefined;
}

export interface Flight {
  readonly followed: Followed;
  /** In the time that leaves out our stalls. */
  readonly deadlineMs: number;
  giveUp: () => void;
}

/** Before all monotonic times, and whole. */
const NEVER = -1;

/** Not due, not asked, wanted by nobody yet. */
export function beginFollowed(key: string, target: ProbeTarget, judged: Judged): Followed {
  return {
    key,
    target,
    weight: PROBE_WEIGHTS[target.check.kind],
    isIPv6: target.address.includes(':'),
    addCount: 0,
    followIndex: 0,
    judged,
    dueMs: 0,
    heardMs: NEVER,
    startedMs: NEVER,
    isGone: false,
    flight: undefined,
  };
}
