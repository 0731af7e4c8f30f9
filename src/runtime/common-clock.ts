/**
 * Monotonic times that mean the same in every thread: `performance.now()` counts from the start of
 * its own thread, `process.hrtime` from the start of the machine, and both at one pace.
 */

const OFFSET_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

export function toCommonMs(ownMs: number): number {
  return ownMs + OFFSET_MS;
}

export function toOwnMs(commonMs: number): number {
  return commonMs - OFFSET_MS;
}
