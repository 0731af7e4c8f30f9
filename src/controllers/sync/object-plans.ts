/**
 * ObjectPlans: from the state of now, what every copy of an object lacks. Makes no request: it
 * remembers, and wakes whoever makes them.
 */

import { nameOfKey } from '../../api/kubefed/api-resource.ts';
import { type FederatedObject, SYNC_FINALIZER } from '../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../api/kubefed/federated-type-config.ts';
import { valueAt } from '../../api/untyped.ts';
import { type CopyPlan, planCopy } from '../../federation/copies/copy-plan.ts';
import { type CopyMold, isNamespace, leftOut } from '../../federation/copies/member-object.ts';
import { type NamespaceWish, type Placed, placeObject } from '../../federation/placement.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import { CONFLICT_RETRY_MS } from '../limits.ts';
import type { ObjectNote } from '../object-events.ts';
import type { FederatedObjects } from './federated-objects.ts';
import { holdBack } from './hold-back.ts';
import type { MemberWork } from './member-work.ts';
import { failureOf, goneObject, isOutside, isPlacementKnown, LEFT_OUT } from './object-outlook.ts';
import { ObjectState } from './object-state.ts';
import type { PropagatedVersions } from './propagated-versions.ts';
import type { RemovalGate } from './removal-gate.ts';

export interface ObjectPlansOptions {
  readonly config: FederatedTypeConfig;
  readonly clusters: FederatedClusters;
  readonly versions: PropagatedVersions;
  /**
   * Of a namespaced type: what is said of a namespace; undefined: not read yet. Absent where nobody
   * asks for namespaces.
   */
  readonly namespaceWish?: ((namespace: string) => NamespaceWish | 'none' | undefined) | undefined;
  readonly federationUid: string;
  /** An autoscaler has its replicas; undefined: not known yet. Absent: none has any. */
  readonly isAutoscaled?: ((key: string) => boolean | undefined) | undefined;
  /** Never federated: kube-system and the like, and the control plane's own. */
  readonly systemNamespaces: ReadonlySet<string>;
}

export interface PlanningAround {
  readonly objects: FederatedObjects;
  /** By cluster; those whose access is known. */
  readonly members: ReadonlyMap<string, MemberWork>;
  /** Something may have to be written about it in the host; `isNews`: at once. */
  readonly wakeHost: (key: string, isNews: boolean) => void;
  readonly wakePlan: (key: string) => void;
  readonly wakePlanAfter: (key: string, afterMs: number) => void;
  readonly gate: RemovalGate;
  readonly onNote: (object: FederatedObject, note: ObjectNote) => void;
}

export class ObjectPlans {
  readonly #options: ObjectPlansOptions;
  readonly #around: PlanningAround;
  /** The mark of every copy of ours. */
  readonly owner: string;
  readonly #states = new Map<string, ObjectState>();

  constructor(options: ObjectPlansOptions, around: PlanningAround) {
    this.#options = options;
    this.#around = around;
    const { federated } = options.config;
    this.owner = `${options.federationUid}/${federated.plural}.${federated.group}`;
  }

  get(key: string): ObjectState | undefined {
    return this.#states.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#states.keys();
  }

  get #canPlan(): boolean {
    const { versions, clusters } = this.#options;
    return this.#around.objects.hasSynced && versions.hasSynced && clusters.hasSynced;
  }

  plan(key: string): void {
    // Whatever makes it possible plans everything.
    if (!this.#canPlan) return;
    const object = this.#around.objects.get(key);
    const mold = this.#mold(object ?? goneObject(key));
    if (isOutside(mold, this.#options.systemNamespaces)) {
      if (object !== undefined && object.name !== object.namespace) {
        const text = `its name must be that of its namespace, "${object.namespace}"`;
        this.#around.onNote(object, { reason: 'InvalidName', text });
      }
      return;
    }
    if (this.#isAutoscaled(key) === undefined) {
      this.#around.wakePlanAfter(key, CONFLICT_RETRY_MS);
      return;
    }
    const placed = this.#place(mold.object);
    if (placed === undefined) return;
    const state = this.#stateOf(key, mold);
    state.take(mold);
    if (object !== undefined) {
      for (const reason of leftOut(mold)) {
        this.#around.onNote(object, { reason, text: LEFT_OUT[reason] });
      }
    }
    state.deletion = object?.deletion ?? 'gone';
    if (state.deletion === 'delete' && state.cause === undefined) {
      this.#around.wakeHost(key, true);
      return;
    }
    if (object !== undefined) {
      state.isEdited = valueAt(object.status, 'observedGeneration') !== object.generation;
    }
    state.failed = failureOf(placed);
    if (placed.kind !== 'failed') {
      state.placed = placed.kind === 'placed' ? placed.clusters : new Set();
    }
    if (object?.deletion === 'none' && !object.finalizers.includes(SYNC_FINALIZER)) {
      // Nothing is made in members that would not be taken back.
      this.#around.wakeHost(key, true);
      return;
    }
    const { names } = this.#options.clusters;
    if (isPlacementKnown(state)) for (const cluster of names) this.planIn(cluster, key, state);
    for (const cluster of [...state.recorded.keys(), ...state.results.keys()]) {
      if (this.#options.clusters.get(cluster) === undefined) state.forget(cluster);
    }
    if (object !== undefined) this.#around.wakeHost(key, false);
    else if (state.isEmpty) this.#states.delete(key);
  }

  /** One copy is seen otherwise: only that is looked at again. */
  copyChanged(cluster: string, copyKey: string): void {
    const key = this.objectKey(copyKey);
    const state = this.#states.get(key);
    if (state === undefined || !this.#canPlan) {
      this.#around.wakePlan(key);
      return;
    }
    if (!isPlacementKnown(state)) return;
    this.planIn(cluster, key, state);
    this.told(key, state);
  }

  /** How a copy stands may be another now. */
  told(key: string, state: ObjectState): void {
    if (state.deletion === 'gone') this.#around.wakePlan(key);
    else this.#around.wakeHost(key, false);
  }

  /** Decides about one copy; what is to be done waits in its member's queue. */
  planIn(cluster: string, key: string, state: ObjectState): void {
    const member = this.#around.members.get(cluster);
    const step = this.step(cluster, key, state);
    if (step === 'not read') {
      this.#notRead(cluster, state);
      return;
    }
    if (step.kind === 'nothing' || step.kind === 'write' || step.isAsked) {
      this.#around.gate.forget(cluster, key);
    } else {
      const asked = this.#around.gate.ask({
        cluster,
        key,
        isByEdit: state.isEdited,
        isByLoss: state.deletion === 'delete',
      });
      if (asked !== 'go') {
        this.#notYet(cluster, state, asked);
        return;
      }
    }
    if (step.kind === 'nothing') {
      state.tried.delete(cluster);
      const { status, message } = step;
      const copyKey = this.copyKey(key);
      const isReady = this.#options.clusters.get(cluster)?.isReady === true;
      if (status === undefined && isReady && member?.copies.get(copyKey) === undefined) {
        state.recorded.delete(cluster);
      }
      const remoteStatus = member?.copies.statusOf(copyKey);
      const isStatusAwaited = this.#options.config.collectsStatus && remoteStatus === undefined;
      const rest = isStatusAwaited ? { isStatusAwaited } : { remoteStatus };
      state.settle(cluster, status === undefined ? undefined : { status, message, ...rest });
      return;
    }
    const wakeAfter = (afterMs: number) => this.#around.wakePlanAfter(key, afterMs);
    const hold = holdBack({ cluster, state, step, wakeAfter });
    if (hold !== undefined) {
      state.settle(cluster, hold);
      return;
    }
    const id = `${step.kind} ${state.content(cluster).contentHash}`;
    if (state.tried.get(cluster) === id) {
      member?.queue.add(key);
      return;
    }
    state.tried.set(cluster, id);
    state.pend(cluster, step.kind);
    member?.queue.hurry(key);
  }

  /** It would go, and may not: it stays as it is. */
  #notYet(cluster: string, state: ObjectState, asked: 'held' | 'wait'): void {
    if (asked === 'wait') {
      state.pending.delete(cluster);
      return;
    }
    const { id = '', reason = '' } = this.#around.gate.held ?? {};
    const message = `${reason}: kept until "fedns accept ${id}"`;
    state.settle(cluster, { status: 'RemovalHeld', message });
  }

  /** What its copy there lacks now. */
  step(cluster: string, key: string, state: ObjectState): CopyPlan | 'not read' {
    const isReady = this.#options.clusters.get(cluster)?.isReady === true;
    const copies = this.#around.members.get(cluster)?.copies;
    if (isReady && copies?.hasSynced !== true) return 'not read';
    return planCopy({
      deletion: state.deletion,
      isDeletionAsked: state.cause === 'asked',
      isPlaced: state.placed.has(cluster),
      isReady,
      copy: copies?.get(this.copyKey(key)),
      recorded: state.recorded.get(cluster),
      content: state.content(cluster),
      owner: this.owner,
    });
  }

  /** Ready, but its copies cannot be seen. */
  #notRead(cluster: string, state: ObjectState): void {
    const isAwaited =
      state.deletion === 'none' ? state.placed.has(cluster) : state.recorded.has(cluster);
    const member = this.#around.members.get(cluster);
    if (!isAwaited) state.settle(cluster, undefined);
    else if (member === undefined) {
      state.settle(cluster, { status: 'ClientRetrievalFailed', message: 'no access is known' });
    } else if (member.copies.problem !== undefined) {
      const message = member.copies.problem;
      state.settle(cluster, { status: 'CachedRetrievalFailed', message });
    } else state.pend(cluster, 'write');
  }

  #stateOf(key: string, mold: CopyMold): ObjectState {
    let state = this.#states.get(key);
    if (state === undefined) {
      const { config, versions } = this.#options;
      state = new ObjectState(mold, versions.get(config.target, mold.object));
      this.#states.set(key, state);
    }
    return state;
  }

  #mold(object: FederatedObject): CopyMold {
    const { target, takesAnnotations } = this.#options.config;
    const clusterLabels = this.#options.clusters.labels;
    const isAutoscaled = this.#isAutoscaled(object.key) === true;
    return { object, target, owner: this.owner, takesAnnotations, clusterLabels, isAutoscaled };
  }

  #isAutoscaled(key: string): boolean | undefined {
    const { isAutoscaled } = this.#options;
    return isAutoscaled === undefined ? false : isAutoscaled(key);
  }

  /** undefined: what is said of its namespace was not read yet. */
  #place(object: FederatedObject): Placed | undefined {
    const { clusters, namespaceWish } = this.#options;
    const { isNamespaced } = this.#options.config.target;
    const namespace = isNamespaced ? namespaceWish?.(object.namespace) : undefined;
    if (isNamespaced && namespaceWish !== undefined && namespace === undefined) return undefined;
    return placeObject({ clusters: clusters.labels, placement: object.placement, namespace });
  }

  /** A FederatedNamespace lies in the namespace that its copies are. */
  copyKey(key: string): string {
    return isNamespace(this.#options.config.target) ? nameOfKey(key).name : key;
  }

  objectKey(copyKey: string): string {
    return isNamespace(this.#options.config.target) ? `${copyKey}/${copyKey}` : copyKey;
  }
}
