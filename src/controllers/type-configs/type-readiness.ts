/** What the status of a type config says of its engine: the condition Ready. Ours; KubeFed has none. */

import { apiVersionOf } from '../../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../../api/kubefed/federated-type-config.ts';
import { listAt, textAt, valueAt } from '../../api/untyped.ts';
import { canonicalJson } from '../../federation/canonical-json.ts';
import { removedTarget } from '../../federation/conversion/removed-versions.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import type { SyncType } from '../sync/sync-type.ts';

export type ReadinessReason =
  | 'Running'
  | 'Disabled'
  | 'Invalid'
  | 'NamespacesNotFederated'
  | 'OutOfScope'
  | 'RemovalsHeld'
  | 'TargetRemoved';

interface Readiness {
  readonly status: 'True' | 'False';
  readonly reason: ReadinessReason;
  readonly message: string;
}

/**
 * `removed`: that the host serves its target no more, and what to do; members that still do have
 * their copies all the same.
 */
export function readiness(
  config: FederatedTypeConfig,
  engine: Pick<SyncType, 'gate'> | undefined,
  removed?: string,
): Readiness {
  if (engine === undefined) {
    if (!config.isPropagating) {
      // As it is wanted: whoever waits for all types to be ready waits for nothing here.
      return { status: 'True', reason: 'Disabled', message: 'spec.propagation is Disabled' };
    }
    if (removed !== undefined) return removedAs(removed);
    if (!config.target.isNamespaced) {
      const message =
        'spec.targetType.scope: is Cluster, and spec.scope of the KubeFedConfig is Namespaced';
      return { status: 'False', reason: 'OutOfScope', message };
    }
    const message = 'FederatedTypeConfig "namespaces", which this type needs, does not propagate';
    return { status: 'False', reason: 'NamespacesNotFederated', message };
  }
  const { held } = engine.gate;
  if (held === undefined && removed !== undefined) return removedAs(removed);
  if (held === undefined) return { status: 'True', reason: 'Running', message: '' };
  const message = `${held.count} removals held: ${held.reason}; "fedns accept ${held.id}" lets them go`;
  return { status: 'False', reason: 'RemovalsHeld', message };
}

function removedAs(problem: string): Readiness {
  const message = `spec.targetType.version: ${problem}`;
  return { status: 'False', reason: 'TargetRemoved', message };
}

/**
 * What is wrong with a target that Kubernetes has removed, once the host has none of it, either;
 * undefined: nothing, or it cannot be asked now.
 */
export async function removedFrom(
  host: Pick<PacedClient, 'get'>,
  { target, isPropagating }: FederatedTypeConfig,
): Promise<string | undefined> {
  const problem = removedTarget(target);
  if (problem === undefined || !isPropagating) return undefined;
  try {
    const listed = await host.get(`/apis/${apiVersionOf(target)}`);
    const isServed = listAt(listed, 'resources').some(
      (one) => textAt(one, 'name') === target.plural,
    );
    return isServed ? undefined : problem;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 404 ? problem : undefined;
  }
}

/** Of a stored one that admission would refuse: nothing of it runs. */
export function unreadable(problem: string): Readiness {
  return { status: 'False', reason: 'Invalid', message: problem };
}

export interface TypeStatus {
  readonly readiness: Readiness;
  readonly isRunning: boolean;
  /** undefined: its type config asks for none. */
  readonly keepsStatuses: boolean | undefined;
}

/** `path`: of the type config. Where the status differs. Throws ApiError. */
export async function writeTypeStatus(
  host: Pick<PacedClient, 'patch'>,
  path: string,
  object: unknown,
  { readiness: said, isRunning, keepsStatuses }: TypeStatus,
): Promise<void> {
  const status = {
    observedGeneration: Number(valueAt(object, 'metadata', 'generation') ?? 0),
    propagationController: stateOf(isRunning),
    ...(keepsStatuses !== undefined && { statusController: stateOf(keepsStatuses) }),
    conditions: [conditionOf(object, said)],
  };
  if (canonicalJson(valueAt(object, 'status')) === canonicalJson(status)) return;
  await host.patch(`${path}/status`, { status });
}

function stateOf(isRunning: boolean): 'Running' | 'NotRunning' {
  return isRunning ? 'Running' : 'NotRunning';
}

/** With the time since when it is so. */
function conditionOf(object: unknown, { status, reason, message }: Readiness): object {
  const before = listAt(object, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Ready',
  );
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const isSame = textAt(before, 'status') === status;
  const since = isSame ? (textAt(before, 'lastTransitionTime') ?? now) : now;
  const said = { type: 'Ready', status, reason, lastTransitionTime: since };
  return message === '' ? said : { ...said, message };
}
