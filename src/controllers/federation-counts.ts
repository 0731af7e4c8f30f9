/** What happens in the control plane, counted: writes into members, looks of every loop; how long each takes. */

import { Counter, Histogram, type Registry } from 'prom-client';
import { onReconciled, type Reconciled } from '../kubernetes/reconciling/reconciled.ts';

export interface FederationCounts {
  /** A write into a member ended; `result`: success, or the word of the status. */
  wrote(labels: WriteLabels, seconds: number): void;
}

export interface WriteLabels {
  readonly type: string;
  readonly operation: 'create' | 'update' | 'remove' | 'release';
  readonly result: string;
}

/** `dispatch_operation_duration_seconds` is KubeFed's name, and its actions. */
export function countWrites(registry: Registry): FederationCounts {
  const writes = new Counter({
    name: 'fedns_federation_copy_writes_total',
    help: 'Writes into members by type, operation and result.',
    labelNames: ['type', 'operation', 'result'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'dispatch_operation_duration_seconds',
    help: 'Duration of a write into a member.',
    labelNames: ['action'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return {
    wrote({ type, operation, result }, took) {
      writes.inc({ type, operation, result });
      seconds.observe({ action: operation === 'remove' ? 'delete' : operation }, took);
    },
  };
}

/** In controller-runtime's words, of which KubeFed had `success`, `error` and `needs_recheck`. */
const RESULTS: Readonly<Record<Reconciled['result'], string>> = {
  done: 'success',
  again: 'needs_recheck',
  failed: 'error',
  fault: 'panic',
};

/** Of every loop in this process, by its name; gives the end of counting. */
export function countReconciles(registry: Registry): () => void {
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Looks at a key by loop and result; panic: a fault of our own, caught.',
    labelNames: ['controller', 'result'],
    registers: [registry],
  });
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of a look at a key.',
    labelNames: ['controller'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30],
    registers: [registry],
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Looks at a key that failed, by loop; faults of our own among them.',
    labelNames: ['controller'],
    registers: [registry],
  });
  const health = new Histogram({
    name: 'cluster_health_status_duration_seconds',
    help: 'Until the health of a cluster was asked and its status written.',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 3, 10, 30],
    registers: [registry],
  });
  return onReconciled(({ controller, result, seconds }) => {
    total.inc({ controller, result: RESULTS[result] });
    time.observe({ controller }, seconds);
    if (result === 'failed' || result === 'fault') errors.inc({ controller });
    if (controller === 'cluster-health') health.observe(seconds);
  });
}
