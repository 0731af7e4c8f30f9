/**
 * ReplicaSchedulingPreferences where KubeFed's gate SchedulerPreferences is Disabled: nothing is planned,
 * and each says so in its condition Ready.
 */

import { collectionPath } from '../../../api/kubefed/api-resource.ts';
import { PREFERENCES } from '../../../api/kubefed/replica-scheduling-preference.ts';
import type { ListWatchLimits } from '../../../kubernetes/limits.ts';
import { FollowedCollection } from '../../../kubernetes/reconciling/followed-collection.ts';
import type { PacedClient } from '../../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome, WorkQueue } from '../../../kubernetes/reconciling/work-queue.ts';
import { PREFERENCES_AT_ONCE, RETRY_MAX_MS, RETRY_MIN_MS } from '../../limits.ts';
import { outcomeOf } from '../../outcome-of.ts';
import { type ReadyPreference, writeReady } from './ready-condition.ts';

export interface IdlePreferencesOptions {
  readonly host: PacedClient;
  /** Only of this one; undefined: of all. */
  readonly namespace: string | undefined;
  readonly onFault: (key: string, error: unknown) => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

const DISABLED: ReadyPreference = {
  status: 'False',
  reason: 'Disabled',
  message: 'spec.featureGates of the KubeFedConfig: SchedulerPreferences is Disabled',
};

export class IdlePreferences {
  readonly #host: PacedClient;
  readonly #preferences: FollowedCollection<unknown>;
  readonly #queue: WorkQueue;

  constructor({ host, namespace, onFault, limits }: IdlePreferencesOptions) {
    this.#host = host;
    this.#queue = new WorkQueue({
      controller: 'replica-scheduling',
      concurrency: PREFERENCES_AT_ONCE,
      backoffMinMs: RETRY_MIN_MS,
      backoffMaxMs: RETRY_MAX_MS,
      work: (key) => this.#tell(key).catch(outcomeOf),
      onFault,
    });
    this.#preferences = new FollowedCollection<unknown>({
      client: host.client,
      path: collectionPath(PREFERENCES, namespace),
      project: (object) => object,
      onObject: (key) => this.#queue.add(key),
      limits,
    });
  }

  start(): void {
    this.#preferences.start();
    this.#queue.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#preferences.stop(), this.#queue.stop()]);
  }

  async #tell(key: string): Promise<Outcome> {
    const object = this.#preferences.get(key);
    if (object === undefined) return DONE;
    await writeReady(this.#host, object, DISABLED);
    return DONE;
  }
}
