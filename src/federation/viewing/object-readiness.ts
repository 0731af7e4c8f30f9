/**
 * How well an object is, in one word, of any type: replicas ready of those wanted, the word of a
 * condition, a phase. Also how old it is. For tables; pure.
 *
 * Source: Kubernetes API conventions, "Typical status properties"; columns of kubectl.
 */

import { listAt, textAt, valueAt } from '../../api/untyped.ts';

/** `2/3`, `Running 1/2`, `NotReady`, `Complete`; `-`: its type says nothing of it. */
export function readinessOf(object: unknown): string {
  const deletedAt = textAt(object, 'metadata', 'deletionTimestamp');
  if (deletedAt !== undefined) return 'Terminating';
  return replicasOf(object) ?? podOf(object) ?? conditionOf(object) ?? phaseOf(object) ?? '-';
}

function replicasOf(object: unknown): string | undefined {
  const kind = textAt(object, 'kind');
  const count = (...path: readonly string[]) => Number(valueAt(object, ...path) ?? 0);
  switch (kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'ReplicationController':
      return `${count('status', 'readyReplicas')}/${valueAt(object, 'spec', 'replicas') ?? 1}`;
    case 'DaemonSet':
      return `${count('status', 'numberReady')}/${count('status', 'desiredNumberScheduled')}`;
    case 'Job':
      return `${count('status', 'succeeded')}/${valueAt(object, 'spec', 'completions') ?? 1}`;
    default:
      return undefined;
  }
}

function podOf(object: unknown): string | undefined {
  if (textAt(object, 'kind') !== 'Pod') return undefined;
  const states = listAt(object, 'status', 'containerStatuses');
  const ready = states.filter((one) => valueAt(one, 'ready') === true).length;
  const wanted = listAt(object, 'spec', 'containers').length;
  return `${phaseOf(object) ?? 'Unknown'} ${ready}/${wanted}`;
}

/** The first that is there decides. */
const GOOD_CONDITIONS = ['Ready', 'Available', 'Complete', 'Established', 'Programmed'];

function conditionOf(object: unknown): string | undefined {
  const conditions = listAt(object, 'status', 'conditions');
  for (const type of GOOD_CONDITIONS) {
    const found = conditions.find((one) => textAt(one, 'type') === type);
    if (found === undefined) continue;
    return textAt(found, 'status') === 'True' ? type : `Not${type}`;
  }
  return undefined;
}

function phaseOf(object: unknown): string | undefined {
  return textAt(object, 'status', 'phase');
}

/** `45s`, `12m`, `3h`, `8d`; `-`: nobody says since when. */
export function ageOf(since: string | undefined, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(since ?? '')) / 1000));
  if (Number.isNaN(seconds)) return '-';
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
