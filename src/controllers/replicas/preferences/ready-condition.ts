/** The condition Ready of a ReplicaSchedulingPreference, written where it differs. */

import { timeText, withConditions } from '../../../api/conditions.ts';
import { objectPath } from '../../../api/kubefed/api-resource.ts';
import { PREFERENCES } from '../../../api/kubefed/replica-scheduling-preference.ts';
import { listAt, textAt, valueAt } from '../../../api/untyped.ts';
import { canonicalJson } from '../../../federation/canonical-json.ts';
import type { PacedClient } from '../../../kubernetes/reconciling/paced-client.ts';
import type { PreferenceReason } from './plan-preference.ts';

export interface ReadyPreference {
  readonly status: 'True' | 'False';
  readonly reason: PreferenceReason;
  readonly message: string;
}

/** `preference`: as it was read. Throws ApiError. */
export async function writeReady(
  host: Pick<PacedClient, 'patch'>,
  preference: unknown,
  told: ReadyPreference,
): Promise<void> {
  const before = valueAt(preference, 'status');
  const generation = Number(valueAt(preference, 'metadata', 'generation') ?? 0);
  const facts = { generation, now: timeText(new Date()) };
  const conditions = withConditions(before, [{ type: 'Ready', ...told }], facts);
  if (canonicalJson(listAt(before, 'conditions')) === canonicalJson(conditions)) return;
  const name = textAt(preference, 'metadata', 'name') ?? '';
  const namespace = textAt(preference, 'metadata', 'namespace') ?? '';
  await host.patch(`${objectPath(PREFERENCES, { namespace, name })}/status`, {
    status: { conditions },
  });
}
