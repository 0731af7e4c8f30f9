/**
 * How the limits of a HorizontalPodAutoscaler are shared: the maximums of the clusters sum up to
 * its maximum, their minimums to its minimum or more. What scales in a cluster stays that cluster's
 * matter; between clusters one replica at a time moves, from who does not use it to who needs it.
 * Pure: the same objects give the same plan, in whatever order they come.
 *
 * Source: specs of Federation v1, HPA. Our choices where it left things to chance: the order is
 * that of replicas (spread-order.ts), what nobody needs stays where it is, one that never had to
 * scale may give and take, and nobody gives or takes so that it would want it back at once: there it
 * let a single replica go to and fro.
 */

import { type Level, shareLevels } from './levels.ts';
import { inSpreadOrder } from './spread-order.ts';

/** Federation v1's: who has just scaled is let alone for so long, or replicas thrash. */
export const SCALE_REST_MS_DEFAULT = 120_000;

export interface AutoscalerWish {
  /** undefined: 1. Not above the maximum. */
  readonly minReplicas: number | undefined;
  readonly maxReplicas: number;
  /** `namespace/name` of the autoscaler. */
  readonly key: string;
  /** By the clock that `lastScaleMs` is of: since 1970. */
  readonly nowMs: number;
  readonly scaleRestMs: number;
}

/** A cluster that may get one; names are unique. */
export interface ClusterAutoscaler {
  readonly name: string;
  /** undefined: it has none. */
  readonly found: FoundAutoscaler | undefined;
}

export interface FoundAutoscaler {
  readonly minReplicas: number | undefined;
  readonly maxReplicas: number;
  /** From its status. */
  readonly currentReplicas: number;
  /** 0: it has not yet decided. */
  readonly desiredReplicas: number;
  /** undefined: it never had to. */
  readonly lastScaleMs: number | undefined;
}

export interface AutoscalerLimits {
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** By cluster, sorted; a cluster whose share is 0 gets none, and what it has goes. */
export function planAutoscalers(
  clusters: readonly ClusterAutoscaler[],
  wish: AutoscalerWish,
): ReadonlyMap<string, AutoscalerLimits> {
  const ordered = inSpreadOrder(
    clusters.map((cluster) => ({ ...cluster, weight: 1 })),
    wish.key,
  );
  const min = wish.minReplicas ?? 1;
  // 0 only where it is asked for: most API servers refuse it.
  const floor = Math.min(1, min);
  const seated = planMaxima(ordered, wish);
  const minima = seated.map(({ found, maxReplicas }) =>
    minimumOf(found, { ...wish, floor, maxReplicas }),
  );
  // Floors may sum up to more than the minimum: better than a single cluster with all of it.
  shareLevels(minima, { total: min, fairShare: Math.floor(min / ordered.length) });
  return new Map(
    seated
      .map(({ name, maxReplicas }, index) => {
        return [name, { minReplicas: minima[index]?.value ?? floor, maxReplicas }] as const;
      })
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}

interface Seated extends ClusterAutoscaler {
  readonly maxReplicas: number;
}

function planMaxima(ordered: readonly ClusterAutoscaler[], wish: AutoscalerWish): Seated[] {
  const { maxReplicas: total } = wish;
  const maxima = ordered.map(({ found }) => maximumOf(found, wish));
  // At least 2: with both limits at 1 nothing could ever move.
  const fairShare = Math.max(2, Math.floor(total / ordered.length));
  let tooMany = shareLevels(maxima, { total, fairShare });
  for (const level of maxima.toReversed()) {
    if (tooMany === 0) break;
    if (level.value === 0) continue;
    level.value = 0;
    tooMany -= 1;
  }
  return ordered.flatMap((cluster, index) => {
    const maxReplicas = maxima[index]?.value ?? 0;
    return maxReplicas === 0 ? [] : [{ ...cluster, maxReplicas }];
  });
}

type Moment = Pick<AutoscalerWish, 'nowMs' | 'scaleRestMs'>;

function maximumOf(found: FoundAutoscaler | undefined, moment: Moment): Level {
  const room = { floor: 1, ceiling: Number.POSITIVE_INFINITY };
  if (found === undefined) return { ...room, value: 0, offers: false, needs: false, isNew: true };
  const { currentReplicas: current, desiredReplicas: desired, maxReplicas: max } = found;
  const hasRested = isRested(found, moment);
  // Of what it runs up to it keeps one above: without that one it would need it back.
  const isSpare = desired < current || (desired === current && desired + 1 < max);
  return {
    ...room,
    value: max,
    offers: hasRested && isSpare && max > Math.max(found.minReplicas ?? 1, 1),
    needs: hasRested && desired === current && current === max,
    isNew: false,
  };
}

/** Bounds are those of now: the maximum is planned already. */
function minimumOf(
  found: FoundAutoscaler | undefined,
  bounds: Moment & { readonly floor: number; readonly maxReplicas: number },
): Level {
  const { floor, maxReplicas: ceiling } = bounds;
  if (found === undefined) {
    return { floor, ceiling, value: floor, offers: false, needs: false, isNew: true };
  }
  const { currentReplicas: current, desiredReplicas: desired, minReplicas: min = 1 } = found;
  const hasRested = isRested(found, bounds);
  const isStuck = desired === 0 || (desired === current && current === min);
  const value = Math.min(Math.max(min, floor), ceiling);
  return {
    floor,
    ceiling,
    value,
    offers: hasRested && isStuck && value > floor,
    // Runs above the next minimum, too: or it would be stuck at it, and give it back.
    needs: hasRested && desired > min + 1,
    isNew: false,
  };
}

function isRested({ lastScaleMs }: FoundAutoscaler, { nowMs, scaleRestMs }: Moment): boolean {
  return lastScaleMs === undefined || nowMs - lastScaleMs >= scaleRestMs;
}
