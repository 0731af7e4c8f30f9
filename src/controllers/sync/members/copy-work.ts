/**
 * The write of one copy: what is planned of it now is asked again, done in its member, and remembered.
 * At the end its object is planned and told anew.
 */

import type { FederatedObject } from '../../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { textAt } from '../../../api/untyped.ts';
import type { ContentFacts, CopyFacts, CopyPlan } from '../../../federation/copies/copy-plan.ts';
import { undoneAgain } from '../../../federation/copies/drift-patience.ts';
import { isNamespace } from '../../../federation/copies/member-object.ts';
import { METADATA_ONLY } from '../../../kubernetes/api-client.ts';
import type { WritingClient } from '../../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome } from '../../../kubernetes/reconciling/work-queue.ts';
import type { FederationCounts } from '../../federation-counts.ts';
import type { ObjectNote } from '../../object-events.ts';
import { withRemedy } from '../object-outlook.ts';
import type { ObjectPlans } from '../object-plans.ts';
import type { ObjectState } from '../object-state.ts';
import type { MemberWork } from './member-work.ts';
import { removeNamespace } from './remove-namespace.ts';
import { type CopyPlace, releaseCopy, removeCopy, type Written, writeCopy } from './write-copy.ts';

export interface CopyWorkOptions {
  readonly config: FederatedTypeConfig;
  readonly host: Pick<WritingClient, 'get'>;
  readonly federationUid: string;
  /** What is in a member already, without our label, may be taken over. */
  readonly adopts: boolean;
  /** Something a person should know of the object, and its status has no place for. */
  readonly onNote: (object: FederatedObject, note: ObjectNote) => void;
  readonly counts?: FederationCounts | undefined;
}

export interface CopyWorkAround {
  readonly plans: ObjectPlans;
  /** It is not replaced by another, nor gone. */
  readonly isMember: (member: MemberWork) => boolean;
  readonly wakeHost: (key: string) => void;
  readonly wakePlan: (key: string) => void;
}

export class CopyWork {
  readonly #options: CopyWorkOptions;
  readonly #around: CopyWorkAround;
  readonly #plans: ObjectPlans;

  constructor(options: CopyWorkOptions, around: CopyWorkAround) {
    this.#options = options;
    this.#around = around;
    this.#plans = around.plans;
  }

  async #isOfHost(namespace: string, uid: string): Promise<boolean> {
    const path = `/api/v1/namespaces/${namespace}`;
    const object = await this.#options.host.get(path, { accept: METADATA_ONLY });
    return textAt(object, 'metadata', 'uid') === uid;
  }

  /** What the copy lacks now is done, if it still may be. */
  async write(member: MemberWork, key: string): Promise<Outcome> {
    const { cluster, client } = member;
    const state = this.#plans.get(key);
    if (state === undefined || !this.#around.isMember(member)) return DONE;
    const step = this.#plans.step(cluster, key, state);
    const isIdle = step === 'not read' || step.kind === 'nothing';
    if (isIdle || !this.#plans.mayDo(cluster, key, state, step)) {
      this.#plans.planIn(cluster, key, state, true);
      this.#around.wakeHost(key);
      return DONE;
    }
    // As it is planned now: what it is recorded as, whatever changes meanwhile.
    const content = state.content(cluster);
    const recorded = state.recorded.get(cluster);
    const place: CopyPlace = { client, cluster, mold: state.mold };
    const before = member.copies.get(this.#plans.copyKey(key));
    const isThere = before !== undefined;
    const { adopts } = this.#options;
    const isOfHost = (uid: string) => this.#isOfHost(state.mold.object.name, uid);
    const begunMs = performance.now();
    const written =
      step.kind === 'write'
        ? await writeCopy(place, { recorded, content, isThere, adopts, isOfHost })
        : await (step.kind === 'remove' ? this.#remove(place) : releaseCopy(place));
    const result = written.kind === 'written' ? 'success' : written.status;
    const operation = step.kind === 'write' ? (isThere ? 'update' : 'create') : step.kind;
    const type = this.#options.config.name;
    const seconds = (performance.now() - begunMs) / 1000;
    this.#options.counts?.wrote({ type, operation, result }, seconds);
    if (!this.#around.isMember(member)) return DONE;
    return this.#wrote(member, key, { state, step, written, content, before });
  }

  #remove(place: CopyPlace): Promise<Written> {
    const isOfNamespaces = isNamespace(this.#options.config.target);
    return isOfNamespaces ? removeNamespace(place, this.#options.federationUid) : removeCopy(place);
  }

  #wrote(
    member: MemberWork,
    key: string,
    { state, step, written, content, before }: Wrote,
  ): Outcome {
    const { cluster } = member;
    if (written.kind === 'failed') {
      const { status, message, againMs, retryAfterMs } = written;
      const isWaiting = status === 'WaitingForRemoval';
      const isConflict = againMs !== undefined && !isWaiting;
      const conflicts = isConflict ? (state.conflicts.get(cluster) ?? 0) + 1 : 0;
      state.conflicts.set(cluster, conflicts);
      if (!isConflict || conflicts >= CONFLICTS_TOLD) {
        state.settle(cluster, { status, message: withRemedy(message, state.mold) });
        this.#around.wakeHost(key);
      }
      if (isWaiting && againMs !== undefined) return { kind: 'again', afterMs: againMs };
      // Others' writes wake it, too: it must not be tried again at each of them.
      return { kind: 'failed', atLeastMs: retryAfterMs, fromMs: againMs };
    }
    const { facts, hasChanged, note } = written;
    if (state.rolled(cluster)) this.#around.wakePlan(key);
    if (step.kind === 'write') state.kept.delete(cluster);
    if (note !== undefined) {
      this.#options.onNote(state.mold.object, note);
      if (note.reason === 'NamespaceKept') state.kept.set(cluster, note.text);
    }
    if (hasChanged) state.hasChanged = true;
    member.copies.wrote(this.#plans.copyKey(key), facts, before);
    if (facts === undefined) state.recorded.delete(cluster);
    else if (step.kind === 'write') {
      const { uid, version, labelsHash, givenHash } = facts;
      const { contentHash } = content;
      const isUndone = hasChanged && state.recorded.get(cluster)?.contentHash === contentHash;
      if (isUndone) {
        state.undone.set(cluster, undoneAgain(state.undone.get(cluster), performance.now()));
      }
      const given = givenHash !== undefined && { givenHash };
      state.recorded.set(cluster, { uid, version, contentHash, labelsHash, ...given });
    }
    state.tried.delete(cluster);
    state.conflicts.delete(cluster);
    this.#plans.planIn(cluster, key, state, true);
    this.#plans.told(key, state);
    return DONE;
  }
}

/** The first that a status tells: one or two are everybody's day. */
const CONFLICTS_TOLD = 3;

interface Wrote {
  readonly state: ObjectState;
  readonly step: Exclude<CopyPlan, { kind: 'nothing' }>;
  readonly written: Written;
  readonly content: ContentFacts;
  /** As the watch showed it when the write began. */
  readonly before: CopyFacts | undefined;
}
