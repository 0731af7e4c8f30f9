/**
 * How clusters share a Job, as Federation v1 had it written: JSON in an annotation, there of the Job,
 * here of the FederatedJob.
 *
 *   federation.kubernetes.io/job-preferences: '{"clusters": {"a": {"weight": 2}, "*": {"weight": 1}}}'
 *
 * Source: specs of Federation v1, 1.7. Our choices: `{}` shares evenly, as a ReplicaSchedulingPreference
 * that names no cluster; a field that is not known is refused; `rebalance` may be said and means
 * nothing, for what a Job has begun stays where it is.
 */

import { z } from 'zod';
import { formatFieldProblem } from './kubefed/field-problem.ts';
import {
  asMap,
  type ClusterPreference,
  clusterPreferencesFrom,
  ORDERED_PREFERENCES,
  problemsOf,
  trueOrFalse,
} from './kubefed/replica-scheduling-preference.ts';
import { bad, good, type Read } from './read.ts';

const JOB_PREFERENCES = z.strictObject(
  { rebalance: trueOrFalse.nullish(), clusters: ORDERED_PREFERENCES.nullish() },
  asMap,
);

/** By cluster; `*` is for every cluster that is not named. */
export function readJobPreferences(text: string): Read<ReadonlyMap<string, ClusterPreference>> {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return bad('is no JSON');
  }
  const checked = JOB_PREFERENCES.safeParse(said);
  if (checked.success) return good(clusterPreferencesFrom(checked.data.clusters));
  return bad(problemsOf(checked.error).map(formatFieldProblem).join('; '));
}
