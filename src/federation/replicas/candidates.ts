/**
 * Which clusters may be given replicas now. A cluster that blinks keeps what it has; one that is dead
 * gives it up after a grace time, and gets replicas again once it has held for a while. Pure.
 *
 * Source: our choice, two signals as with the answers: the API and the addresses of a cluster. KubeFed
 * moves everything as soon as a cluster is not ready.
 */

export interface CandidateSettings {
  /** Both signals lost for so long together, its workloads run elsewhere, ms. */
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
  /** Asked while its API is lost. */
  readonly addresses: AddressSign;
  /** It lost its workloads, and has not got them back yet. */
  readonly wasLeft: boolean;
  /** A person wants it empty. */
  readonly isDrained: boolean;
}

export type AddressSign =
  /** One of them did, or none was asked yet. */
  | { readonly kind: 'answering' }
  /** Monotonic ms since when none does. */
  | { readonly kind: 'silent'; readonly sinceMs: number }
  /** None is known, and its API alone says how it is. */
  | { readonly kind: 'unknown' };

export type CandidateVerdict =
  /** As any. */
  | 'in'
  /** Not ready, and not given up: it keeps what it has, and gets nothing new. */
  | 'kept'
  /** Given up, drained, or not held for long enough yet. */
  | 'out';

export interface Judged {
  readonly verdicts: ReadonlyMap<string, CandidateVerdict>;
  /** Given up for dead: nothing runs there, and nobody waits for what does. */
  readonly dead: ReadonlySet<string>;
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
  const dead = new Set<string>();
  let lookAgainMs: number | undefined;
  const lookAgain = (afterMs: number) => {
    lookAgainMs = Math.min(lookAgainMs ?? afterMs, afterMs);
  };
  for (const cluster of clusters) {
    const { name, isReady, sinceMs, wasLeft, isDrained } = cluster;
    if (isReady) {
      const leftMs = wasLeft ? sinceMs + settings.returnAfterMs - nowMs : 0;
      verdicts.set(name, leftMs > 0 || isDrained ? 'out' : 'in');
      if (leftMs > 0) lookAgain(leftMs);
      continue;
    }
    const leftMs = graceLeftMs(cluster, settings, nowMs);
    const isDead = wasLeft || (leftMs <= 0 && !isSuspect);
    if (isDead) dead.add(name);
    else lookAgain(leftMs > 0 ? Math.min(leftMs, ADDRESS_LOOK_MS) : ADDRESS_LOOK_MS);
    verdicts.set(name, isDead || isDrained ? 'out' : 'kept');
  }
  return { verdicts, dead, lookAgainMs };
}

/** Of the time in which both signals are lost; Infinity: one is not. */
function graceLeftMs(
  { sinceMs, addresses }: CandidateCluster,
  { workloadGraceMs }: CandidateSettings,
  nowMs: number,
): number {
  if (addresses.kind === 'answering') return Infinity;
  const silentMs = addresses.kind === 'silent' ? addresses.sinceMs : sinceMs;
  return Math.max(sinceMs, silentMs) + workloadGraceMs - nowMs;
}

/**
 * That no cluster may have any, each with what keeps it from that. `selected`: others are not asked for;
 * undefined: none is left out.
 */
export function whyNobody(
  what: 'replicas' | 'a share',
  verdicts: ReadonlyMap<string, CandidateVerdict>,
  selected?: ReadonlySet<string>,
): string {
  if (verdicts.size === 0) {
    const isAsked = what === 'a share' ? ', or none is selected by placement and namespace' : '';
    return `no KubeFedCluster is registered${isAsked}`;
  }
  const causes = [...verdicts].sort().map(([cluster, verdict]) => {
    if (selected?.has(cluster) === false)
      return `${cluster}: not selected by placement or namespace`;
    const isKept = verdict === 'kept';
    return `${cluster}: ${isKept ? 'not ready' : 'drained, lost, or not back for long enough'}`;
  });
  return `no cluster may have ${what} now: ${causes.join('; ')}`;
}

/** Addresses of a lost cluster are asked this often, ms. */
export const ADDRESS_LOOK_MS = 5000;
