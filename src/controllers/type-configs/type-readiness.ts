/** What the status of a type config says of its engine: the condition Ready. Ours; KubeFed has none. */

import { apiVersionOf } from '../../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../../api/kubefed/federated-type-config.ts';
import { listAt, textAt } from '../../api/untyped.ts';
import { removedTarget } from '../../federation/conversion/removed-versions.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import type { SyncType } from '../sync/sync-type.ts';

interface Readiness {
  readonly status: 'True' | 'False';
  readonly reason:
    | 'Running'
    | 'Disabled'
    | 'NamespacesNotFederated'
    | 'OutOfScope'
    | 'RemovalsHeld'
    | 'TargetRemoved';
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
      const message = 'a federation of one namespace has no types of the whole cluster';
      return { status: 'False', reason: 'OutOfScope', message };
    }
    const message = 'the type config "namespaces" is not running';
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

/** With the time since when it is so. */
export function conditionOf(object: unknown, { status, reason, message }: Readiness): object {
  const before = listAt(object, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Ready',
  );
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const isSame = textAt(before, 'status') === status;
  const since = isSame ? (textAt(before, 'lastTransitionTime') ?? now) : now;
  const said = { type: 'Ready', status, reason, lastTransitionTime: since };
  return message === '' ? said : { ...said, message };
}
