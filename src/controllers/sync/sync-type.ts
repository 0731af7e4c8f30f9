/**
 * SyncType: the engine of one federated type. Events only name a key; a key is planned from the
 * state of now: object, placement, clusters, copies -> what each member lacks; members do their part
 * each at its own pace; the host is told what came of it.
 *
 *   object | copy | cluster | namespace changed -> plan(key) -> member queues -> host(key)
 *
 * Promised: nothing is planned before objects, versions and clusters were read whole, and nothing in
 * a member before its copies were. A member that is away, slow or lacks the type harms only itself.
 */

import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import type { NamespaceWish } from '../../federation/placement.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome, WorkQueue } from '../../kubernetes/reconciling/work-queue.ts';
import type { ClusterChange } from '../clusters/federated-clusters.ts';
import { HOST_WRITES_AT_ONCE, RETRY_MAX_MS, RETRY_MIN_MS } from '../limits.ts';
import type { DeletionCause, DeletionCauses } from './deletion-cause.ts';
import { type HostPlace, tellUnread, writeHost } from './host-work.ts';
import { CopyWork, type CopyWorkOptions } from './members/copy-work.ts';
import { MemberWork } from './members/member-work.ts';
import { isPlacementKnown, type ObjectPlansOptions } from './object-outlook.ts';
import { ObjectPlans } from './object-plans.ts';
import { federatedKinds, type ObjectSource } from './object-source.ts';
import { type HeldRemovals, RemovalGate } from './removal-gate.ts';

export interface SyncTypeOptions extends ObjectPlansOptions, CopyWorkOptions {
  readonly host: PacedClient;
  /** The control plane's own, of a federation that is no more than a namespace. */
  readonly onlyNamespace: string | undefined;
  readonly causes: DeletionCauses;
  /** Not said: Federated<Kind>. */
  readonly source?: ObjectSource | undefined;
  readonly deletionPatienceMs: number;
  readonly bury: HostPlace['bury'];
  /** Removals of this type are held from now on; undefined: no more. */
  readonly onHeld: (type: string, held: HeldRemovals | undefined) => void;
  readonly onObject?: ((key: string) => void) | undefined;
  readonly onFault: (cluster: string, key: string, error: unknown) => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class SyncType {
  readonly config: SyncTypeOptions['config'];
  readonly objects: FollowedCollection<FederatedObject>;
  readonly #options: SyncTypeOptions;
  readonly gate: RemovalGate;
  readonly #source: ObjectSource;
  readonly #objectPlans: ObjectPlans;
  readonly #copyWork: CopyWork;
  readonly #members = new Map<string, MemberWork>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #plans: WorkQueue;
  readonly #hostWork: WorkQueue;
  #isRunning = false;

  constructor(options: SyncTypeOptions) {
    this.#options = options;
    const { config, host, onFault } = options;
    this.config = config;
    const source = options.source ?? federatedKinds(options);
    this.#source = source;
    this.objects = new FollowedCollection({
      client: host.client,
      path: source.path,
      project: (object) => source.read(object),
      onObject: (key) => {
        this.#plans.hurry(key);
        options.onObject?.(key);
      },
      onSynced: () => this.planAll(),
      limits: options.limits,
    });
    const backoff = { backoffMinMs: RETRY_MIN_MS, backoffMaxMs: RETRY_MAX_MS };
    this.#plans = new WorkQueue({
      controller: 'sync-plans',
      concurrency: 1,
      ...backoff,
      work: (key) => {
        this.#objectPlans.plan(key);
        return DONE;
      },
      onFault: (key, error) => onFault('', key, error),
    });
    this.#hostWork = new WorkQueue({
      controller: 'sync-host',
      concurrency: HOST_WRITES_AT_ONCE,
      ...backoff,
      work: (key) => this.#writeHost(key),
      onFault: (key, error) => onFault('', key, error),
    });
    this.gate = new RemovalGate({
      isComplete: () => this.#isRead,
      copiesByMember: () =>
        new Map([...this.#members].map(([name, { copies }]) => [name, copies.size])),
      onDecided: (keys) => {
        for (const key of keys) this.#plans.hurry(key);
      },
      onHeld: (held) => options.onHeld(config.name, held),
    });
    this.#objectPlans = new ObjectPlans(options, {
      source,
      objects: this.objects,
      members: this.#members,
      wakeHost: (key, isNews) => (isNews ? this.#hostWork.hurry(key) : this.#hostWork.add(key)),
      wakePlan: (key) => this.#plans.add(key),
      wakePlanAfter: (key, afterMs) => this.#plans.addAfter(key, afterMs),
      gate: this.gate,
      onNote: options.onNote,
    });
    this.#copyWork = new CopyWork(options, {
      plans: this.#objectPlans,
      isMember: (member) => this.#members.get(member.cluster) === member,
      wakeHost: (key) => this.#hostWork.add(key),
      wakePlan: (key) => this.#plans.add(key),
    });
  }

  start(): void {
    this.#isRunning = true;
    this.objects.start();
    this.#plans.start();
    this.#hostWork.start();
    for (const name of this.#options.clusters.names) this.clusterChanged(name, 'membership');
  }

  /** Resolves once nothing of it is under way. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.gate.stop();
    const members = [...this.#members.values()];
    this.#members.clear();
    await Promise.all([
      this.objects.stop(),
      this.#plans.stop(),
      this.#hostWork.stop(),
      ...members.map((member) => member.stop()),
      ...this.#leaving,
    ]);
  }

  clusterChanged(name: string, change: ClusterChange): void {
    if (!this.#isRunning) return;
    const cluster = this.#options.clusters.get(name);
    const member = this.#members.get(name);
    if (member !== undefined && member.client !== cluster?.client) this.#dismiss(member);
    const { client } = cluster ?? {};
    if (client !== undefined && !this.#members.has(name)) this.#join(name, client);
    if (cluster?.isReady === true) this.#members.get(name)?.copies.hurry();
    if (change === 'membership') this.planAll();
    else this.#objectPlans.standingChanged(name);
  }

  /** What is said of a namespace; undefined: nobody asks, or it was not read yet. */
  namespaceWish(namespace: string): NamespaceWish | 'none' | undefined {
    return this.#options.namespaceWish?.(namespace);
  }

  /** By cluster: copies as its watch shows them, and those that are to be written. */
  counts(): ReadonlyMap<string, { readonly copies: number; readonly due: number }> {
    const of = ({ copies, queue }: MemberWork) => ({ copies: copies.size, due: queue.size });
    return new Map([...this.#members].map(([name, member]) => [name, of(member)]));
  }

  /** Of our own, caught. */
  get faultCount(): number {
    const queues = [
      this.#plans,
      this.#hostWork,
      ...[...this.#members.values()].map((one) => one.queue),
    ];
    return queues.reduce((sum, { faultCount }) => sum + faultCount, 0);
  }

  /** No ready member is only being read. */
  get #isRead(): boolean {
    const { clusters } = this.#options;
    return [...this.#members.values()].every(({ cluster, copies }) => {
      const isReading = !copies.hasSynced && copies.problem === undefined;
      return !isReading || clusters.get(cluster)?.isReady !== true;
    });
  }

  /** It is there, not being deleted, and placed in the cluster; undefined: not known yet. */
  isWanted(key: string, cluster: string): boolean | undefined {
    if (!this.objects.hasSynced) return undefined;
    const object = this.objects.get(key);
    if (object?.deletion !== 'none') return false;
    const state = this.#objectPlans.get(key);
    if (state?.mold.object.uid !== object.uid) return undefined;
    return !isPlacementKnown(state) || state.isPlaced(cluster);
  }

  /** Of an object that is being deleted; undefined: not known yet. */
  deletionCause(key: string): DeletionCause | undefined {
    return this.#objectPlans.get(key)?.cause;
  }

  planAll(): void {
    for (const key of this.#objectPlans.keys()) this.#plans.add(key);
    for (const key of this.objects.keys()) this.#plans.add(key);
  }

  /** What decides about this object besides itself is another. */
  plan(key: string): void {
    this.#plans.hurry(key);
  }

  /** Its FederatedNamespace came, went, or says something else. */
  namespaceChanged(namespace: string): void {
    for (const key of this.objects.keys()) {
      if (key.startsWith(`${namespace}/`)) this.#plans.hurry(key);
    }
  }

  #join(cluster: string, client: PacedClient): void {
    const { config, collectsStatus, onlyNamespace, onFault, limits } = this.#options;
    const member = new MemberWork({
      cluster,
      client,
      target: config.target,
      namespace: config.target.isNamespaced ? onlyNamespace : undefined,
      collectsStatus,
      onCopy: (key) => this.#objectPlans.copyChanged(cluster, key),
      onStatus: () => this.#objectPlans.standingChanged(cluster),
      write: (at, key) => this.#copyWork.write(at, key),
      onFault,
      limits,
    });
    this.#members.set(cluster, member);
    member.start();
  }

  #dismiss(member: MemberWork): void {
    this.#members.delete(member.cluster);
    const stopped = member.stop().finally(() => this.#leaving.delete(stopped));
    this.#leaving.add(stopped);
  }

  async #writeHost(key: string): Promise<Outcome> {
    const object = this.objects.get(key);
    const state = this.#objectPlans.get(key);
    const unread = object && this.#objectPlans.unread(object);
    if (object !== undefined && unread !== undefined) {
      return await tellUnread({ source: this.#source }, object, unread);
    }
    if (object === undefined || state === undefined) return DONE;
    // Another by now: what is known of the one before says nothing of it.
    if (state.mold.object !== object) {
      this.#plans.hurry(key);
      return DONE;
    }
    const { versions, config, deletionPatienceMs, bury, onNote } = this.#options;
    const { owner } = this.#objectPlans;
    const copyKey = this.#objectPlans.copyKey(key);
    const seenUid = (name: string) => this.#members.get(name)?.copies.get(copyKey)?.uid;
    const own = { owner, deletionPatienceMs, bury, seenUid, onNote };
    const place = { source: this.#source, target: config.target, versions, ...own };
    const outcome = await writeHost(place, object, state);
    if (outcome !== 'plan again') return outcome;
    this.#plans.hurry(key);
    // Why it is being deleted decides about others, too.
    this.#options.onObject?.(key);
    return DONE;
  }
}
