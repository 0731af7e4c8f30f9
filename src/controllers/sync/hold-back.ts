/**
 * What would be done about a copy, and is to wait: its owner paused it, its share is not planned yet,
 * or it is another cluster's turn.
 */

import { resourceName } from '../../api/kubefed/api-resource.ts';
import type { CopyPlan } from '../../federation/copies/copy-plan.ts';
import { waitForTurn } from '../../federation/copies/rollout.ts';
import type { CopyResult } from '../../federation/propagation-status.ts';
import { awaitsShare } from '../../federation/replicas/shared-kinds.ts';
import type { ObjectState } from './object-state.ts';

export interface Step {
  readonly cluster: string;
  readonly state: ObjectState;
  readonly step: CopyPlan;
  /** It may be its turn by time alone. */
  readonly wakeAfter: (afterMs: number) => void;
}

/** undefined: it is done now. */
export function holdBack({ cluster, state, step, wakeAfter }: Step): CopyResult | undefined {
  const { object, target } = state.mold;
  if (state.deletion !== 'none') return undefined;
  if (object.isPaused) return { status: 'Paused', message: '"fedns resume" lets it go on' };
  if (step.kind !== 'write') return undefined;
  if (awaitsShare(object, resourceName(target), cluster)) {
    return { status: 'SharePending', message: 'its share is not planned yet' };
  }
  const before = state.recorded.get(cluster)?.contentHash;
  const isChange = before !== undefined && before !== state.content(cluster).contentHash;
  if (object.rollout === undefined || !isChange) return undefined;
  const waitMs = waitForTurn(cluster, state.rolling(), object.rollout, performance.now());
  if (waitMs === 0) {
    state.rolls(cluster);
    return undefined;
  }
  if (Number.isFinite(waitMs)) wakeAfter(waitMs);
  return { status: 'RolloutPending', message: 'waits for its turn' };
}
