/**
 * Verbs that wait for the control plane: looked at again and again, a word of progress while it
 * takes, and an end to it.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { readGoDuration } from '../../../api/kubefed/go-duration.ts';
import { VerbError } from '../../output.ts';

const POLL_MS = 500;
const PROGRESS_MS = 2000;

/**
 * `look` says what is still waited for; undefined: nothing. Gives what was left of it when the time
 * was over.
 */
export async function waitUntil(
  look: () => Promise<string | undefined>,
  timeoutMs: number,
): Promise<string | undefined> {
  const started = performance.now();
  let toldMs = started;
  for (;;) {
    const left = await look();
    const nowMs = performance.now();
    if (left === undefined || nowMs - started >= timeoutMs) return left;
    if (nowMs - toldMs >= PROGRESS_MS) {
      toldMs = nowMs;
      process.stderr.write(`${left}: ${Math.round((nowMs - started) / 1000)} s\n`);
    }
    await sleep(POLL_MS);
  }
}

/** `30s`, `10m`, as kubectl takes it. */
export function readTimeout(said: string): number {
  const timeoutMs = readGoDuration(said);
  if (timeoutMs !== undefined) return timeoutMs;
  throw new VerbError(`--timeout: "${said}" is no duration such as 30s or 5m`, 2);
}
