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
import type { ContentFacts, CopyPlan } from '../../federation/copies/copy-plan.ts';
import { isNamespace } from '../../federation/copies/member-object.ts';
import type { NamespaceWish } from '../../federation/placement.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome, WorkQueue } from '../../kubernetes/reconciling/work-queue.ts';
import type { FederationCounts } from '../federation-counts.ts';
import { HOST_WRITES_AT_ONCE, RETRY_MAX_MS, RETRY_MIN_MS } from '../limits.ts';
import type { ObjectNote } from '../object-events.ts';
import type { DeletionCauses } from './deletion-cause.ts';
import { FederatedObjects } from './federated-objects.ts';
import { type HostPlace, writeHost } from './host-work.ts';
import { MemberWork } from './member-work.ts';
import { withRemedy } from './object-outlook.ts';
import { ObjectPlans, type ObjectPlansOptions } from './object-plans.ts';
import type { ObjectState } from './object-state.ts';
import { type HeldRemovals, RemovalGate } from './removal-gate.ts';
import { removeNamespace } from './remove-namespace.ts';
import { type CopyPlace, releaseCopy, removeCopy, type Written, writeCopy } from './write-copy.ts';

export interface SyncTypeOptions extends ObjectPlansOptions {
  readonly host: PacedClient;
  /** The control plane's own, of a federation that is no more than a namespace. */
  readonly onlyNamespace: string | undefined;
  /** What is in a member already, without our label, may be taken over. */
  readonly adopts: boolean;
  readonly causes: DeletionCauses;
  readonly deletionPatienceMs: number;
  readonly bury: HostPlace['bury'];
  /** Removals of this type are held from now on; undefined: no more. */
  readonly onHeld: (type: string, held: HeldRemovals | undefined) => void;
  readonly onObject?: ((key: string) => void) | undefined;
  /** Something a person should know of the object, and its status has no place for. */
  readonly onNote: (object: FederatedObject, note: ObjectNote) => void;
  readonly counts?: FederationCounts | undefined;
  readonly onFault: (cluster: string, key: string, error: unknown) => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class SyncType {
  readonly config: SyncTypeOptions['config'];
  readonly objects: FederatedObjects;
  readonly #options: SyncTypeOptions;
  readonly gate: RemovalGate;
  readonly #objectPlans: ObjectPlans;
  readonly #members = new Map<string, MemberWork>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #plans: WorkQueue;
  readonly #hostWork: WorkQueue;
  #isRunning = false;

  constructor(options: SyncTypeOptions) {
    this.#options = options;
    const { config, host, onFault } = options;
    this.config = config;
    this.objects = new FederatedObjects({
      client: host.client,
      federated: config.federated,
      namespace: options.onlyNamespace,
      onObject: (key) => {
        this.#plans.hurry(key);
        options.onObject?.(key);
      },
      onSynced: () => this.planAll(),
      limits: options.limits,
    });
    const backoff = { backoffMinMs: RETRY_MIN_MS, backoffMaxMs: RETRY_MAX_MS };
    this.#plans = new WorkQueue({
      concurrency: 1,
      ...backoff,
      work: (key) => {
        this.#objectPlans.plan(key);
        return DONE;
      },
      onFault: (key, error) => onFault('', key, error),
    });
    this.#hostWork = new WorkQueue({
      concurrency: HOST_WRITES_AT_ONCE,
      ...backoff,
      work: (key) => this.#writeHost(key),
      onFault: (key, error) => onFault('', key, error),
    });
    this.gate = new RemovalGate({
      copiesByMember: () =>
        new Map([...this.#members].map(([name, { copies }]) => [name, copies.size])),
      onDecided: (keys) => {
        for (const key of keys) this.#plans.hurry(key);
      },
      onHeld: (held) => options.onHeld(config.name, held),
    });
    this.#objectPlans = new ObjectPlans(options, {
      objects: this.objects,
      members: this.#members,
      wakeHost: (key, isNews) => (isNews ? this.#hostWork.hurry(key) : this.#hostWork.add(key)),
      wakePlan: (key) => this.#plans.add(key),
      wakePlanAfter: (key, afterMs) => this.#plans.addAfter(key, afterMs),
      gate: this.gate,
      onNote: options.onNote,
    });
  }

  start(): void {
    this.#isRunning = true;
    this.objects.start();
    this.#plans.start();
    this.#hostWork.start();
    for (const name of this.#options.clusters.names) this.clusterChanged(name);
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

  /** Come, gone, ready or not, relabelled, or reached otherwise. */
  clusterChanged(name: string): void {
    if (!this.#isRunning) return;
    const cluster = this.#options.clusters.get(name);
    const member = this.#members.get(name);
    if (member !== undefined && member.client !== cluster?.client) this.#dismiss(member);
    const { client } = cluster ?? {};
    if (client !== undefined && !this.#members.has(name)) this.#join(name, client);
    if (cluster?.isReady === true) this.#members.get(name)?.copies.hurry();
    this.planAll();
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
    const { config, onlyNamespace, onFault, limits } = this.#options;
    const member = new MemberWork({
      cluster,
      client,
      target: config.target,
      namespace: config.target.isNamespaced ? onlyNamespace : undefined,
      collectsStatus: config.collectsStatus,
      onCopy: (key) => this.#objectPlans.copyChanged(cluster, key),
      onStatus: () => this.planAll(),
      write: (at, key) => this.#write(at, key),
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

  async #write(member: MemberWork, key: string): Promise<Outcome> {
    const { cluster, client } = member;
    const state = this.#objectPlans.get(key);
    if (state === undefined || this.#members.get(cluster) !== member) return DONE;
    const step = this.#objectPlans.step(cluster, key, state);
    const isIdle = step === 'not read' || step.kind === 'nothing';
    if (isIdle || !this.#objectPlans.mayDo(cluster, key, state, step)) {
      this.#objectPlans.planIn(cluster, key, state, true);
      this.#hostWork.add(key);
      return DONE;
    }
    // As it is planned now: what it is recorded as, whatever changes meanwhile.
    const content = state.content(cluster);
    const recorded = state.recorded.get(cluster);
    const place: CopyPlace = { client, cluster, mold: state.mold };
    const isThere = member.copies.get(this.#objectPlans.copyKey(key)) !== undefined;
    const { adopts } = this.#options;
    const begunMs = performance.now();
    const written =
      step.kind === 'write'
        ? await writeCopy(place, { recorded, content, isThere, adopts })
        : await (step.kind === 'remove' ? this.#remove(place) : releaseCopy(place));
    const result = written.kind === 'written' ? 'success' : written.status;
    const operation = step.kind === 'write' ? (isThere ? 'update' : 'create') : step.kind;
    const type = this.config.name;
    const seconds = (performance.now() - begunMs) / 1000;
    this.#options.counts?.wrote({ type, operation, result }, seconds);
    if (this.#members.get(cluster) !== member) return DONE;
    return this.#wrote(member, key, { state, step, written, content });
  }

  #remove(place: CopyPlace): Promise<Written> {
    const isOfNamespaces = isNamespace(this.config.target);
    return isOfNamespaces ? removeNamespace(place, this.#options.federationUid) : removeCopy(place);
  }

  #wrote(member: MemberWork, key: string, { state, step, written, content }: Wrote): Outcome {
    const { cluster } = member;
    if (written.kind === 'failed') {
      const { status, message, againMs, retryAfterMs } = written;
      const isWaiting = status === 'WaitingForRemoval';
      if (againMs === undefined || isWaiting) {
        state.settle(cluster, { status, message: withRemedy(message, state.mold) });
        this.#hostWork.add(key);
      }
      if (againMs !== undefined) return { kind: 'again', afterMs: againMs };
      return { kind: 'failed', atLeastMs: retryAfterMs };
    }
    const { facts, hasChanged, note } = written;
    if (state.rolled(cluster)) this.#plans.add(key);
    if (note !== undefined) this.#options.onNote(state.mold.object, note);
    if (hasChanged) state.hasChanged = true;
    member.copies.wrote(this.#objectPlans.copyKey(key), facts);
    if (facts === undefined) state.recorded.delete(cluster);
    else if (step.kind === 'write') {
      const { uid, version, labelsHash } = facts;
      const { contentHash } = content;
      state.recorded.set(cluster, { uid, version, contentHash, labelsHash });
    }
    state.tried.delete(cluster);
    this.#objectPlans.planIn(cluster, key, state, true);
    this.#objectPlans.told(key, state);
    return DONE;
  }

  async #writeHost(key: string): Promise<Outcome> {
    const object = this.objects.get(key);
    const state = this.#objectPlans.get(key);
    if (object === undefined || state === undefined) return DONE;
    // Another by now: what is known of the one before says nothing of it.
    if (state.mold.object !== object) {
      this.#plans.hurry(key);
      return DONE;
    }
    const { host, versions, config, causes, deletionPatienceMs, bury } = this.#options;
    const { owner } = this.#objectPlans;
    const place = { host, versions, causes, owner, deletionPatienceMs, bury, ...config };
    const outcome = await writeHost(place, object, state);
    if (outcome !== 'plan again') return outcome;
    this.#plans.hurry(key);
    return DONE;
  }
}

interface Wrote {
  readonly state: ObjectState;
  readonly step: Exclude<CopyPlan, { kind: 'nothing' }>;
  readonly written: Written;
  readonly content: ContentFacts;
}
