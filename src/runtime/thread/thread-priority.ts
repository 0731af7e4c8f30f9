/**
 * Which threads the system lets run first. Linux keeps a nice value for each thread, and a thread
 * begins with that of its maker: main makes the answering threads at the process's own, and steps
 * back behind them for all the rest. Measured on one core, p99 at 5,000 queries a second while 500
 * records a second change: see bench/README.md.
 */

import { constants, getPriority, setPriority } from 'node:os';

/** Main gets about a third of what an answering thread gets, when both want to run. */
const STEP_BACK = 5;
/** Of setpriority(2) on Linux: this thread, while main asks. */
const SELF = 0;

let own: number | undefined;

/** Runs `make`, which starts a thread, at the priority the process was given. */
export function atOwnPriority<T>(make: () => T): T {
  own ??= getPriority(SELF);
  // Without the right to (LimitNICE=, CAP_SYS_NICE) a replaced thread is no better than main.
  quietly(own);
  try {
    return make();
  } finally {
    quietly(Math.min(own + STEP_BACK, constants.priority.PRIORITY_LOW));
  }
}

function quietly(priority: number): void {
  try {
    setPriority(SELF, priority);
  } catch {
    // As it was.
  }
}
