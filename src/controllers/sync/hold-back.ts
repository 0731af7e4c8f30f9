/**
 * What would be done about a copy, and is to wait: its owner paused it, its share is not planned yet,
 * it is another cluster's turn, others change it again and again, or a removal is not let go.
 */

import { resourceName } from '../../api/kubefed/api-resource.ts';
import type { CopyPlan } from '../../federation/copies/copy-plan.ts';
import { waitToUndo } from '../../federation/copies/drift-patience.ts';
import { waitForTurn } from '../../federation/copies/rollout.ts';
import type { CopyResult } from '../../federation/propagation-status.ts';
import { awaitsShare } from '../../federation/replicas/shared-kinds.ts';
import type { ObjectState } from './object-state.ts';
import type { Asked, HeldRemovals, Loss, RemovalGate } from './removal-gate.ts';

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
  if (step.kind === 'nothing' || state.deletion !== 'none') return undefined;
  if (object.isPaused) return { status: 'Paused', message: '"fedns resume" lets it go on' };
  if (step.kind !== 'write') return undefined;
  if (awaitsShare(object, resourceName(target), cluster)) {
    return { status: 'SharePending', message: 'its share is not planned yet' };
  }
  const before = state.recorded.get(cluster)?.contentHash;
  const isChange = before !== undefined && before !== state.content(cluster).contentHash;
  if (!isChange) {
    const waitMs = waitToUndo(state.undone.get(cluster), performance.now());
    if (waitMs === 0) return undefined;
    wakeAfter(waitMs);
    return { status: 'UpdateFailed', message: 'others change it there again and again' };
  }
  if (object.rollout === undefined || state.isMarkAlone(cluster)) return undefined;
  const waitMs = waitForTurn(cluster, state.rolling(), object.rollout, performance.now());
  if (waitMs === 0) {
    state.rolls(cluster);
    return undefined;
  }
  if (Number.isFinite(waitMs)) wakeAfter(waitMs);
  return { status: 'RolloutPending', message: 'waits for its turn' };
}

/** `key`: of the object. */
export function askGate(
  gate: RemovalGate,
  { cluster, key, state, step }: Omit<Step, 'wakeAfter'> & { readonly key: string },
): Asked {
  // On its way: what was allowed is allowed until it is known to be gone.
  if (step.kind === 'nothing' && step.status === 'WaitingForRemoval') return 'go';
  const isEmptied = step.kind === 'write' && step.isEmptying;
  const isLost = (step.kind === 'remove' || step.kind === 'release') && !step.isAsked;
  if (!isEmptied && !isLost) {
    gate.forget(cluster, key);
    return 'go';
  }
  return gate.ask({
    cluster,
    key,
    isEmptied,
    isByEdit: state.isEdited,
    loss: lossOf(state, cluster),
  });
}

/** Unasked it goes with its namespace or type, or by a host that does not know it any more. */
function lossOf(state: ObjectState, cluster: string): Loss | undefined {
  if (state.deletion === 'delete') return 'object';
  const isUnknown = state.deletion === 'none' && !state.isPlaced(cluster);
  return isUnknown && !state.isEdited && state.isUnrecorded(cluster) ? 'record' : undefined;
}

export function heldResult({ id = '', reason = '' }: Partial<HeldRemovals> = {}): CopyResult {
  return { status: 'RemovalHeld', message: `${reason}: kept until "fedns accept ${id}"` };
}
