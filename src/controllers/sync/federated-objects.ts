/** The federated objects of one type in the host, followed. The first source of the engine. */

import { type ApiResource, collectionPath } from '../../api/kubefed/api-resource.ts';
import { type FederatedObject, readFederatedObject } from '../../api/kubefed/federated-object.ts';
import type { ApiClient } from '../../kubernetes/api-client.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { ListWatch } from '../../kubernetes/list-watch.ts';

export interface FederatedObjectsOptions {
  readonly client: ApiClient;
  readonly federated: ApiResource;
  readonly namespace: string | undefined;
  readonly onObject: (key: string) => void;
  readonly onSynced: () => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class FederatedObjects {
  readonly #watch: ListWatch<FederatedObject>;
  #objects = new Map<string, FederatedObject>();

  constructor(options: FederatedObjectsOptions) {
    const { client, federated, namespace, onObject } = options;
    this.#watch = new ListWatch({
      client,
      path: collectionPath(federated, namespace),
      project: readFederatedObject,
      sink: {
        replace: (objects) => {
          const before = this.#objects;
          this.#objects = new Map(objects);
          for (const key of new Set([...before.keys(), ...objects.keys()])) onObject(key);
        },
        put: (key, object) => {
          this.#objects.set(key, object);
          onObject(key);
        },
        remove: (key) => {
          this.#objects.delete(key);
          onObject(key);
        },
      },
      onStatus: () => {
        if (this.hasSynced) options.onSynced();
      },
      ...(options.limits && { limits: options.limits }),
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

  get problem(): string | undefined {
    return this.#watch.status.lastError;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): FederatedObject | undefined {
    return this.#objects.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }
}
