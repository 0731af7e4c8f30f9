/**
 * One kind of objects of the host, followed: what each of them says to us, and a word when it changes.
 * A kind that the host does not have is one that was not read yet, until it has it.
 */

import type { ApiClient } from '../../kubernetes/api-client.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { ListWatch } from '../../kubernetes/list-watch.ts';

export interface HostCollectionOptions<T> {
  readonly client: Pick<ApiClient, 'get' | 'stream'>;
  readonly path: string;
  readonly project: (object: unknown) => T;
  /** Come, changed, or gone. */
  readonly onObject: (key: string) => void;
  /** All were read for the first time. */
  readonly onSynced?: (() => void) | undefined;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class HostCollection<T> {
  readonly #watch: ListWatch<T>;
  #objects = new Map<string, T>();
  #hasTold = false;

  constructor(options: HostCollectionOptions<T>) {
    const { client, path, project, onObject, onSynced } = options;
    this.#watch = new ListWatch({
      client,
      path,
      project,
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
        if (this.#hasTold || !this.hasSynced) return;
        this.#hasTold = true;
        onSynced?.();
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

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  entries(): IterableIterator<[string, T]> {
    return this.#objects.entries();
  }
}
