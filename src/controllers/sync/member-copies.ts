/**
 * The copies of one type in one member: a list-watch of their metadata -> facts by key. What we have
 * just written is put in at once; the watch has the last word.
 */

import { type ApiResource, collectionPath } from '../../api/kubefed/api-resource.ts';
import { valueAt } from '../../api/untyped.ts';
import { copyFactsOf } from '../../federation/copies/copy-facts.ts';
import type { CopyFacts } from '../../federation/copies/copy-plan.ts';
import { MANAGED_LABEL } from '../../federation/copies/member-object.ts';
import { type ApiClient, METADATA_LIST, METADATA_ONLY } from '../../kubernetes/api-client.ts';
import { BoundedSet } from '../../kubernetes/following/bounded-set.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { ListWatch } from '../../kubernetes/list-watch.ts';
import { GONE_COPIES_MAX } from '../limits.ts';

export interface MemberCopiesOptions {
  readonly client: ApiClient;
  readonly target: ApiResource;
  /** Only what lies in this namespace; undefined: in all of the member. */
  readonly namespace: string | undefined;
  /** The whole objects are read, for their status. */
  readonly collectsStatus: boolean;
  readonly onCopy: (key: string) => void;
  /** Read whole for the first time, lost, or found again. */
  readonly onStatus: () => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

/** Facts, and the member's own status where it is collected. */
interface SeenCopy {
  readonly facts: CopyFacts;
  readonly status: unknown;
}

export class MemberCopies {
  readonly #watch: ListWatch<SeenCopy>;
  #copies = new Map<string, SeenCopy>();
  /** Uids that do not come back: the watch may be faster than the answer to a write. */
  readonly #gone = new BoundedSet(GONE_COPIES_MAX);

  constructor(options: MemberCopiesOptions) {
    const { client, target, namespace, collectsStatus, onCopy } = options;
    const listForm = collectsStatus ? {} : { accept: METADATA_LIST };
    const watchForm = collectsStatus ? {} : { accept: METADATA_ONLY };
    this.#watch = new ListWatch<SeenCopy>({
      client: {
        get: (path, request) => client.get(path, { ...request, ...listForm }),
        stream: (path, request) => client.stream(path, { ...request, ...watchForm }),
      },
      path: collectionPath(target, namespace),
      query: { labelSelector: MANAGED_LABEL },
      project: (object) => ({
        facts: copyFactsOf(object),
        status: collectsStatus ? valueAt(object, 'status') : undefined,
      }),
      sink: {
        replace: (copies) => {
          const before = this.#copies;
          this.#copies = new Map(copies);
          for (const key of new Set([...before.keys(), ...copies.keys()])) onCopy(key);
        },
        put: (key, copy) => {
          this.#copies.set(key, copy);
          onCopy(key);
        },
        remove: (key) => {
          const uid = this.#copies.get(key)?.facts.uid;
          if (uid !== undefined) this.#gone.add(uid);
          this.#copies.delete(key);
          onCopy(key);
        },
      },
      onStatus: options.onStatus,
      ...(options.limits && { limits: options.limits }),
    });
  }

  start(): void {
    this.#watch.start();
  }

  stop(): Promise<void> {
    return this.#watch.stop();
  }

  /** The member answers again: no wait is worth while. */
  hurry(): void {
    this.#watch.hurry();
  }

  get hasSynced(): boolean {
    return this.#watch.status.hasSynced;
  }

  /** Why it was not read; undefined while in contact, or before the first word. */
  get problem(): string | undefined {
    return this.#watch.status.lastError;
  }

  get size(): number {
    return this.#copies.size;
  }

  keys(): IterableIterator<string> {
    return this.#copies.keys();
  }

  get(key: string): CopyFacts | undefined {
    return this.#copies.get(key)?.facts;
  }

  statusOf(key: string): unknown {
    return this.#copies.get(key)?.status;
  }

  /** As our own write left it; undefined: gone. */
  wrote(key: string, facts: CopyFacts | undefined): void {
    if (facts === undefined) this.#copies.delete(key);
    else if (!this.#gone.has(facts.uid)) {
      this.#copies.set(key, { facts, status: this.#copies.get(key)?.status });
    }
  }
}
