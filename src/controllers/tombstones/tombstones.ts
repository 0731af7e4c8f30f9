/** The tombstones of the host: made for copies out of reach, and worked off when their member is back. */

import {
  type CopyTombstone,
  copyTombstoneObject,
  readCopyTombstone,
  TOMBSTONES,
} from '../../api/copy-tombstone.ts';
import { collectionPath, keyOfObject, resourceName } from '../../api/kubefed/api-resource.ts';
import { readFederatedObject } from '../../api/kubefed/federated-object.ts';
import type { Read } from '../../api/read.ts';
import { isNamespace } from '../../federation/copies/member-object.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome, WorkQueue } from '../../kubernetes/reconciling/work-queue.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import { RETRY_MAX_MS, RETRY_MIN_MS, TOMBSTONES_AT_ONCE } from '../limits.ts';
import { removeNamespace } from '../sync/members/remove-namespace.ts';
import { releaseCopy, removeCopy } from '../sync/members/write-copy.ts';

export interface TombstonesOptions {
  readonly host: PacedClient;
  readonly namespace: string;
  readonly clusters: FederatedClusters;
  readonly federationUid: string;
  /** Its object is there again, and wanted in its cluster; undefined: not known now. */
  readonly isWanted: (tombstone: CopyTombstone) => boolean | undefined;
  readonly onProblem: (tombstone: string, problem: string) => void;
  readonly onFault: (tombstone: string, error: unknown) => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

interface BuriedCopy extends Pick<CopyTombstone, 'cluster' | 'target'> {
  readonly key: string;
}

export class Tombstones {
  readonly #options: TombstonesOptions;
  readonly #tombstones: FollowedCollection<Read<CopyTombstone>>;
  readonly #queue: WorkQueue;
  /** Copies that one is for; undefined: they are others since. */
  #buried: ReadonlySet<string> | undefined;

  constructor(options: TombstonesOptions) {
    this.#options = options;
    const { host, namespace, onFault } = options;
    this.#queue = new WorkQueue({
      controller: 'tombstones',
      concurrency: TOMBSTONES_AT_ONCE,
      backoffMinMs: RETRY_MIN_MS,
      backoffMaxMs: RETRY_MAX_MS,
      work: (key) => this.#workOff(key),
      onFault,
    });
    this.#tombstones = new FollowedCollection<Read<CopyTombstone>>({
      client: host.client,
      path: collectionPath(TOMBSTONES, namespace),
      project: readCopyTombstone,
      onObject: (key) => {
        this.#buried = undefined;
        this.#queue.hurry(key);
      },
      limits: options.limits,
    });
  }

  start(): void {
    this.#tombstones.start();
    this.#queue.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#tombstones.stop(), this.#queue.stop()]);
  }

  get count(): number {
    return this.#tombstones.size;
  }

  /** Those that can be read. */
  get readable(): readonly CopyTombstone[] {
    return [...this.#tombstones.values()].flatMap((read) =>
      read.kind === 'good' ? [read.value] : [],
    );
  }

  /** One is for this object's copy there; also before they were read. `key`: of the object. */
  has({ cluster, key, target }: BuriedCopy): boolean {
    if (!this.#tombstones.hasSynced) return true;
    this.#buried ??= new Set(
      [...this.#tombstones.values()].flatMap((read) => {
        if (read.kind === 'bad') return [];
        return [idOf({ ...read.value, key: objectKeyOf(read.value) })];
      }),
    );
    return this.#buried.has(idOf({ cluster, key, target }));
  }

  /** A cluster came back or left, an object is there again: all are looked at. */
  wake(): void {
    for (const key of this.#tombstones.keys()) this.#queue.hurry(key);
  }

  /** Its object may go now. Throws ApiError: it may not. */
  async bury(tombstone: Omit<CopyTombstone, 'name'>, objectUid: string): Promise<void> {
    const { host, namespace } = this.#options;
    const name = `${tombstone.uid || objectUid}.${tombstone.cluster}`;
    const object = copyTombstoneObject(tombstone, { namespace, name });
    try {
      await host.post(collectionPath(TOMBSTONES, namespace), object);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
      // Of an earlier deletion: the newest wish counts.
      const { spec } = object as { spec: object };
      await host.patch(`${collectionPath(TOMBSTONES, namespace)}/${name}`, { spec });
    }
  }

  async #workOff(key: string): Promise<Outcome> {
    const read = this.#tombstones.get(key);
    if (read === undefined) return DONE;
    const { clusters, isWanted, onProblem } = this.#options;
    if (read.kind === 'bad') {
      onProblem(key, read.problem);
      return DONE;
    }
    const tombstone = read.value;
    if (!clusters.hasSynced) return DONE;
    const cluster = clusters.get(tombstone.cluster);
    if (cluster === undefined) return await this.#forget(tombstone);
    const wanted = isWanted(tombstone);
    if (wanted === undefined) return { kind: 'again', afterMs: RETRY_MIN_MS };
    if (!cluster.isReady || cluster.client === undefined) return DONE;
    if (wanted) return await this.#forget(tombstone);
    return await this.#clean(tombstone, cluster.client);
  }

  async #clean(tombstone: CopyTombstone, client: PacedClient): Promise<Outcome> {
    const { target, owner, cluster, uid, namespace, objectName: name, action } = tombstone;
    const named = readFederatedObject({ metadata: { namespace, name } });
    const options = { ...tombstone.deleteOptions, ...(uid !== '' && { preconditions: { uid } }) };
    const object = { ...named, deleteOptions: { kind: 'good', value: options } as const };
    const place = {
      client,
      cluster,
      mold: { object, target, owner, takesAnnotations: false, clusterLabels: new Map() },
      ...(uid !== '' && { onlyUid: uid }),
    };
    const remove = () =>
      isNamespace(target) ? removeNamespace(place, this.#options.federationUid) : removeCopy(place);
    const written = await (action === 'Release' ? releaseCopy(place) : remove());
    if (written.kind === 'failed') {
      const { againMs, retryAfterMs } = written;
      if (againMs !== undefined) return { kind: 'again', afterMs: againMs };
      return { kind: 'failed', atLeastMs: retryAfterMs };
    }
    // Something there holds it: it is asked again whether it is gone.
    if (written.facts !== undefined) return { kind: 'again', afterMs: RETRY_MIN_MS };
    return await this.#forget(tombstone);
  }

  async #forget({ name }: CopyTombstone): Promise<Outcome> {
    const { host, namespace } = this.#options;
    try {
      await host.delete(`${collectionPath(TOMBSTONES, namespace)}/${name}`, {});
      return DONE;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.status === 404 ? DONE : { kind: 'failed', atLeastMs: error.retryAfterMs };
    }
  }
}

function idOf({ cluster, key, target }: BuriedCopy): string {
  return `${cluster} ${resourceName(target)} ${key}`;
}

export function objectKeyOf({ namespace, objectName: name, target }: CopyTombstone): string {
  // A FederatedNamespace lies in the namespace that its copies are.
  return isNamespace(target) ? `${name}/${name}` : keyOfObject({ namespace, name });
}
