/**
 * A FederatedHorizontalPodAutoscaler and what its copies say -> each cluster's limits. The overrides
 * remember what was planned; the copies only say what is made of it. Pure.
 *
 * Source: specs of Federation v1, 1.7, HPA, which remembered in the copies. Our choice: a cluster whose
 * copy is not seen with the limits that were planned for it neither gives nor takes.
 */

import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import { valueAt } from '../../api/untyped.ts';
import {
  type AutoscalerLimits,
  type ClusterAutoscaler,
  type FoundAutoscaler,
  planAutoscalers,
} from './autoscaler-planner.ts';
import { type CandidateVerdict, whyNobody } from './candidates.ts';
import { askedShares, type Share } from './scheduled-object.ts';
import {
  MAX_REPLICAS_PATH,
  MIN_REPLICAS_PATH,
  type PlannedShares,
  SHARED_AUTOSCALERS,
} from './shared-kinds.ts';

export interface AutoscalerPlace {
  /** Of the clusters that it may be in. */
  readonly verdicts: ReadonlyMap<string, CandidateVerdict>;
  /** Its copies, by cluster; those that are seen. */
  readonly copies: ReadonlyMap<string, FoundAutoscaler>;
  /** Since 1970. */
  readonly nowMs: number;
  readonly scaleRestMs: number;
}

export function shareAutoscaler(object: FederatedObject, place: AutoscalerPlace): PlannedShares {
  const { verdicts, nowMs, scaleRestMs } = place;
  const limits = limitsOf(object);
  if (typeof limits === 'string') return { kind: 'none', reason: 'Invalid', message: limits };
  const asked = askedShares(object, SHARED_AUTOSCALERS.paths);
  const clusters: ClusterAutoscaler[] = [];
  for (const [name, verdict] of verdicts) {
    const found = foundIn(name, asked.get(name), place);
    // Who is away keeps what it has, and is given none that it has not.
    if (verdict === 'in' || (verdict === 'kept' && found !== undefined)) {
      clusters.push({ name, found });
    }
  }
  if (clusters.length === 0) {
    return { kind: 'none', reason: 'NoClusters', message: whyNobody('a share', verdicts) };
  }
  const planned = planAutoscalers(clusters, { ...limits, key: object.key, nowMs, scaleRestMs });
  return {
    kind: 'shared',
    shares: new Map([...planned].map(([cluster, one]) => [cluster, shareOf(one)])),
    message: [...planned].map(([cluster, one]) => `${cluster} ${inWords(one)}`).join(', '),
    lookAgainMs: restLeft(clusters, place),
  };
}

/** A text: what is wrong. */
function limitsOf({ template }: FederatedObject): AutoscalerLimits | string {
  const minReplicas = valueAt(template, 'spec', 'minReplicas') ?? 1;
  const maxReplicas = valueAt(template, 'spec', 'maxReplicas');
  const isCount = (value: unknown): value is number =>
    Number.isInteger(value) && Number(value) >= 0;
  if (!isCount(maxReplicas) || maxReplicas === 0) {
    return 'spec.template.spec.maxReplicas: is no count above 0';
  }
  if (!isCount(minReplicas)) return 'spec.template.spec.minReplicas: is no count';
  if (minReplicas > maxReplicas) return 'spec.template.spec.minReplicas: is above maxReplicas';
  return { minReplicas, maxReplicas };
}

/** With the limits that were planned for it; undefined: none were. */
function foundIn(
  cluster: string,
  asked: Share | undefined,
  { verdicts, copies, nowMs }: AutoscalerPlace,
): FoundAutoscaler | undefined {
  const maxReplicas = asked?.get(MAX_REPLICAS_PATH);
  if (maxReplicas === undefined) return undefined;
  const minReplicas = asked?.get(MIN_REPLICAS_PATH) ?? 1;
  const copy = copies.get(cluster);
  const isCarriedOut =
    verdicts.get(cluster) === 'in' &&
    copy?.maxReplicas === maxReplicas &&
    (copy.minReplicas ?? 1) === minReplicas;
  if (isCarriedOut) return { ...copy, minReplicas, maxReplicas };
  return { minReplicas, maxReplicas, currentReplicas: 0, desiredReplicas: 0, lastScaleMs: nowMs };
}

/** Until the next of those that scaled lately may give and take. Its clock may be ahead of ours. */
function restLeft(
  clusters: readonly ClusterAutoscaler[],
  { copies, nowMs, scaleRestMs }: AutoscalerPlace,
): number | undefined {
  const rests = clusters.flatMap(({ name }) => {
    const lastScaleMs = copies.get(name)?.lastScaleMs;
    if (lastScaleMs === undefined || nowMs - lastScaleMs >= scaleRestMs) return [];
    return [Math.min(lastScaleMs + scaleRestMs - nowMs, scaleRestMs)];
  });
  return rests.length === 0 ? undefined : Math.min(...rests);
}

function shareOf({ minReplicas, maxReplicas }: AutoscalerLimits): Share {
  return new Map([
    [MIN_REPLICAS_PATH, minReplicas],
    [MAX_REPLICAS_PATH, maxReplicas],
  ]);
}

function inWords({ minReplicas, maxReplicas }: AutoscalerLimits): string {
  return `${minReplicas} to ${maxReplicas}`;
}
