/**
 * Whether a shard follows what its member says, keeps its last state, or is out: from two signals
 * and the policy of the service's owner. Pure; one function, one table (README.md).
 *
 * Signal one is the member's API, as we reach it; signal two a probe of the shard's own addresses.
 * Losing sight of a member alone moves nothing, unless the owner says so.
 */

export const WHEN_UNREACHABLE = ['withdraw-if-probe-fails', 'withdraw', 'keep', 'freeze'] as const;
export type WhenUnreachable = (typeof WHEN_UNREACHABLE)[number];

export type ApiSignal = 'fresh' | 'lost';
export type ProbeSignal = 'up' | 'unknown' | 'down';

/** Milliseconds; Infinity: never. */
export interface LivenessGraces {
  /** `withdraw`: from the loss of the API until the shard is out. */
  readonly lostMs: number;
  /** API lost, nothing to be said of the addresses, and others are healthy. */
  readonly unknownMs: number;
  /** Both signals lost. */
  readonly deathMs: number;
}

export interface LivenessInput {
  readonly policy: WhenUnreachable;
  readonly api: ApiSignal;
  /** Monotonic, ms: since when the signal says so. */
  readonly apiSinceMs: number;
  readonly probe: ProbeSignal;
  readonly probeSinceMs: number;
  /** A probe that fails takes the shard out although its member calls it ready. */
  readonly probeOverridesApi: boolean;
  /** Another shard of this service is healthy by its member's fresh word. */
  readonly hasOtherHealthy: boolean;
  /** Most members or most probes fail together: it is rather we who are cut off. */
  readonly suspectsSelf: boolean;
  /** Why we had taken it out before, also before a restart of ours; undefined: we had not. */
  readonly wasOut: LivenessCause | undefined;
  /** Without it no shard of this service would be in the answers. */
  readonly isLastHope: boolean;
  /**
   * Monotonic, ms: no grace begins before. After we suspected ourselves all signals are old, and
   * those that are really lost must have been asked once more.
   */
  readonly heldUntilMs: number;
  readonly graces: LivenessGraces;
  readonly nowMs: number;
}

export const LIVENESS_CAUSES = [
  'frozen by its owner',
  'member fresh',
  'member fresh, addresses do not answer',
  'addresses do not answer',
  'member lost, addresses answer',
  'member lost, addresses unknown',
  'member lost, addresses do not answer',
  'suspecting ourselves',
] as const;
export type LivenessCause = (typeof LIVENESS_CAUSES)[number];

export interface Liveness {
  /** follow: what the member says now decides; keep: the last state stays; out: not answered. */
  readonly kind: 'follow' | 'keep' | 'out';
  readonly cause: LivenessCause;
  /** Monotonic, ms: when this changes by itself if no signal does; undefined: it does not. */
  readonly changesAtMs: number | undefined;
}

const UNKNOWN = 'member lost, addresses unknown';
const SUSPECTING = 'suspecting ourselves';

/**
 * The table; then: what was out stays out while nothing speaks for it. (After a restart every
 * grace begins anew and no probe has succeeded yet: the dead would come back for a while.) But one
 * that nothing speaks against, and that went only since others were healthy, is back when they go.
 */
export function decideLiveness(input: LivenessInput): Liveness {
  const decided = tableCell(input);
  const speaksForIt = input.probe === 'up' && input.policy !== 'withdraw' && !input.suspectsSelf;
  // By `withdraw` it went whatever the others did.
  const wentForOthers = input.wasOut === UNKNOWN && input.policy !== 'withdraw';
  const isMissed = input.isLastHope && wentForOthers && decided.cause === UNKNOWN;
  const isStuck = input.wasOut !== undefined && decided.kind === 'keep' && !speaksForIt;
  if (!isStuck || isMissed) return decided;
  // Doubt in ourselves is no reason why it went.
  return settled('out', decided.cause === SUSPECTING ? (input.wasOut ?? UNKNOWN) : decided.cause);
}

function tableCell(input: LivenessInput): Liveness {
  const { policy, api, probe } = input;
  if (policy === 'freeze') return settled('keep', 'frozen by its owner');
  if (api === 'fresh') {
    if (probe !== 'down') return settled('follow', 'member fresh');
    if (input.probeOverridesApi && !input.suspectsSelf)
      return settled('out', 'addresses do not answer');
    return settled('follow', 'member fresh, addresses do not answer');
  }
  if (policy === 'keep') return settled('keep', lostCause(probe));
  if (input.suspectsSelf) return settled('keep', SUSPECTING);
  if (policy === 'withdraw') {
    return outAfter(probe === 'down' ? 0 : input.graces.lostMs, input.apiSinceMs, input);
  }
  switch (probe) {
    case 'up':
      return settled('keep', lostCause(probe));
    case 'unknown':
      return input.hasOtherHealthy
        ? outAfter(input.graces.unknownMs, input.apiSinceMs, input)
        : settled('keep', lostCause(probe));
    case 'down':
      return outAfter(input.graces.deathMs, Math.max(input.apiSinceMs, input.probeSinceMs), input);
    default:
      return probe satisfies never;
  }
}

/** Of each there is one, however many shards it is said of. */
const SETTLED = new Map<string, Liveness>();

function settled(kind: Liveness['kind'], cause: LivenessCause): Liveness {
  const id = `${kind} ${cause}`;
  const known = SETTLED.get(id) ?? { kind, cause, changesAtMs: undefined };
  SETTLED.set(id, known);
  return known;
}

function outAfter(graceMs: number, sinceMs: number, input: LivenessInput): Liveness {
  const { probe, nowMs, heldUntilMs } = input;
  const cause = lostCause(probe);
  const endsAtMs = Math.max(sinceMs, heldUntilMs) + graceMs;
  if (nowMs >= endsAtMs) return settled('out', cause);
  return { kind: 'keep', cause, changesAtMs: Number.isFinite(endsAtMs) ? endsAtMs : undefined };
}

function lostCause(probe: ProbeSignal): LivenessCause {
  switch (probe) {
    case 'up':
      return 'member lost, addresses answer';
    case 'unknown':
      return UNKNOWN;
    case 'down':
      return 'member lost, addresses do not answer';
    default:
      return probe satisfies never;
  }
}
