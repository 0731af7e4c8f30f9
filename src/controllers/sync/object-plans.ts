/**
 * ObjectPlans: from the state of now, what every copy of an object lacks. Makes no request: it
 * remembers, and wakes whoever makes them.
 */

import { nameOfKey } from '../../api/kubefed/api-resource.ts';
import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import { type CopyPlan, isAwaited, planCopy } from '../../federation/copies/copy-plan.ts';
import { type CopyMold, isNamespace } from '../../federation/copies/member-object.ts';
import type { CopyResult } from '../../federation/propagation-status.ts';
import type { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import { CONFLICT_RETRY_MS } from '../limits.ts';
import type { ObjectNote } from '../object-events.ts';
import { askGate, heldResult, holdBack } from './hold-back.ts';
import type { MemberWork } from './members/member-work.ts';
import {
  failureOf,
  goneObject,
  isAutoscaled,
  isEdited,
  isPlacementKnown,
  mayTouchMembers,
  moldOf,
  NOWHERE,
  notesOf,
  type ObjectPlansOptions,
  outsideOf,
  placedOf,
  UNREAD_CHECK_MS,
  type Unread,
  unreadHost,
  unreadResult,
} from './object-outlook.ts';
import type { ObjectSource } from './object-source.ts';
import { ObjectState } from './object-state.ts';
import type { Asked, RemovalGate } from './removal-gate.ts';

export interface PlanningAround {
  readonly source: Pick<ObjectSource, 'name' | 'isHeld'>;
  readonly objects: FollowedCollection<FederatedObject>;
  /** By cluster; those whose access is known. */
  readonly members: ReadonlyMap<string, MemberWork>;
  /** Something may have to be written about it in the host; `isNews`: at once. */
  readonly wakeHost: (key: string, isNews: boolean) => void;
  readonly wakePlan: (key: string) => void;
  readonly wakePlanAfter: (key: string, afterMs: number) => void;
  readonly gate: RemovalGate;
  readonly onNote: (object: FederatedObject, note: ObjectNote) => void;
}

/** Of most of half a million copies: one object for all. */
const WELL: CopyResult = { status: '', message: '' };

export class ObjectPlans {
  readonly #options: ObjectPlansOptions;
  readonly #around: PlanningAround;
  /** The mark of every copy of ours. */
  readonly owner: string;
  readonly #states = new Map<string, ObjectState>();
  readonly #sinceMs = performance.now();

  constructor(options: ObjectPlansOptions, around: PlanningAround) {
    this.#options = options;
    this.#around = around;
    this.owner = `${options.federationUid}/${around.source.name}`;
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

  /** What of the host cannot be read, so that nothing is planned; undefined: all was, or soon will be. */
  unread(object: FederatedObject): Unread | undefined {
    const { clusters, versions, config, systemNamespaces } = this.#options;
    const outside = outsideOf(object, config.target, systemNamespaces);
    if (outside !== undefined) return { failed: outside, copies: new Map() };
    if (this.#canPlan || object.deletion !== 'none') return undefined;
    const placed = clusters.hasSynced ? placedOf(this.#options, object) : 'not known';
    return unreadHost({ object, placed, problem: versions.problem, sinceMs: this.#sinceMs });
  }

  plan(key: string): void {
    if (!this.#canPlan) {
      // Whatever makes it possible plans everything; what stands in its way is told.
      this.#around.wakeHost(key, false);
      this.#around.wakePlanAfter(key, UNREAD_CHECK_MS);
      return;
    }
    const object = this.#around.objects.get(key);
    const mold = moldOf(this.#options, this.owner, object ?? goneObject(key));
    if (object !== undefined) {
      for (const note of notesOf(mold)) this.#around.onNote(object, note);
    }
    if (outsideOf(mold.object, mold.target, this.#options.systemNamespaces) !== undefined) {
      if (object !== undefined) this.#around.wakeHost(key, false);
      return;
    }
    if (isAutoscaled(this.#options, key) === undefined) {
      this.#around.wakePlanAfter(key, CONFLICT_RETRY_MS);
      return;
    }
    // Nothing tells when the last of its pods has ended.
    if (mold.leaving !== undefined) this.#around.wakePlanAfter(key, UNREAD_CHECK_MS);
    const placed = placedOf(this.#options, mold.object);
    if (placed === undefined) return;
    const state = this.#stateOf(key, mold);
    state.take(mold);
    state.deletion = object?.deletion ?? 'gone';
    if (state.deletion === 'delete' && state.cause === undefined) {
      this.#around.wakeHost(key, true);
      return;
    }
    const plannedBy = this.#options.plannedBy?.(key) ?? 'person';
    if (object !== undefined) state.isEdited = isEdited(object, plannedBy);
    state.failed = failureOf(placed);
    if (placed.kind !== 'failed') {
      const { clusters, limitedOut } = placed.kind === 'placed' ? placed : NOWHERE;
      state.place(clusters, limitedOut);
    }
    if (object?.deletion === 'none' && !mayTouchMembers(state, this.#around.source)) {
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

  /**
   * Ready or not, reached otherwise, its copies seen or not: objects are wanted where they were, and
   * only what is in it is looked at again (all 100 clusters at each turn of one is a start's longest).
   */
  standingChanged(cluster: string): void {
    if (!this.#canPlan) return;
    for (const [key, state] of this.#states) {
      // Others' turn may have come with it.
      if (state.mold.object.rollout !== undefined) this.#around.wakePlan(key);
      else if (isPlacementKnown(state)) {
        this.planIn(cluster, key, state);
        this.told(key, state);
      }
    }
  }

  /** How a copy stands may be another now. */
  told(key: string, state: ObjectState): void {
    if (state.deletion === 'gone') this.#around.wakePlan(key);
    else this.#around.wakeHost(key, false);
  }

  /** Decides about one copy; what is to be done waits in its member's queue. */
  planIn(cluster: string, key: string, state: ObjectState, isAfterWrite = false): void {
    if (!mayTouchMembers(state, this.#around.source)) return;
    const member = this.#around.members.get(cluster);
    const step = this.step(cluster, key, state);
    if (step === 'not read') {
      this.#notRead(cluster, state);
      return;
    }
    const asked = askGate(this.#around.gate, { cluster, key, state, step });
    if (asked !== 'go') {
      this.#notYet(cluster, state, asked);
      return;
    }
    if (step.kind === 'nothing') {
      // A write under way may yet make what is not there: its end is waited for.
      if (!isAfterWrite && member?.queue.isAtWork(key) === true) return;
      state.tried.delete(cluster);
      const { status, message } = step;
      const copyKey = this.copyKey(key);
      const isReady = this.#options.clusters.get(cluster)?.isReady === true;
      // Not there, or not ours any more: there is nothing to take back.
      if (status === undefined && isReady) state.recorded.delete(cluster);
      const remoteStatus = member?.copies.statusOf(copyKey);
      const isStatusAwaited = this.#options.collectsStatus && remoteStatus === undefined;
      const rest = isStatusAwaited ? { isStatusAwaited } : { remoteStatus };
      const isPlain = status === '' && !this.#options.collectsStatus;
      const said = isPlain ? WELL : status !== undefined && { status, message, ...rest };
      state.settle(cluster, said || state.keptIn(cluster));
      return;
    }
    const hold = this.#holdBack(cluster, key, state, step);
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

  /** What waited in a queue is asked again before it is done: much may have come between. */
  mayDo(cluster: string, key: string, state: ObjectState, step: CopyPlan): boolean {
    if (!mayTouchMembers(state, this.#around.source)) return false;
    const asked = askGate(this.#around.gate, { cluster, key, state, step });
    return asked === 'go' && this.#holdBack(cluster, key, state, step) === undefined;
  }

  #holdBack(cluster: string, key: string, state: ObjectState, step: CopyPlan) {
    const wakeAfter = (afterMs: number) => this.#around.wakePlanAfter(key, afterMs);
    return holdBack({ cluster, state, step, wakeAfter });
  }

  /** It would go, and may not: it stays as it is. */
  #notYet(cluster: string, state: ObjectState, asked: Asked): void {
    if (asked === 'wait') state.pending.delete(cluster);
    else state.settle(cluster, heldResult(this.#around.gate.held));
  }

  /** What its copy there lacks now. */
  step(cluster: string, key: string, state: ObjectState): CopyPlan | 'not read' {
    const isReady = this.#options.clusters.get(cluster)?.isReady === true;
    const copies = this.#around.members.get(cluster)?.copies;
    if (isReady && copies?.hasSynced !== true) return 'not read';
    const plan = planCopy({
      deletion: state.deletion,
      isDeletionAsked: state.cause === 'asked',
      isPlaced: state.isPlaced(cluster),
      isReady,
      copy: copies?.get(this.copyKey(key)),
      recorded: state.recorded.get(cluster),
      content: state.content(cluster),
      owner: this.owner,
      target: this.#options.config.target,
    });
    // What a tombstone is for goes; released it would stay for ever.
    const isLeft = plan.kind === 'release' && state.deletion === 'gone';
    if (!isLeft || this.#options.isBuried?.(cluster, key) !== true) return plan;
    this.#around.wakePlanAfter(key, UNREAD_CHECK_MS);
    return { kind: 'nothing', status: undefined, message: '' };
  }

  /** Ready, but its copies cannot be seen. */
  #notRead(cluster: string, state: ObjectState): void {
    const { deletion } = state;
    const recorded = state.recorded.get(cluster);
    const isWanted = isAwaited({ deletion, recorded, isPlaced: state.isPlaced(cluster) });
    const { target } = this.#options.config;
    const result = unreadResult(this.#around.members.get(cluster)?.copies, target);
    if (!isWanted) state.settle(cluster, undefined);
    else if (result === undefined)
      state.pend(cluster, deletion === 'none' ? 'write' : 'remove', true);
    else state.settle(cluster, result);
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

  /** A FederatedNamespace lies in the namespace that its copies are. */
  copyKey(key: string): string {
    return isNamespace(this.#options.config.target) ? nameOfKey(key).name : key;
  }

  objectKey(copyKey: string): string {
    return isNamespace(this.#options.config.target) ? `${copyKey}/${copyKey}` : copyKey;
  }
}
