/**
 * The condition `fedns.io/Watched` of a KubeFedCluster: what it says of a member, and its place
 * beside the conditions of others. Pure.
 */

import { listAt, textAt, valueAt } from '../../api/untyped.ts';

/** What is known of a member. */
export interface KnownOfMember {
  /** Of its object or Secret; undefined: both are good. */
  readonly problem: string | undefined;
  /** It is watched: by this access, or by the one that was good before. */
  readonly hasAccess: boolean;
  /** undefined: not read yet. */
  readonly api: 'fresh' | 'lost' | undefined;
  /** Why it is lost. */
  readonly reason: string;
}

export interface WatchedCondition {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: 'Fresh' | 'AccessKept' | 'Lost' | 'NotReadYet' | 'AccessUnusable';
  readonly message: string;
}

/** Its name: ours, for KubeFed's own conditions (Ready, Offline) say something else. */
export const WATCHED = 'fedns.io/Watched';

export function watchedCondition(known: KnownOfMember): WatchedCondition {
  const { problem, hasAccess, api, reason } = known;
  if (!hasAccess) {
    const message = `${problem ?? 'no access is known'}: it cannot be read`;
    return { status: 'False', reason: 'AccessUnusable', message };
  }
  const kept = problem === undefined ? '' : `${problem}: the access it had stays`;
  if (api === 'fresh') {
    return kept === ''
      ? { status: 'True', reason: 'Fresh', message: 'watched, and its API answers' }
      : { status: 'True', reason: 'AccessKept', message: kept };
  }
  const also = kept === '' ? '' : `; ${kept}`;
  if (api === undefined) {
    return { status: 'Unknown', reason: 'NotReadYet', message: `not read yet${also}` };
  }
  const message = `what it said last stays: ${reason}${also}`;
  return { status: 'False', reason: 'Lost', message };
}

export function isSaidIn(object: unknown, { status, reason, message }: WatchedCondition): boolean {
  const said = conditionsOf(object).find((one) => textAt(one, 'type') === WATCHED);
  return (
    textAt(said, 'status') === status &&
    textAt(said, 'reason') === reason &&
    textAt(said, 'message') === message
  );
}

/**
 * Merge patch (RFC 7386) of the status: a list is replaced whole, so the others' conditions are in
 * it as they were read, and the resource version says that they are so still.
 */
export function patchWith(object: unknown, condition: WatchedCondition, now: Date): object {
  const conditions = conditionsOf(object);
  const before = conditions.find((one) => textAt(one, 'type') === WATCHED);
  // Kubernetes' times are of whole seconds.
  const lastProbeTime = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const hasTurned = textAt(before, 'status') !== condition.status;
  const turnedBefore = hasTurned ? undefined : textAt(before, 'lastTransitionTime');
  const ours = {
    type: WATCHED,
    ...condition,
    lastProbeTime,
    lastTransitionTime: turnedBefore ?? lastProbeTime,
  };
  const others = conditions.filter((one) => textAt(one, 'type') !== WATCHED);
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
  return { metadata: { resourceVersion }, status: { conditions: [...others, ours] } };
}

function conditionsOf(object: unknown): readonly unknown[] {
  return listAt(valueAt(object, 'status', 'conditions'));
}
