/**
 * Removals that a type holds back, as the status of its FederatedTypeConfig says them, and the
 * annotation by which a person lets just these go. Ours: KubeFed removes at once.
 */

import { listAt, textAt, textMapAt } from './untyped.ts';

export interface TypeHold {
  /** Of the FederatedTypeConfig: `deployments.apps`. */
  readonly type: string;
  /** Of just these removals: whatever comes or goes makes it another. */
  readonly id: string;
  readonly count: number;
  readonly reason: string;
}

/** Its value is the id that a person accepts; the control plane takes it away once it has read it. */
export const ACCEPT_ANNOTATION = 'fedns.io/accept-removals';

/** undefined: nothing of it is held. */
export function readTypeHold(typeConfig: unknown): TypeHold | undefined {
  const ready = listAt(typeConfig, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Ready',
  );
  if (textAt(ready, 'reason') !== 'RemovalsHeld') return undefined;
  const said = HELD_MESSAGE.exec(textAt(ready, 'message') ?? '');
  if (said === null) return undefined;
  const [, count = '', reason = '', id = ''] = said;
  const type = textAt(typeConfig, 'metadata', 'name') ?? '';
  return { type, id, count: Number(count), reason };
}

/** The id that waits to be taken; undefined: none does. */
export function acceptedId(typeConfig: unknown): string | undefined {
  return textMapAt(typeConfig, 'metadata', 'annotations').get(ACCEPT_ANNOTATION);
}

const HELD_MESSAGE = /^(\d+) removals held: (.*); "fedns accept (\S+)" lets them go$/s;
