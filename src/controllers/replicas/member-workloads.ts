/** The workloads of one type in one member: as many as they want and have ready; followed. */

import { type ApiResource, collectionPath } from '../../api/kubefed/api-resource.ts';
import { textMapAt, valueAt } from '../../api/untyped.ts';
import { MANAGED_LABEL } from '../../federation/copies/member-object.ts';
import type { ApiClient } from '../../kubernetes/api-client.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { ListWatch } from '../../kubernetes/list-watch.ts';

export interface Workload {
  readonly wanted: number;
  readonly ready: number;
  /** Of its pods. */
  readonly labels: ReadonlyMap<string, string>;
}

export interface MemberWorkloadsOptions {
  readonly client: ApiClient;
  readonly target: ApiResource;
  readonly onWorkload: (key: string) => void;
  readonly onSynced: () => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class MemberWorkloads {
  readonly client: ApiClient;
  readonly #watch: ListWatch<Workload>;
  #workloads = new Map<string, Workload>();

  constructor({ client, target, onWorkload, onSynced, limits }: MemberWorkloadsOptions) {
    this.client = client;
    this.#watch = new ListWatch({
      client,
      path: collectionPath(target),
      query: { labelSelector: `${MANAGED_LABEL}=true` },
      project: (object): Workload => ({
        wanted: Number(valueAt(object, 'spec', 'replicas') ?? 1),
        ready: Number(valueAt(object, 'status', 'readyReplicas') ?? 0),
        labels: textMapAt(object, 'spec', 'selector', 'matchLabels'),
      }),
      sink: {
        replace: (workloads) => {
          this.#workloads = new Map(workloads);
          onSynced();
        },
        put: (key, workload) => {
          this.#workloads.set(key, workload);
          onWorkload(key);
        },
        remove: (key) => {
          this.#workloads.delete(key);
          onWorkload(key);
        },
      },
      ...(limits && { limits }),
    });
  }

  start(): void {
    this.#watch.start();
  }

  stop(): Promise<void> {
    return this.#watch.stop();
  }

  get hasSynced(): boolean {
    return this.#watch.status.hasSynced;
  }

  get(key: string): Workload | undefined {
    return this.#workloads.get(key);
  }
}
