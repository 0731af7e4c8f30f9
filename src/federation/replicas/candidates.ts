/**
 * Which clusters may be given replicas now. A cluster that blinks keeps what it has; one that is dead
 * gives it up after a grace time, and gets replicas again once it has held for a while. Pure.
 *
 * Source: our choice, two signals as with the answers: the API and the addresses of a cluster. KubeFed
 * moves everything as soon as a cluster is not ready.
 */

export interface CandidateSettings {
  /** Both signals lost for so long, its workloads run elsewhere, ms. */
  readonly workloadGraceMs: number;
  /** Ready again for so long, it gets them back, ms. */
  readonly returnAfterMs: number;
  /** With more than this share of clusters lost at once we suspect ourselves, and nothing moves. */
  readonly suspectShare: number;
}

export interface CandidateCluster {
  readonly name: string;
  readonly isReady: boolean;
  /** Monotonic ms since when it is ready, or is not. */
  readonly sinceMs: number;
  /** undefined: none of its addresses is known, and its API alone says how it is. */
  readonly answers: boolean | undefined;
  /** It lost its workloads, and has not got them back yet. */
  readonly wasLeft: boolean;
  /** A person wants it empty. */
  readonly isDrained: boolean;
}

export type CandidateVerdict =
  /** As any. */
  | 'in'
  /** Not ready, and not given up: it keeps what it has, and gets nothing new. */
  | 'kept'
  /** Given up, drained, or not held for long enough yet. */
  | 'out';

export interface Judged {
  readonly verdicts: ReadonlyMap<string, CandidateVerdict>;
  /** When one of them may be judged otherwise, though nothing happens; ms from now. */
  readonly lookAgainMs: number | undefined;
}

export function judgeCandidates(
  clusters: readonly CandidateCluster[],
  settings: CandidateSettings,
  nowMs: number,
): Judged {
  const lostCount = clusters.filter(({ isReady }) => !isReady).length;
  const isSuspect = clusters.length > 1 && lostCount > clusters.length * settings.suspectShare;
  const verdicts = new Map<string, CandidateVerdict>();
  let lookAgainMs: number | undefined;
  const lookAgain = (afterMs: number) => {
    lookAgainMs = Math.min(lookAgainMs ?? afterMs, afterMs);
  };
  for (const { name, isReady, sinceMs, answers, wasLeft, isDrained } of clusters) {
    const forMs = nowMs - sinceMs;
    if (isDrained) verdicts.set(name, 'out');
    else if (isReady) {
      const isBack = !wasLeft || forMs >= settings.returnAfterMs;
      verdicts.set(name, isBack ? 'in' : 'out');
      if (!isBack) lookAgain(settings.returnAfterMs - forMs);
    } else {
      const isOver = forMs >= settings.workloadGraceMs;
      if (!isOver) lookAgain(settings.workloadGraceMs - forMs);
      else if (!wasLeft) lookAgain(ADDRESS_LOOK_MS);
      const isDead = isOver && answers !== true && !isSuspect;
      verdicts.set(name, isDead || wasLeft ? 'out' : 'kept');
    }
  }
  return { verdicts, lookAgainMs };
}

/** A lost cluster whose addresses answer is looked at again after, ms. */
const ADDRESS_LOOK_MS = 5000;
