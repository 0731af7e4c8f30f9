/**
 * The loop of FederatedServiceStatus, KubeFed's object from before the status of copies was collected:
 * the status of a federated Service in every cluster. It works where the type config of services asks
 * for it. README.md is its contract.
 *
 * Source: specs of KubeFed 0.10, "Status controller (legacy, FederatedService only)".
 */

import {
  apiVersionOf,
  collectionPath,
  nameOfKey,
  objectPath,
} from '../../../api/kubefed/api-resource.ts';
import type { FederatedObject } from '../../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { listAt, textAt, valueAt } from '../../../api/untyped.ts';
import { canonicalJson } from '../../../federation/canonical-json.ts';
import type { ListWatchLimits } from '../../../kubernetes/limits.ts';
import { FollowedCollection } from '../../../kubernetes/reconciling/followed-collection.ts';
import type { PacedClient } from '../../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome, type WorkQueue } from '../../../kubernetes/reconciling/work-queue.ts';
import type { FederatedClusters } from '../../clusters/federated-clusters.ts';
import { STATUS_SWEEP_MS } from '../limits.ts';
import type { MemberCollections } from '../member-collections.ts';
import { recordWork } from '../record-queue.ts';
import type { SeenService } from '../service-records/seen-services.ts';

/** The engine of services, as far as it is asked here. */
export interface FederatedServices {
  readonly config: Pick<FederatedTypeConfig, 'federated' | 'status' | 'collectsStatus'>;
  readonly objects: {
    readonly hasSynced: boolean;
    get(key: string): FederatedObject | undefined;
    keys(): Iterable<string>;
  };
}

export interface ServiceStatusesOptions {
  readonly host: PacedClient;
  readonly onlyNamespace: string | undefined;
  readonly clusters: FederatedClusters;
  readonly services: MemberCollections<SeenService>;
  /** undefined: services are not federated now. */
  readonly federated: () => FederatedServices | undefined;
  /** There is something to do: Services of members are looked at from now on. */
  readonly onWork: () => void;
  readonly onFault: (key: string, error: unknown) => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

interface SeenStatus {
  readonly resourceVersion: string;
  readonly ownerUids: ReadonlySet<string>;
  /** As it stands there. */
  readonly clusterStatus: readonly unknown[];
}

export class ServiceStatuses {
  readonly #options: ServiceStatusesOptions;
  readonly #queue: WorkQueue;
  #written: { readonly path: string; readonly objects: FollowedCollection<SeenStatus> } | undefined;
  readonly #leaving = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ServiceStatusesOptions) {
    this.#options = options;
    this.#queue = recordWork({
      controller: 'service-statuses',
      reconcile: (key) => this.#reconcile(key),
      onFault: options.onFault,
    });
  }

  /** It is asked for, and at work. */
  get isRunning(): boolean {
    return this.#written !== undefined;
  }

  start(): void {
    this.#queue.start();
    this.#timer = setInterval(() => this.wakeAll(), STATUS_SWEEP_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#unfollow();
    await Promise.all([this.#queue.stop(), ...this.#leaving]);
  }

  /** A Service of a cluster changed, or the federated one. */
  wake(key: string): void {
    if (this.isRunning) this.#add(key);
  }

  wakeAll(): void {
    this.#follow();
    if (!this.isRunning) return;
    for (const key of this.#options.federated()?.objects.keys() ?? []) this.#add(key);
  }

  #add(key: string): void {
    this.#options.onWork();
    this.#queue.add(key);
  }

  /** What is asked for now: begun, ended, or of another kind. */
  #follow(): void {
    const { host, onlyNamespace, federated, limits } = this.#options;
    const config = federated()?.config;
    const status = config?.collectsStatus === true ? config.status : undefined;
    const path = status && collectionPath(status, onlyNamespace);
    if (path === this.#written?.path) return;
    this.#unfollow();
    if (path === undefined) return;
    const objects = new FollowedCollection({
      client: host.client,
      path,
      project: readStatus,
      onObject: (key) => this.#queue.add(key),
      onSynced: () => this.wakeAll(),
      limits,
    });
    this.#written = { path, objects };
    objects.start();
  }

  #unfollow(): void {
    const stopped = this.#written?.objects.stop();
    this.#written = undefined;
    if (stopped === undefined) return;
    const left = stopped.finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  async #reconcile(key: string): Promise<Outcome> {
    const { host, clusters, federated } = this.#options;
    const { config, objects } = federated() ?? {};
    const written = this.#written?.objects;
    const isRead = clusters.hasSynced && objects?.hasSynced === true && written?.hasSynced === true;
    // Whatever is read wakes all.
    if (!isRead || config?.status === undefined) return DONE;
    const object = objects?.get(key);
    if (object === undefined || object.deletion !== 'none') return DONE;
    const seen = written?.get(key);
    const clusterStatus = this.#clusterStatus(key, seen);
    const isSame =
      seen?.ownerUids.has(object.uid) === true &&
      canonicalJson(seen.clusterStatus) === canonicalJson(clusterStatus);
    if (isSame) return DONE;
    const { namespace, name, uid } = object;
    const { kind } = config.federated;
    const ownerReferences = [{ apiVersion: apiVersionOf(config.federated), kind, name, uid }];
    if (seen === undefined) {
      const metadata = { namespace, name, ownerReferences };
      const head = { apiVersion: apiVersionOf(config.status), kind: config.status.kind };
      const path = collectionPath(config.status, namespace);
      await host.post(path, { ...head, metadata, clusterStatus });
    } else {
      const { resourceVersion } = seen;
      const path = objectPath(config.status, nameOfKey(key));
      await host.patch(path, { metadata: { resourceVersion, ownerReferences }, clusterStatus });
    }
    return DONE;
  }

  /** Sorted by cluster. One that is not ready keeps what it said last, and has none if it never did. */
  #clusterStatus(key: string, seen: SeenStatus | undefined): readonly unknown[] {
    const { clusters, services } = this.#options;
    return [...clusters.names].sort().flatMap((clusterName): unknown[] => {
      const isReady = clusters.get(clusterName)?.isReady === true;
      const found = isReady ? services.group(clusterName, key) : undefined;
      if (found !== undefined) return [{ clusterName, status: found[0]?.status ?? {} }];
      return (seen?.clusterStatus ?? []).filter(
        (one) => textAt(one, 'clusterName') === clusterName,
      );
    });
  }
}

function readStatus(object: unknown): SeenStatus {
  const owners = listAt(object, 'metadata', 'ownerReferences');
  return {
    resourceVersion: textAt(object, 'metadata', 'resourceVersion') ?? '',
    ownerUids: new Set(owners.flatMap((one) => textAt(one, 'uid') ?? [])),
    clusterStatus: listAt(valueAt(object, 'clusterStatus')),
  };
}
