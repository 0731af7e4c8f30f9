/**
 * One kind of objects in every registered cluster that can be reached, followed: only those that the
 * federation manages. Grouped by what they are about: a Service by itself, slices by their Service.
 *
 * Promised: a cluster that cannot be reached keeps what was read of it; one whose access changed is
 * unread until it was read anew.
 */

import { nameOfKey } from '../../api/kubefed/api-resource.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { ListWatch } from '../../kubernetes/list-watch.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import { READ_PATIENCE_MS } from './limits.ts';

export interface MemberCollectionsOptions<T> {
  readonly clusters: Pick<FederatedClusters, 'get' | 'names'>;
  readonly path: string;
  readonly project: (object: unknown) => T | undefined;
  /** Of an object and its key `namespace/name`. */
  readonly groupOf: (object: T, key: string) => string;
  readonly onGroup: (group: string) => void;
  /** A cluster was read for the first time. */
  readonly onSynced: () => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

interface MemberCollection<T> {
  readonly client: PacedClient;
  readonly watch: ListWatch<T>;
  /** Monotonic, ms. */
  readonly joinedAtMs: number;
  /** Group -> key -> object. */
  groups: Map<string, Map<string, T>>;
  /** Key -> group. */
  groupOfKey: Map<string, string>;
  /** Namespace -> keys. */
  namespaces: Map<string, Set<string>>;
}

/** KubeFed's label of all copies; the endpoint slice controller takes it over from the Service. */
const MANAGED = { labelSelector: 'kubefed.io/managed=true' };

export class MemberCollections<T> {
  readonly #options: MemberCollectionsOptions<T>;
  readonly #members = new Map<string, MemberCollection<T>>();
  readonly #leaving = new Set<Promise<void>>();
  #isRunning = false;

  constructor(options: MemberCollectionsOptions<T>) {
    this.#options = options;
  }

  start(): void {
    this.#isRunning = true;
    for (const name of this.#options.clusters.names) this.clusterChanged(name);
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    const members = [...this.#members.values()];
    this.#members.clear();
    await Promise.all([...members.map(({ watch }) => watch.stop()), ...this.#leaving]);
  }

  /** Come, gone, ready or not, or reached otherwise. */
  clusterChanged(name: string): void {
    if (!this.#isRunning) return;
    const cluster = this.#options.clusters.get(name);
    const before = this.#members.get(name);
    if (before !== undefined && before.client !== cluster?.client) {
      this.#members.delete(name);
      const stopped = before.watch.stop().finally(() => this.#leaving.delete(stopped));
      this.#leaving.add(stopped);
    }
    if (cluster?.client !== undefined && !this.#members.has(name)) this.#join(name, cluster.client);
    if (cluster?.isReady === true) this.#members.get(name)?.watch.hurry();
  }

  /** undefined: not known, for the cluster was not read yet. */
  group(cluster: string, group: string): readonly T[] | undefined {
    const member = this.#members.get(cluster);
    if (member?.watch.status.hasSynced !== true) return undefined;
    return [...(member.groups.get(group)?.values() ?? [])];
  }

  /** undefined: as above. */
  inNamespace(cluster: string, namespace: string): readonly T[] | undefined {
    const member = this.#members.get(cluster);
    if (member?.watch.status.hasSynced !== true) return undefined;
    return [...(member.namespaces.get(namespace) ?? [])].flatMap((key) => {
      const group = member.groupOfKey.get(key);
      return (group !== undefined && member.groups.get(group)?.get(key)) || [];
    });
  }

  /** Why a cluster was not read; undefined: nothing is known to be in the way. */
  problem(cluster: string): string | undefined {
    const status = this.#members.get(cluster)?.watch.status;
    return status?.hasSynced === false ? status.lastError : undefined;
  }

  /** It is being read for the first time, and not for long. */
  isAwaited(cluster: string): boolean {
    const member = this.#members.get(cluster);
    if (member === undefined || member.watch.status.hasSynced) return false;
    return performance.now() - member.joinedAtMs < READ_PATIENCE_MS;
  }

  #join(name: string, client: PacedClient): void {
    const { path, project, onGroup, onSynced, limits } = this.#options;
    let hasTold = false;
    const watch = new ListWatch<T>({
      client: client.client,
      path,
      query: MANAGED,
      project,
      sink: {
        replace: (objects) => {
          const groups = new Set(member.groups.keys());
          member.groups = new Map();
          member.groupOfKey = new Map();
          member.namespaces = new Map();
          for (const [key, object] of objects) groups.add(this.#put(member, key, object));
          for (const group of groups) onGroup(group);
        },
        put: (key, object) => {
          const before = this.#remove(member, key);
          const group = this.#put(member, key, object);
          if (before !== undefined && before !== group) onGroup(before);
          onGroup(group);
        },
        remove: (key) => {
          const group = this.#remove(member, key);
          if (group !== undefined) onGroup(group);
        },
      },
      onStatus: () => {
        if (hasTold || !watch.status.hasSynced) return;
        hasTold = true;
        onSynced();
      },
      ...(limits && { limits }),
    });
    const member: MemberCollection<T> = {
      client,
      watch,
      joinedAtMs: performance.now(),
      groups: new Map(),
      groupOfKey: new Map(),
      namespaces: new Map(),
    };
    this.#members.set(name, member);
    watch.start();
  }

  #put(member: MemberCollection<T>, key: string, object: T): string {
    const group = this.#options.groupOf(object, key);
    const objects = member.groups.get(group) ?? new Map<string, T>();
    member.groups.set(group, objects.set(key, object));
    member.groupOfKey.set(key, group);
    const { namespace } = nameOfKey(key);
    const keys = member.namespaces.get(namespace) ?? new Set<string>();
    member.namespaces.set(namespace, keys.add(key));
    return group;
  }

  #remove(member: MemberCollection<T>, key: string): string | undefined {
    const group = member.groupOfKey.get(key);
    if (group === undefined) return undefined;
    member.groupOfKey.delete(key);
    const { namespace } = nameOfKey(key);
    const keys = member.namespaces.get(namespace);
    keys?.delete(key);
    if (keys?.size === 0) member.namespaces.delete(namespace);
    const objects = member.groups.get(group);
    objects?.delete(key);
    if (objects?.size === 0) member.groups.delete(group);
    return group;
  }
}
