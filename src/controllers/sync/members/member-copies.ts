/**
 * The copies of one type in one member: a list-watch of their metadata -> facts by key. What we have
 * just written is put in at once; the watch has the last word.
 */

import { type ApiResource, collectionPath } from '../../../api/kubefed/api-resource.ts';
import { valueAt } from '../../../api/untyped.ts';
import { copyFactsOf } from '../../../federation/copies/copy-facts.ts';
import type { CopyFacts } from '../../../federation/copies/copy-plan.ts';
import { MANAGED_LABEL } from '../../../federation/copies/member-object.ts';
import { type ApiClient, METADATA_LIST, METADATA_ONLY } from '../../../kubernetes/api-client.ts';
import { BoundedSet } from '../../../kubernetes/following/bounded-set.ts';
import type { ListWatchLimits } from '../../../kubernetes/limits.ts';
import { FollowedCollection } from '../../../kubernetes/reconciling/followed-collection.ts';
import { Recent } from '../../../runtime/tables/recent.ts';
import { GONE_COPIES_MAX, MEMBER_WATCHES, SHARED_TEXTS } from '../../limits.ts';

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

/**
 * Texts that copies in many members have in common (keys, owners, versions) are held once. With records
 * packed, 500,000 copies rest in 0.81 GB, 0.98 before (bench/README.md).
 */
const texts = new Recent<string>(SHARED_TEXTS);
const shared = (text: string): string => texts.of(text, itself);
const itself = (text: string): string => text;

function sharedFacts(object: unknown): CopyFacts {
  const { owner, managed, version, ...rest } = copyFactsOf(object);
  return {
    ...rest,
    version: shared(version),
    owner: owner && shared(owner),
    managed: managed && shared(managed),
  };
}

export class MemberCopies {
  readonly #copies: FollowedCollection<SeenCopy>;
  /** Uids that do not come back: the watch may be faster than the answer to a write. */
  readonly #gone = new BoundedSet(GONE_COPIES_MAX);

  constructor(options: MemberCopiesOptions) {
    const { client, target, namespace, collectsStatus, onCopy } = options;
    const listForm = collectsStatus ? {} : { accept: METADATA_LIST };
    const watchForm = collectsStatus ? {} : { accept: METADATA_ONLY };
    this.#copies = new FollowedCollection<SeenCopy>({
      client: {
        get: (path, request) => client.get(path, { ...request, ...listForm }),
        stream: (path, request) => client.stream(path, { ...request, ...watchForm }),
      },
      path: collectionPath(target, namespace),
      query: { labelSelector: MANAGED_LABEL },
      keyOf: shared,
      project: (object) => ({
        facts: sharedFacts(object),
        status: collectsStatus ? valueAt(object, 'status') : undefined,
      }),
      onObject: (key, before) => {
        const isGone = before !== undefined && this.#copies.get(key) === undefined;
        if (isGone) this.#gone.add(before.facts.uid);
        onCopy(key);
      },
      onStatus: options.onStatus,
      limits: { ...MEMBER_WATCHES, ...options.limits },
    });
  }

  start(): void {
    this.#copies.start();
  }

  stop(): Promise<void> {
    return this.#copies.stop();
  }

  /** The member answers again: no wait is worth while. */
  hurry(): void {
    this.#copies.hurry();
  }

  get hasSynced(): boolean {
    return this.#copies.hasSynced;
  }

  /** Why it was not read; undefined while in contact, or before the first word. */
  get problem(): string | undefined {
    return this.#copies.problem;
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

  /**
   * As our own write left it; undefined: gone. What the watch has brought since the write began
   * (`before` is another by now) has the last word: it may be newer than the write.
   */
  wrote(key: string, facts: CopyFacts | undefined, before: CopyFacts | undefined): void {
    const now = this.#copies.get(key);
    if (now?.facts !== before) return;
    if (facts === undefined) this.#copies.wrote(key, undefined);
    else if (!this.#gone.has(facts.uid)) {
      this.#copies.wrote(key, { facts, status: now?.status });
    }
  }
}
