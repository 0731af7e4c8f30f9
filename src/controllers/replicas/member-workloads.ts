/** The workloads of one type in one member: as many as they want and have ready; followed. */

import { type ApiResource, collectionPath } from '../../api/kubefed/api-resource.ts';
import { textMapAt, valueAt } from '../../api/untyped.ts';
import { MANAGED_LABEL } from '../../federation/copies/member-object.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import { MEMBER_WATCHES } from '../limits.ts';

export interface Workload {
  readonly wanted: number;
  readonly ready: number;
  /** Of its pods. */
  readonly labels: ReadonlyMap<string, string>;
}

export interface MemberWorkloadsOptions {
  readonly client: PacedClient;
  readonly target: ApiResource;
  /** Only in this one; undefined: in all. */
  readonly namespace: string | undefined;
  readonly onWorkload: (key: string) => void;
  readonly onSynced: () => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class MemberWorkloads {
  /** Of requests beside the watch. */
  readonly client: PacedClient;
  readonly #workloads: FollowedCollection<Workload>;

  constructor(options: MemberWorkloadsOptions) {
    const { client, target, namespace, onWorkload, onSynced, limits } = options;
    this.client = client;
    this.#workloads = new FollowedCollection({
      client: client.client,
      path: collectionPath(target, namespace),
      query: { labelSelector: `${MANAGED_LABEL}=true` },
      project: (object): Workload => ({
        wanted: Number(valueAt(object, 'spec', 'replicas') ?? 1),
        ready: Number(valueAt(object, 'status', 'readyReplicas') ?? 0),
        labels: textMapAt(object, 'spec', 'selector', 'matchLabels'),
      }),
      onObject: onWorkload,
      onSynced,
      limits: { ...MEMBER_WATCHES, ...limits },
    });
  }

  start(): void {
    this.#workloads.start();
  }

  stop(): Promise<void> {
    return this.#workloads.stop();
  }

  get hasSynced(): boolean {
    return this.#workloads.hasSynced;
  }

  /** Why they cannot be read; undefined: nothing is known to be in the way. */
  get problem(): string | undefined {
    return this.#workloads.problem;
  }

  get(key: string): Workload | undefined {
    return this.#workloads.get(key);
  }
}
