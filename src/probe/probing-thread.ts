/**
 * The probing thread: the prober's loop in a worker of its own, so that sockets wait for nobody's
 * decisions and no decision for sockets. Takes orders in batches, tells what changed in batches.
 *
 * A target goes by a number that is never given again: what is told of one that was let go, even
 * of one wanted again since, is of a number nobody knows.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { toCommonMs, toOwnMs } from '../runtime/common-clock.ts';
import { AddressProber } from './address-prober.ts';
import { PROBE_NEWS_MS, PROBE_PULSE_MS } from './limits.ts';
import type { ProbeSettings } from './probe-settings.ts';
import type { ProbeCounts } from './probe-tally.ts';
import type { ProbeTarget } from './probe-target.ts';
import { goingOnFrom, type ProbeState } from './verdict.ts';

/** What it is started with. */
export interface ProbingStart {
  readonly settings: ProbeSettings;
}

export interface AddedTarget {
  readonly id: number;
  readonly target: ProbeTarget;
  /** What is known of it; `sinceMs` by the common clock. */
  readonly state: ProbeState;
}

export type ProbeOrder =
  | {
      readonly kind: 'targets';
      readonly removed: readonly number[];
      readonly added: readonly AddedTarget[];
    }
  /** Test hook: the thread dies. */
  | { readonly kind: 'throw' };

/** In the order in which it was found out. `sinceMs` by the common clock. */
export type FoundState = readonly [id: number, state: ProbeState];

/** All that was found out until now: what it says of the others is no older than any verdict in it. */
export interface ProbeNews {
  readonly found: readonly FoundState[];
  readonly counts: ProbeCounts;
}

// A refused address is no bug: where in our code it was refused is told to nobody, and costs a fifth.
if (parentPort !== null) Error.stackTraceLimit = 0;
if (parentPort !== null) probe(parentPort, workerData as ProbingStart);

function probe(port: NonNullable<typeof parentPort>, { settings }: ProbingStart): void {
  let found: FoundState[] = [];
  let toldMs = performance.now();
  const prober = new AddressProber({
    settings,
    onState: (key, state) => {
      const { verdict, sinceMs, reason, everUp, isInDoubt } = state;
      const told = { verdict, sinceMs: toCommonMs(sinceMs), reason, lastMs: undefined };
      found.push([Number(key), { ...told, everUp, isInDoubt }]);
    },
  });
  port.on('message', (order: ProbeOrder) => {
    if (order.kind === 'throw') throw new Error('told to throw');
    for (const id of order.removed) prober.remove(id);
    for (const { id, target, state } of order.added) {
      const sinceMs = Math.floor(toOwnMs(state.sinceMs));
      prober.add(target, goingOnFrom({ ...state, sinceMs }), id);
    }
  });
  setInterval(() => {
    const nowMs = performance.now();
    if (found.length === 0 && nowMs - toldMs < PROBE_PULSE_MS) return;
    toldMs = nowMs;
    port.postMessage({ found, counts: prober.counts() } satisfies ProbeNews);
    found = [];
  }, PROBE_NEWS_MS);
  prober.start();
}
