/**
 * Samples to verdict, pure. An address never seen up is `unknown`, whatever fails: it may be
 * filtered from here; one known to have answered before falls like any other. Its first success
 * makes it up; from then on a verdict turns only after `fall` or `rise` samples in a row against
 * it. (KubeFed's cluster_controller counts how old its own published state is, so its thresholds
 * depend on the period; do not.)
 */

export type ProbeVerdict = 'up' | 'down' | 'unknown';

export interface ProbeState {
  readonly verdict: ProbeVerdict;
  /** When this verdict began; monotonic, `performance.now()`. */
  readonly sinceMs: number;
  /** Of the last sample that agrees with the verdict; of the last one while it is unknown. */
  readonly reason: string;
  /** When the last sample came in; undefined before the first. */
  readonly lastMs: number | undefined;
  readonly everUp: boolean;
  /** Up, but the last sample was against it. */
  readonly isInDoubt: boolean;
}

/** What a prober keeps of one address. */
export interface Judged extends ProbeState {
  /** Samples in a row against the verdict. */
  readonly againstCount: number;
}

export interface Sample {
  readonly isGood: boolean;
  readonly reason: string;
  readonly atMs: number;
}

export interface Thresholds {
  readonly fall: number;
  readonly rise: number;
}

/** `everUp`: it is known to have answered before, by another process or by this one. */
export function neverJudged(nowMs: number, everUp = false): Judged {
  return {
    verdict: 'unknown',
    sinceMs: nowMs,
    reason: 'not probed yet',
    lastMs: undefined,
    everUp,
    isInDoubt: false,
    againstCount: 0,
  };
}

/**
 * What another prober found, to go on from. One in doubt had at least one sample against it, and of
 * the others it is not known.
 */
export function goingOnFrom(state: ProbeState): Judged {
  return { ...state, lastMs: undefined, againstCount: Number(state.isInDoubt) };
}

/** To whoever looks at more than the last sample's time. */
export function isSameState(left: ProbeState, right: ProbeState): boolean {
  return (
    left.verdict === right.verdict &&
    left.isInDoubt === right.isInDoubt &&
    left.reason === right.reason
  );
}

export function applySample(before: Judged, sample: Sample, thresholds: Thresholds): Judged {
  const { isGood, reason, atMs } = sample;
  if (before.verdict === 'unknown' && !isGood && !before.everUp)
    return judged(before, { reason, lastMs: atMs });
  const agrees = before.verdict === (isGood ? 'up' : 'down');
  if (agrees) return judged(before, { reason, lastMs: atMs, againstCount: 0 });
  const againstCount = before.againstCount + 1;
  if (againstCount < needed(before.verdict, isGood, thresholds))
    return judged(before, { lastMs: atMs, isInDoubt: before.verdict === 'up', againstCount });
  const verdict = isGood ? 'up' : 'down';
  const turned = { everUp: true, isInDoubt: false, againstCount: 0 };
  return { verdict, sinceMs: atMs, reason, lastMs: atMs, ...turned };
}

/** Made thousands of times a second and kept for a round: written out, for a spread takes twice the room. */
function judged(before: Judged, now: Partial<Judged>): Judged {
  return {
    verdict: before.verdict,
    sinceMs: before.sinceMs,
    reason: now.reason ?? before.reason,
    lastMs: now.lastMs,
    everUp: before.everUp,
    isInDoubt: now.isInDoubt ?? before.isInDoubt,
    againstCount: now.againstCount ?? before.againstCount,
  };
}

function needed(verdict: ProbeVerdict, isGood: boolean, { fall, rise }: Thresholds): number {
  if (verdict === 'unknown') return isGood ? 1 : fall;
  return verdict === 'up' ? fall : rise;
}
