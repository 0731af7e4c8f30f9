/**
 * The pods of a workload that has not all ready: how many are, and how many no node will take.
 *
 * Source: specs of KubeFed 0.10, RSP reconcile; the status of the condition Ready is read, which
 * KubeFed does not.
 */

import { listAt, textAt } from '../../../api/untyped.ts';
import type { WritingClient } from '../../../kubernetes/reconciling/paced-client.ts';
import { PODS_PAGE, UNSCHEDULABLE_AFTER_MS } from '../../limits.ts';

export interface PodCounts {
  readonly ready: number;
  /** For so long that they count against capacity. */
  readonly unschedulable: number;
  /** Not for that long yet. */
  readonly maybeUnschedulable: number;
}

/** Throws ApiError. */
export async function readPods(
  client: Pick<WritingClient, 'get'>,
  namespace: string,
  labels: ReadonlyMap<string, string>,
): Promise<PodCounts> {
  const labelSelector = [...labels].map(([key, value]) => `${key}=${value}`).join(',');
  const counts = { ready: 0, unschedulable: 0, maybeUnschedulable: 0 };
  let next = '';
  do {
    const query = {
      labelSelector,
      limit: String(PODS_PAGE),
      ...(next !== '' && { continue: next }),
    };
    const page = await client.get(`/api/v1/namespaces/${namespace}/pods`, { query });
    for (const pod of listAt(page, 'items')) count(pod, counts);
    next = textAt(page, 'metadata', 'continue') ?? '';
  } while (next !== '');
  return counts;
}

function count(
  pod: unknown,
  counts: { ready: number; unschedulable: number; maybeUnschedulable: number },
): void {
  if (textAt(pod, 'metadata', 'deletionTimestamp') !== undefined) return;
  const condition = (type: string) =>
    listAt(pod, 'status', 'conditions').find((one) => textAt(one, 'type') === type);
  const isRunning = textAt(pod, 'status', 'phase') === 'Running';
  if (isRunning && textAt(condition('Ready'), 'status') === 'True') counts.ready++;
  const scheduled = condition('PodScheduled');
  const isUnschedulable =
    textAt(scheduled, 'status') === 'False' && textAt(scheduled, 'reason') === 'Unschedulable';
  if (!isUnschedulable) return;
  const sinceMs = Date.parse(textAt(scheduled, 'lastTransitionTime') ?? '');
  if (Date.now() - sinceMs > UNSCHEDULABLE_AFTER_MS) counts.unschedulable++;
  else counts.maybeUnschedulable++;
}
