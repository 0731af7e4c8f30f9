/**
 * Whether a cluster is ready, from probes of its API: what each probe says, and how many it takes to
 * believe it. Pure.
 *
 * Source: specs of KubeFed 0.10, "Cluster controller". Our choice: thresholds count consecutive
 * samples that say the opposite (KubeFed's count the age of what was published: its issue 1496).
 */

export type ProbeSample =
  | { readonly kind: 'ready' }
  /** It answered, with something else than "ok". */
  | { readonly kind: 'not ready'; readonly message: string }
  | { readonly kind: 'offline'; readonly message: string }
  | { readonly kind: 'malformed'; readonly message: string };

export interface HealthThresholds {
  /** Of samples in a row that are not ready. */
  readonly failure: number;
  readonly success: number;
}

export interface ClusterHealth {
  /** What is published. */
  readonly sample: ProbeSample;
  /** Samples in a row that say the opposite of what is published. */
  readonly oppositeCount: number;
}

/** The first sample counts at once. */
export function nextHealth(
  before: ClusterHealth | undefined,
  sample: ProbeSample,
  thresholds: HealthThresholds,
): ClusterHealth {
  if (before === undefined) return { sample, oppositeCount: 0 };
  const isReady = sample.kind === 'ready';
  // Not ready in another way is news, and changes nobody's placement.
  if (isReady === (before.sample.kind === 'ready')) return { sample, oppositeCount: 0 };
  const oppositeCount = before.oppositeCount + 1;
  const needed = isReady ? thresholds.success : thresholds.failure;
  if (oppositeCount >= needed) return { sample, oppositeCount: 0 };
  return { sample: before.sample, oppositeCount };
}

/** Condition -> its reasons: KubeFed's, and those of the token, ours. */
export interface ClusterReasons {
  readonly Ready: 'ClusterReady' | 'ClusterNotReady';
  readonly Offline: 'ClusterReachable' | 'ClusterNotReachable';
  readonly ConfigMalformed: 'ClusterConfigMalformed';
  readonly 'fedns.io/Token': 'Valid' | 'NeverEnds' | 'RenewalDue' | 'RenewalFailed' | 'Ended';
}

export type ClusterCondition = {
  [Type in keyof ClusterReasons]: {
    readonly type: Type;
    readonly status: 'True' | 'False';
    readonly reason: ClusterReasons[Type];
    readonly message: string;
  };
}[keyof ClusterReasons];

/** KubeFed's conditions, types, reasons. */
export function conditionsOf(sample: ProbeSample): readonly ClusterCondition[] {
  switch (sample.kind) {
    case 'ready':
      return [
        {
          type: 'Ready',
          status: 'True',
          reason: 'ClusterReady',
          message: '/healthz responded with ok',
        },
      ];
    case 'not ready':
      return [
        {
          type: 'Ready',
          status: 'False',
          reason: 'ClusterNotReady',
          message: `/healthz responded without ok: ${sample.message}`,
        },
        {
          type: 'Offline',
          status: 'False',
          reason: 'ClusterReachable',
          message: 'cluster is reachable',
        },
      ];
    case 'offline':
      return [
        {
          type: 'Offline',
          status: 'True',
          reason: 'ClusterNotReachable',
          message: `cluster is not reachable: ${sample.message}`,
        },
      ];
    case 'malformed':
      return [
        {
          type: 'ConfigMalformed',
          status: 'True',
          reason: 'ClusterConfigMalformed',
          message: sample.message,
        },
      ];
    default:
      return sample satisfies never;
  }
}

/** Types that the control plane writes: others' conditions stay as they are. */
export const PROBED_TYPES: ReadonlySet<string> = new Set([
  'Ready',
  'Offline',
  'ConfigMalformed',
  'fedns.io/Token',
]);

/** As the conditions of a KubeFedCluster say it: what a start begins from. */
export function sampleOf(
  conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly message: string;
  }[],
): ProbeSample | undefined {
  const of = (type: string) => conditions.find((one) => one.type === type);
  if (of('Ready')?.status === 'True') return { kind: 'ready' };
  const malformed = of('ConfigMalformed');
  if (malformed?.status === 'True') return { kind: 'malformed', message: malformed.message };
  const offline = of('Offline');
  if (offline?.status === 'True') return { kind: 'offline', message: offline.message };
  const ready = of('Ready');
  return ready && { kind: 'not ready', message: ready.message };
}
