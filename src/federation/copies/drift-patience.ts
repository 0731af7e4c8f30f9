/**
 * How soon a copy that others change is brought back: a few times at once, and then ever more seldom,
 * or two who disagree would write as fast as they can, for ever. Pure.
 *
 * Source: our choice; KubeFed undoes each change as soon as it sees it.
 */

export interface Undone {
  /** Changes of others that were undone one soon after the other. */
  readonly count: number;
  /** Monotonic, ms. */
  readonly lastAtMs: number;
}

const AT_ONCE = 5;
const FIRST_WAIT_MS = 1000;
const WAIT_MAX_MS = 60_000;
/** Left in peace for so long, the next change is a first one. */
const FORGOTTEN_AFTER_MS = 2 * WAIT_MAX_MS;

export function undoneAgain(before: Undone | undefined, nowMs: number): Undone {
  const isFirst = before === undefined || nowMs - before.lastAtMs > FORGOTTEN_AFTER_MS;
  return { count: isFirst ? 1 : before.count + 1, lastAtMs: nowMs };
}

/** How long its next change must wait, ms; 0: it is undone now. */
export function waitToUndo(undone: Undone | undefined, nowMs: number): number {
  if (undone === undefined || undone.count < AT_ONCE) return 0;
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(undone.count - AT_ONCE, 20), WAIT_MAX_MS);
  return Math.max(0, undone.lastAtMs + waitMs - nowMs);
}
