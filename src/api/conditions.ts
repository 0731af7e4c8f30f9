/**
 * Conditions of a status: ours laid among those of others, with times that move only on a turn.
 *
 * Source: Kubernetes API conventions, "Typical status properties".
 */

import { listAt, textAt } from './untyped.ts';

export interface SaidCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export interface ConditionFacts {
  /** Of the object, as it was read when this was found. */
  readonly generation: number;
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

/** The whole list: a merge patch replaces it. Others' stay as they are, in their places. */
export function withConditions(
  status: unknown,
  said: readonly SaidCondition[],
  { generation, now }: ConditionFacts,
): readonly unknown[] {
  const before = listAt(status, 'conditions');
  const ours = new Map(said.map((one) => [one.type, one]));
  const made = (condition: SaidCondition, old: unknown) => {
    const hasTurned = textAt(old, 'status') !== condition.status;
    const turnedBefore = hasTurned ? undefined : textAt(old, 'lastTransitionTime');
    const lastTransitionTime = turnedBefore ?? now;
    return { ...condition, lastTransitionTime, observedGeneration: generation };
  };
  const kept = before.map((old) => {
    const type = textAt(old, 'type') ?? '';
    const condition = ours.get(type);
    ours.delete(type);
    return condition === undefined ? old : made(condition, old);
  });
  return [...kept, ...[...ours.values()].map((condition) => made(condition, undefined))];
}

/** As Kubernetes writes times. */
export function timeText(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
