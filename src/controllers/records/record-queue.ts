/** Keys of records to look at again, as every loop of records has them. */

import { type Outcome, WorkQueue } from '../../kubernetes/reconciling/work-queue.ts';
import { RETRY_MAX_MS, RETRY_MIN_MS } from '../limits.ts';
import { outcomeOf } from '../outcome-of.ts';
import { RECORD_WRITES_AT_ONCE } from './limits.ts';

export interface RecordWork {
  readonly controller: string;
  /** Throws ApiError for what is to be tried again. */
  readonly reconcile: (key: string) => Promise<Outcome>;
  readonly onFault: (key: string, error: unknown) => void;
}

export function recordWork({ controller, reconcile, onFault }: RecordWork): WorkQueue {
  return new WorkQueue({
    controller,
    concurrency: RECORD_WRITES_AT_ONCE,
    backoffMinMs: RETRY_MIN_MS,
    backoffMaxMs: RETRY_MAX_MS,
    work: (key) => reconcile(key).catch(outcomeOf),
    onFault,
  });
}

/** Of the records that are there: another is forgotten. */
export class RecordQueue {
  readonly #records: { get(key: string): unknown; keys(): Iterable<string> };
  readonly #queue: WorkQueue;

  constructor(records: { get(key: string): unknown; keys(): Iterable<string> }, work: RecordWork) {
    this.#records = records;
    this.#queue = recordWork(work);
  }

  start(): void {
    this.#queue.start();
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  /** The record, or what a cluster has of it. */
  wake(key: string): void {
    if (this.#records.get(key) === undefined) this.#queue.forget(key);
    else this.#queue.hurry(key);
  }

  wakeAll(): void {
    for (const key of this.#records.keys()) this.#queue.add(key);
  }
}
