/** What the copies of federated autoscalers say in every member: limits, replicas, when they scaled. */

import { collectionPath } from '../../api/kubefed/api-resource.ts';
import { textAt, valueAt } from '../../api/untyped.ts';
import type { FoundAutoscaler } from '../../federation/replicas/autoscaler-planner.ts';
import { SHARED_AUTOSCALERS } from '../../federation/replicas/shared-kinds.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import { MemberCollections } from '../records/member-collections.ts';
import type { SyncType } from '../sync/sync-type.ts';

export interface MemberAutoscalersOptions {
  readonly clusters: FederatedClusters;
  /** By the name of the type config; those that run. */
  readonly engines: () => ReadonlyMap<string, SyncType>;
  readonly onlyNamespace: string | undefined;
  readonly onCopy: (key: string) => void;
  /** A cluster was read for the first time. */
  readonly onSynced: () => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class MemberAutoscalers {
  readonly #options: MemberAutoscalersOptions;
  /** Only while their type is federated. */
  #followed: MemberCollections<FoundAutoscaler> | undefined;
  #path: string | undefined;
  #stopping: Promise<unknown> = Promise.resolve();

  constructor(options: MemberAutoscalersOptions) {
    this.#options = options;
  }

  /** Their type runs, in another version, or does not any more. */
  typesChanged(): void {
    const { engines, clusters, onlyNamespace, onCopy, onSynced, limits } = this.#options;
    const target = engines().get(SHARED_AUTOSCALERS.type)?.config.target;
    const path = target && collectionPath(target, onlyNamespace);
    if (path === this.#path) return;
    this.#end();
    this.#path = path;
    if (path === undefined) return;
    this.#followed = new MemberCollections({
      ...{ clusters, path, onSynced, limits },
      project: foundAutoscaler,
      groupOf: (_, key) => key,
      onGroup: onCopy,
    });
    this.#followed.start();
  }

  clusterChanged(name: string): void {
    this.#followed?.clusterChanged(name);
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#stopping;
  }

  /** By cluster; those that are there, and were read. */
  copiesOf(key: string): ReadonlyMap<string, FoundAutoscaler> {
    const copies = new Map<string, FoundAutoscaler>();
    for (const cluster of this.#options.clusters.names) {
      const copy = this.#followed?.group(cluster, key)?.[0];
      if (copy !== undefined) copies.set(cluster, copy);
    }
    return copies;
  }

  #end(): void {
    const stopped = this.#followed?.stop();
    this.#followed = undefined;
    this.#stopping = Promise.all([this.#stopping, stopped]);
  }
}

/** The same in all versions of the API. */
function foundAutoscaler(object: unknown): FoundAutoscaler {
  const count = (...path: readonly string[]) => Number(valueAt(object, ...path) ?? 0);
  const minReplicas = valueAt(object, 'spec', 'minReplicas');
  const scaledAt = textAt(object, 'status', 'lastScaleTime');
  return {
    minReplicas: typeof minReplicas === 'number' ? minReplicas : undefined,
    maxReplicas: count('spec', 'maxReplicas'),
    currentReplicas: count('status', 'currentReplicas'),
    desiredReplicas: count('status', 'desiredReplicas'),
    lastScaleMs: scaledAt === undefined ? undefined : Date.parse(scaledAt),
  };
}
