/**
 * What loops did, told to whoever counts: a channel of this thread, so that no queue need know whether
 * anybody does.
 */

import { channel } from 'node:diagnostics_channel';

/** One look at a key ended. */
export interface Reconciled {
  /** The loop. */
  readonly controller: string;
  /** `fault`: of our own, caught. */
  readonly result: 'done' | 'again' | 'failed' | 'fault';
  readonly seconds: number;
}

const RECONCILED = channel('fedns:reconciled');

/** `begunMs`: monotonic. */
export function tellReconciled(
  controller: string,
  result: Reconciled['result'],
  begunMs: number,
): void {
  if (!RECONCILED.hasSubscribers) return;
  const seconds = (performance.now() - begunMs) / 1000;
  RECONCILED.publish({ controller, result, seconds } satisfies Reconciled);
}

/** Gives its end. */
export function onReconciled(listener: (reconciled: Reconciled) => void): () => void {
  const heard = (message: unknown) => listener(message as Reconciled);
  RECONCILED.subscribe(heard);
  return () => RECONCILED.unsubscribe(heard);
}
