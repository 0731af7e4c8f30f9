/**
 * What to do with one copy: an object in a cluster, wanted or not, there or not. Pure; the only
 * place where that is decided.
 *
 * Source: specs of KubeFed 0.10, "Sync controller"; owners are ours.
 */

import type { ApiResource } from '../../api/kubefed/api-resource.ts';
import type { FederatedObject } from '../../api/kubefed/federated-object.ts';

/** A copy as its member shows it, without its content. */
export interface CopyFacts {
  readonly uid: string;
  /** `gen:3`, or `rv:123` where objects of the type have no generation. */
  readonly version: string;
  /** Of its labels: what they are is not held. */
  readonly labelsHash: number;
  /** Of the annotations that we gave it, by `fedns.io/given-annotations`; absent: none. */
  readonly givenHash?: number;
  readonly owner: string | undefined;
  /** Of the label kubefed.io/managed. */
  readonly managed: string | undefined;
  readonly isDeleting: boolean;
}

/** What we wrote last. */
export interface RecordedCopy {
  /** Empty: KubeFed wrote it, and did not say. */
  readonly uid: string;
  readonly version: string;
  /** Of what it was made of; undefined: KubeFed wrote it, from what is wanted still. */
  readonly contentHash: string | undefined;
  /** Of its labels after the write; undefined: not known since a start. */
  readonly labelsHash: number | undefined;
  /** Of the annotations that we gave it, after the write. */
  readonly givenHash?: number | undefined;
}

/** The words of KubeFed's status; the empty one is OK, and not said. */
export type CopyStatus =
  | ''
  | 'AlreadyExists'
  | 'ApplyOverridesFailed'
  | 'CachedRetrievalFailed'
  | 'ClientRetrievalFailed'
  | 'ClusterNotReady'
  | 'ComputeResourceFailed'
  | 'CreationFailed'
  | 'CreationTimedOut'
  | 'DeletionFailed'
  | 'DeletionTimedOut'
  | 'FieldRetentionFailed'
  | 'LabelRemovalFailed'
  | 'LabelRemovalTimedOut'
  | 'ManagedLabelFalse'
  | 'RetrievalFailed'
  | 'UpdateFailed'
  | 'UpdateTimedOut'
  | 'VersionRetrievalFailed'
  | 'WaitingForRemoval'
  // Ours.
  | 'NamespaceKept'
  | 'OwnedByOther'
  | 'Paused'
  | 'RemovalHeld'
  | 'RolloutPending'
  | 'SharePending';

export type CopyPlan =
  /** `status` undefined: nothing to say of this cluster. */
  | { readonly kind: 'nothing'; readonly status: CopyStatus | undefined; readonly message: string }
  /** Made, or brought to what is wanted; `isEmptying`: it runs there, and would run no more. */
  | { readonly kind: 'write'; readonly isEmptying: boolean }
  /** Not for a delete of its object: `isAsked` false, and the gate of removals has a say. */
  | { readonly kind: 'remove'; readonly isAsked: boolean }
  /** It stays, without our marks. */
  | { readonly kind: 'release'; readonly isAsked: boolean };

/** What a copy is to be made of. */
export interface ContentFacts {
  /** With `NONE_RUN` at its end: the write scales it to zero, whatever runs there. */
  readonly contentHash: string;
  readonly labelsHash: number;
  readonly givenHash?: number | undefined;
}

/** At the end of a hash, so that the record of what was written says it, too. */
export const NONE_RUN = '-0';

export interface CopyInputs {
  readonly deletion: FederatedObject['deletion'] | 'gone';
  /** The delete was meant for this very object, and not for its namespace or its type. */
  readonly isDeletionAsked: boolean;
  readonly isPlaced: boolean;
  readonly isReady: boolean;
  readonly copy: CopyFacts | undefined;
  readonly recorded: RecordedCopy | undefined;
  /** Of what the copy is to be made of, and of the labels it then has. */
  readonly content: ContentFacts;
  readonly owner: string;
  readonly target: Pick<ApiResource, 'group' | 'kind'>;
}

export function planCopy(inputs: CopyInputs): CopyPlan {
  const { deletion, isDeletionAsked, isPlaced, isReady, copy, recorded, owner } = inputs;
  if (!isReady) {
    return nothing(isAwaited(inputs) ? 'ClusterNotReady' : undefined);
  }
  if (deletion === 'none' && isPlaced) return planWanted(inputs);
  // We wrote it and do not see it: whether it is gone is asked before its object may go.
  const isUnseen = copy === undefined && recorded !== undefined;
  if (isUnseen && deletion === 'delete') return { kind: 'remove', isAsked: isDeletionAsked };
  if (isUnseen && deletion === 'orphan') return { kind: 'release', isAsked: true };
  const isOurs = copy !== undefined && copy.managed === 'true' && mayTake(copy, owner, deletion);
  if (!isOurs) return nothing(undefined);
  if (deletion === 'orphan') return { kind: 'release', isAsked: true };
  if (deletion === 'gone') return { kind: 'release', isAsked: false };
  if (copy.isDeleting) return nothing('WaitingForRemoval');
  return { kind: 'remove', isAsked: deletion === 'delete' && isDeletionAsked };
}

/**
 * Something is to come of the cluster: of a deletion also where we do not know to have written, for
 * a write may have come through that nobody could record.
 */
export function isAwaited({
  deletion,
  isPlaced,
  recorded,
}: Pick<CopyInputs, 'deletion' | 'isPlaced' | 'recorded'>): boolean {
  if (deletion === 'none') return isPlaced;
  return recorded !== undefined || (isPlaced && deletion !== 'gone');
}

/** With only KubeFed's label it is ours if the object that it is a copy of is. */
function mayTake(copy: CopyFacts, owner: string, deletion: CopyInputs['deletion']): boolean {
  if (copy.owner === undefined) return deletion !== 'gone';
  return copy.owner === owner;
}

function planWanted({ copy, recorded, content, owner, target }: CopyInputs): CopyPlan {
  if (copy === undefined) return { kind: 'write', isEmptying: false };
  if (copy.managed === 'false') return nothing('ManagedLabelFalse', MANAGED_FALSE_MESSAGE);
  if (copy.owner !== undefined && copy.owner !== owner) {
    return nothing('OwnedByOther', ownedByOther(copy.owner));
  }
  if (copy.isDeleting) return nothing('WaitingForRemoval', 'it is being deleted there');
  if (isAsWritten({ copy, recorded, content, owner, target })) return nothing('');
  return { kind: 'write', isEmptying: isEmptying(content, recorded) };
}

/** By what is recorded: of what KubeFed wrote it is known only that it is wanted so still. */
function isEmptying({ contentHash }: ContentFacts, recorded: RecordedCopy | undefined): boolean {
  if (!contentHash.endsWith(NONE_RUN)) return false;
  return recorded === undefined || recorded.contentHash?.endsWith(NONE_RUN) === false;
}

/** It is what we wrote last, of what is wanted now; nobody has touched it since. */
export function isAsWritten({
  copy,
  recorded,
  content,
  owner,
  target,
}: Pick<CopyInputs, 'recorded' | 'content' | 'owner' | 'target'> & {
  readonly copy: CopyFacts;
}): boolean {
  const isMarked =
    copy.owner === owner ||
    (copy.owner === undefined && isMarkedLater(target) && recorded?.uid === copy.uid);
  return (
    isMarked &&
    copy.managed === 'true' &&
    recorded !== undefined &&
    recorded.version === copy.version &&
    recorded.contentHash === content.contentHash &&
    hasGiven({ copy, recorded, content, target }) &&
    // A member may add labels at every write: what it made of ours then is no drift.
    (copy.labelsHash === content.labelsHash || copy.labelsHash === recorded.labelsHash)
  );
}

/**
 * Annotations move no generation, but of Deployments: ours are compared by themselves. What a member
 * makes of them at a write is no drift.
 */
function hasGiven({
  copy,
  recorded,
  content,
  target,
}: Pick<CopyInputs, 'content' | 'target'> & {
  readonly copy: CopyFacts;
  readonly recorded: RecordedCopy;
}): boolean {
  if (isMarkedLater(target) || copy.givenHash === content.givenHash) return true;
  return copy.givenHash !== undefined && copy.givenHash === recorded.givenHash;
}

/**
 * Of Deployments API servers count a new annotation as a new generation: one that KubeFed wrote gets
 * the owner's mark with its next change, and until then is known by its uid.
 */
export function isMarkedLater({ group, kind }: CopyInputs['target']): boolean {
  return group === 'apps' && kind === 'Deployment';
}

function nothing(status: CopyStatus | undefined, message = ''): CopyPlan {
  return { kind: 'nothing', status, message };
}

export const MANAGED_FALSE_MESSAGE = 'its label kubefed.io/managed is "false" there: hands off';

export function ownedByOther(owner: string): string {
  return `its annotation fedns.io/owner is ${owner}`;
}
