/** What the status of a type config says of its engine: the condition Ready. Ours; KubeFed has none. */

import type { FederatedTypeConfig } from '../../api/kubefed/federated-type-config.ts';
import { listAt, textAt } from '../../api/untyped.ts';
import type { SyncType } from '../sync/sync-type.ts';

interface Readiness {
  readonly status: 'True' | 'False';
  readonly reason:
    | 'Running'
    | 'Disabled'
    | 'NamespacesNotFederated'
    | 'OutOfScope'
    | 'RemovalsHeld';
  readonly message: string;
}

export function readiness(config: FederatedTypeConfig, engine: SyncType | undefined): Readiness {
  if (engine === undefined) {
    if (!config.isPropagating) {
      // As it is wanted: whoever waits for all types to be ready waits for nothing here.
      return { status: 'True', reason: 'Disabled', message: 'spec.propagation is Disabled' };
    }
    if (!config.target.isNamespaced) {
      const message = 'a federation of one namespace has no types of the whole cluster';
      return { status: 'False', reason: 'OutOfScope', message };
    }
    const message = 'the type config "namespaces" is not running';
    return { status: 'False', reason: 'NamespacesNotFederated', message };
  }
  const { held } = engine.gate;
  if (held === undefined) return { status: 'True', reason: 'Running', message: '' };
  const message = `${held.count} removals held: ${held.reason}; "fedns accept ${held.id}" lets them go`;
  return { status: 'False', reason: 'RemovalsHeld', message };
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
