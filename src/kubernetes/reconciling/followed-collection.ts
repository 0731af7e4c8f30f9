/**
 * One collection of a cluster, followed: what each object says to us, by key, and a word whenever one
 * comes, changes or goes. A collection that the cluster does not have is one that was not read yet.
 */

import type { ApiClient } from '../api-client.ts';
import type { ListWatchLimits } from '../limits.ts';
import { ListWatch } from '../list-watch.ts';

export interface FollowedCollectionOptions<T> {
  readonly client: Pick<ApiClient, 'get' | 'stream'>;
  readonly path: string;
  /** Selectors. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** What it is known by here; not said: `namespace/name`, or `name`. */
  readonly keyOf?: ((fullKey: string) => string) | undefined;
  /** undefined: it is as if it were not there. */
  readonly project: (object: unknown) => T | undefined;
  /** After each list: every key that was there before or is now. `before`: undefined, it is new. */
  readonly onObject?: ((key: string, before: T | undefined) => void) | undefined;
  /** All were read for the first time. */
  readonly onSynced?: (() => void) | undefined;
  /** Its contact, or what is wrong with it, may be another. */
  readonly onStatus?: (() => void) | undefined;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class FollowedCollection<T> {
  readonly #watch: ListWatch<T>;
  readonly #onObject: (key: string, before: T | undefined) => void;
  #objects = new Map<string, T>();
  readonly #keyOf: (key: string) => string;
  #hasTold = false;

  constructor(options: FollowedCollectionOptions<T>) {
    const { client, path, query, project, onSynced, onStatus, limits } = options;
    this.#onObject = options.onObject ?? (() => undefined);
    this.#keyOf = options.keyOf ?? ((key) => key);
    this.#watch = new ListWatch<T>({
      ...{ client, path, query, project },
      sink: {
        replace: (objects) => this.#replace(objects),
        put: (fullKey, object) => {
          const key = this.#keyOf(fullKey);
          const before = this.#objects.get(key);
          this.#objects.set(key, object);
          this.#onObject(key, before);
        },
        remove: (fullKey) => {
          const key = this.#keyOf(fullKey);
          const before = this.#objects.get(key);
          this.#objects.delete(key);
          this.#onObject(key, before);
        },
      },
      onStatus: () => {
        onStatus?.();
        if (this.#hasTold || !this.hasSynced) return;
        this.#hasTold = true;
        onSynced?.();
      },
      ...(limits && { limits }),
    });
  }

  start(): void {
    this.#watch.start();
  }

  /** Resolves once quiet. */
  stop(): Promise<void> {
    return this.#watch.stop();
  }

  /** The cluster answers again: no wait is worth while. */
  hurry(): void {
    this.#watch.hurry();
  }

  get hasSynced(): boolean {
    return this.#watch.status.hasSynced;
  }

  /** Why it cannot be read; undefined while in contact, or before the first word. */
  get problem(): string | undefined {
    return this.#watch.status.lastError;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  entries(): IterableIterator<[string, T]> {
    return this.#objects.entries();
  }

  /** As our own write left it, until the watch says otherwise; undefined: gone. */
  wrote(key: string, object: T | undefined): void {
    if (object === undefined) this.#objects.delete(key);
    else this.#objects.set(key, object);
  }

  #replace(objects: ReadonlyMap<string, T>): void {
    const before = this.#objects;
    this.#objects = new Map([...objects].map(([key, object]) => [this.#keyOf(key), object]));
    for (const key of new Set([...before.keys(), ...this.#objects.keys()])) {
      this.#onObject(key, before.get(key));
    }
  }
}

/** For `keyOf`, of a collection that lies in one namespace. */
export function nameWithin(fullKey: string): string {
  return fullKey.slice(fullKey.indexOf('/') + 1);
}
