/**
 * The clusters that the host has registered: labels, readiness, and a paced client to each whose
 * access can be used. Followed; whoever acts on a cluster asks here, and is told of each change.
 *
 * Promised: nothing is told before clusters and their Secrets were read whole. The host away, all
 * stay as they are. A cluster is ready by the condition Ready of its object, and by nothing else.
 */

import { listAt, textAt, textMapAt } from '../../api/untyped.ts';
import { ApiClient } from '../../kubernetes/api-client.ts';
import type { ClusterAccess } from '../../kubernetes/cluster-access.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import {
  FollowedCollection,
  nameWithin,
} from '../../kubernetes/reconciling/followed-collection.ts';
import { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import type { Pace } from '../../kubernetes/reconciling/token-bucket.ts';
import { HostMembers } from '../../members/host/host-members.ts';
import type { MemberSpec } from '../../members/registry.ts';

export interface FederatedCluster {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Its annotations of ours: what a person wishes of it. */
  readonly wishes: ReadonlyMap<string, string>;
  readonly isReady: boolean;
  /** undefined: no access is known that could be used. */
  readonly client: PacedClient | undefined;
  /** What is wrong with its object or its Secret; the access it had before, if any, is still used. */
  readonly problem: string | undefined;
  /** The object as it was read last, its status too. */
  readonly object: unknown;
}

/**
 * `membership`: come, gone or relabelled, objects may be wanted elsewhere; `standing`: ready or not, in
 * another place, reached otherwise.
 */
export type ClusterChange = 'membership' | 'standing';

export interface FederatedClustersOptions {
  readonly hostAccess: ClusterAccess;
  readonly host: PacedClient;
  readonly namespace: string;
  readonly pace: Pace;
  readonly onChange: (cluster: string, change: ClusterChange) => void;
  readonly onProblem: (object: string, problem: string) => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

interface Registered {
  /** Annotations of ours: what a person wishes of the cluster. */
  readonly wishes: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly isReady: boolean;
  /** Region and zones, of which records' names are made. */
  readonly place: string;
  readonly object: unknown;
}

export class FederatedClusters {
  readonly #options: FederatedClustersOptions;
  readonly #registered: FollowedCollection<Registered>;
  readonly #members: HostMembers;
  readonly #clients = new Map<
    string,
    { readonly spec: MemberSpec; readonly client: PacedClient }
  >();
  readonly #leaving = new Set<Promise<void>>();
  #knowsAccess = false;
  #labels: ReadonlyMap<string, ReadonlyMap<string, string>> | undefined;

  constructor(options: FederatedClustersOptions) {
    this.#options = options;
    const { namespace, hostAccess, onProblem } = options;
    this.#registered = new FollowedCollection({
      client: options.host.client,
      path: `/apis/core.kubefed.io/v1beta1/namespaces/${namespace}/kubefedclusters`,
      project: readRegistered,
      keyOf: nameWithin,
      onObject: (name, before) => this.#tell(name, before),
      limits: options.limits,
    });
    this.#members = new HostMembers({
      access: hostAccess,
      namespace,
      onChange: (specs) => this.#takeSpecs(specs),
      onProblem,
      ...(options.limits && { limits: options.limits }),
    });
  }

  start(): void {
    this.#registered.start();
    this.#members.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#registered.stop(), this.#members.stop()]);
    await Promise.all([...this.#clients.values()].map(({ client }) => client.close()));
    await Promise.all(this.#leaving);
  }

  /** Clusters and their access were read whole. */
  get hasSynced(): boolean {
    return this.#registered.hasSynced && this.#knowsAccess;
  }

  get names(): readonly string[] {
    return [...this.#registered.keys()];
  }

  /** Of all; the same map as long as they are the same. */
  get labels(): ReadonlyMap<string, ReadonlyMap<string, string>> {
    this.#labels ??= new Map(
      [...this.#registered.entries()].map(([name, { labels }]) => [name, labels]),
    );
    return this.#labels;
  }

  get(name: string): FederatedCluster | undefined {
    const registered = this.#registered.get(name);
    if (registered === undefined) return undefined;
    const problem = this.#members.problemOf(name);
    return { name, ...registered, problem, client: this.#clients.get(name)?.client };
  }

  #tell(name: string, before: Registered | undefined): void {
    const now = this.#registered.get(name);
    const isMember = before !== undefined && now !== undefined;
    const isPlacedAlike = isMember && isSameMap(before.labels, now.labels);
    const isSame =
      isPlacedAlike &&
      before.isReady === now.isReady &&
      before.place === now.place &&
      isSameMap(before.wishes, now.wishes);
    if (isSame) return;
    if (!isPlacedAlike) this.#labels = undefined;
    this.#options.onChange(name, isPlacedAlike ? 'standing' : 'membership');
  }

  #takeSpecs(specs: readonly MemberSpec[]): void {
    const wanted = new Map(specs.map((spec) => [spec.name, spec]));
    const changed = new Set<string>();
    for (const [name, { spec, client }] of this.#clients) {
      if (wanted.get(name)?.fingerprint === spec.fingerprint) continue;
      this.#clients.delete(name);
      changed.add(name);
      const closed = client.close().finally(() => this.#leaving.delete(closed));
      this.#leaving.add(closed);
    }
    for (const [name, spec] of wanted) {
      if (this.#clients.has(name)) continue;
      const client = new PacedClient(new ApiClient(spec.access), this.#options.pace);
      this.#clients.set(name, { spec, client });
      changed.add(name);
    }
    const isFirst = !this.#knowsAccess;
    this.#knowsAccess = true;
    if (isFirst) for (const name of this.names) this.#options.onChange(name, 'membership');
    else for (const name of changed) this.#options.onChange(name, 'standing');
  }
}

function readRegistered(object: unknown): Registered {
  const ready = listAt(object, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Ready',
  );
  const annotations = textMapAt(object, 'metadata', 'annotations');
  return {
    labels: textMapAt(object, 'metadata', 'labels'),
    wishes: new Map([...annotations].filter(([name]) => name.startsWith('fedns.io/'))),
    isReady: textAt(ready, 'status') === 'True',
    place: [textAt(object, 'status', 'region'), ...listAt(object, 'status', 'zones')].join(),
    object,
  };
}

function isSameMap(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  return left.size === right.size && [...left].every(([key, value]) => right.get(key) === value);
}
