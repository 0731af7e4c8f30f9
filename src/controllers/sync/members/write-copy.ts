/**
 * The writes into a member, one copy at a time: make, bring up to what is wanted, delete, release.
 * Each is idempotent, names the very object it read, and ends in one of KubeFed's words.
 *
 * Source: specs of KubeFed 0.10, "Sync controller". Our choice: an update is read, changed and put
 * back whole under its resource version, which gives KubeFed's result to the letter; a server-side
 * apply would leave fields behind that another manager co-owns.
 */

import { collectionPath, objectPath } from '../../../api/kubefed/api-resource.ts';
import { isJsonObject, type JsonObject } from '../../../api/kubefed/federated-object.ts';
import { textAt, textMapAt } from '../../../api/untyped.ts';
import { copyFactsOf } from '../../../federation/copies/copy-facts.ts';
import {
  type ContentFacts,
  type CopyFacts,
  type CopyStatus,
  isAsWritten,
  isMarkedLater,
  MANAGED_FALSE_MESSAGE,
  ownedByOther,
  type RecordedCopy,
} from '../../../federation/copies/copy-plan.ts';
import {
  type CopyMold,
  isNamespace,
  LEAVING_ANNOTATION,
  MANAGED_LABEL,
  memberObject,
  OUR_ANNOTATIONS,
  templateProblem,
} from '../../../federation/copies/member-object.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import type { WritingClient } from '../../../kubernetes/reconciling/paced-client.ts';
import { CONFLICT_RETRY_MS, COPY_TIMEOUT_MS } from '../../limits.ts';
import type { ObjectNote } from '../../object-events.ts';

export interface CopyPlace {
  readonly client: WritingClient;
  readonly cluster: string;
  readonly mold: CopyMold;
  /** Only the object of this uid is meant. */
  readonly onlyUid?: string;
}

export type Written =
  /** `facts` undefined: it is not there (any more), or not ours. */
  | {
      readonly kind: 'written';
      readonly facts: CopyFacts | undefined;
      /** Something in the member is another than before. */
      readonly hasChanged: boolean;
      /** For whoever owns the object: something went otherwise than asked. */
      readonly note?: ObjectNote;
    }
  | {
      readonly kind: 'failed';
      readonly status: CopyStatus;
      readonly message: string;
      /** No failure: another was faster, or something else goes first; again so soon, ms. */
      readonly againMs: number | undefined;
      readonly retryAfterMs: number | undefined;
    };

export interface WriteOptions {
  readonly recorded: RecordedCopy | undefined;
  readonly content: ContentFacts;
  /** It is known to be there. */
  readonly isThere: boolean;
  /** What is there already, without our label, may be taken over. */
  readonly adopts: boolean;
  /** Of a namespace there: it is the host's own, and so this member is the host. Throws ApiError. */
  readonly isOfHost?: (uid: string) => Promise<boolean>;
}

export async function writeCopy(place: CopyPlace, options: WriteOptions): Promise<Written> {
  const problem = templateProblem(place.mold.object);
  if (problem !== undefined) return refused('ComputeResourceFailed', problem);
  if (options.isThere || options.recorded !== undefined) {
    const updated = await updateCopy(place, options);
    if (updated !== 'absent') return updated;
  }
  return await createCopy(place, options);
}

async function createCopy(place: CopyPlace, options: WriteOptions): Promise<Written> {
  const { client, cluster, mold } = place;
  const wanted = memberObject(mold, cluster, undefined);
  if (wanted.kind === 'bad') return refused('ApplyOverridesFailed', wanted.problem);
  const { namespace } = mold.object;
  const path = collectionPath(mold.target, mold.target.isNamespaced ? namespace : undefined);
  try {
    const made = await client.post(path, wanted.value, { timeoutMs: COPY_TIMEOUT_MS });
    return { kind: 'written', facts: copyFactsOf(made), hasChanged: true };
  } catch (error) {
    if (!isAlreadyThere(error, mold)) return failed('Creation', error);
  }
  const updated = await updateCopy(place, options);
  if (updated !== 'absent') return updated;
  return failed('Creation', new Error('it was there, and is gone'), CONFLICT_RETRY_MS);
}

async function updateCopy(
  place: CopyPlace,
  { recorded, content, adopts, isOfHost }: WriteOptions,
): Promise<Written | 'absent'> {
  const { client, cluster, mold } = place;
  const live = await readLive(place);
  if (live.kind !== 'read') return live.kind === 'absent' ? 'absent' : live;
  const facts = copyFactsOf(live.object);
  if (facts.managed === 'false') {
    return refused('ManagedLabelFalse', MANAGED_FALSE_MESSAGE);
  }
  if (facts.owner !== undefined && facts.owner !== mold.owner) {
    return refused('OwnedByOther', ownedByOther(facts.owner));
  }
  if (facts.isDeleting) return refused('WaitingForRemoval', 'it is being deleted there');
  // Under our name somebody may have made another since.
  const wasOurs = facts.managed === 'true' || recorded?.uid === facts.uid;
  if (!adopts && !wasOurs) {
    const stands = 'it is there already, not made by us';
    try {
      // In the host every namespace that is federated is there already.
      const isHosts = isNamespace(mold.target) && (await isOfHost?.(facts.uid)) === true;
      if (!isHosts) return refused('AlreadyExists', stands);
    } catch (error) {
      return failed('Update', error);
    }
  }
  const { owner, target } = mold;
  if (isAsWritten({ copy: facts, recorded, content, owner, target })) {
    return { kind: 'written', facts, hasChanged: false };
  }
  const wanted = memberObject(mold, cluster, live.object);
  if (wanted.kind === 'bad') {
    const status = wanted.isRetention === true ? 'FieldRetentionFailed' : 'ApplyOverridesFailed';
    return refused(status, wanted.problem);
  }
  try {
    const path = objectPath(target, mold.object);
    // A copy that we have recorded once and that lost its mark since gets it back at once.
    const isKubefeds = facts.managed === 'true' && recorded?.contentHash === undefined;
    const isUnmarked = isKubefeds && facts.owner === undefined && isMarkedLater(target);
    if (isUnmarked && (await lacksOnlyMark(place, wanted.value, facts))) {
      return { kind: 'written', facts, hasChanged: false };
    }
    const written = await client.put(path, wanted.value, { timeoutMs: COPY_TIMEOUT_MS });
    const version = (object: unknown) => textAt(object, 'metadata', 'resourceVersion');
    const hasChanged = version(written) !== version(live.object);
    return { kind: 'written', facts: copyFactsOf(written), hasChanged };
  } catch (error) {
    return failed('Update', error);
  }
}

/** The server is asked, which alone knows what it would fill in: without our marks nothing changes. */
async function lacksOnlyMark(
  { client, mold }: CopyPlace,
  wanted: JsonObject,
  facts: CopyFacts,
): Promise<boolean> {
  const annotations = textMapAt(wanted, 'metadata', 'annotations');
  for (const name of OUR_ANNOTATIONS) if (name !== LEAVING_ANNOTATION) annotations.delete(name);
  const metadata = { ...Object(wanted['metadata']), annotations: Object.fromEntries(annotations) };
  const path = objectPath(mold.target, mold.object);
  const request = { timeoutMs: COPY_TIMEOUT_MS, query: { dryRun: 'All' } };
  const asked = copyFactsOf(await client.put(path, { ...wanted, metadata }, request));
  return asked.version === facts.version && asked.labelsHash === facts.labelsHash;
}

/** Deleted, if it is ours: with the wishes of the object's owner, and under its uid. */
export async function removeCopy(place: CopyPlace): Promise<Written> {
  const { client, mold } = place;
  const live = await readLive(place);
  if (live.kind === 'absent') return { kind: 'written', facts: undefined, hasChanged: false };
  if (live.kind === 'failed') return live;
  const facts = copyFactsOf(live.object);
  if (!isMeant(facts, place)) return { kind: 'written', facts: undefined, hasChanged: false };
  const { deleteOptions } = mold.object;
  if (deleteOptions.kind === 'bad') return refused('DeletionFailed', deleteOptions.problem);
  const wish = deleteOptions.value['preconditions'];
  const preconditions = { ...whatWasRead(live.object), ...(isJsonObject(wish) && wish) };
  const body = {
    ...{ apiVersion: 'v1', kind: 'DeleteOptions' },
    ...(!('orphanDependents' in deleteOptions.value) && dependentsOf(mold.target)),
    ...{ ...deleteOptions.value, preconditions },
  };
  try {
    const path = objectPath(mold.target, mold.object);
    const said = await client.delete(path, body, { timeoutMs: COPY_TIMEOUT_MS });
    // The object itself: something holds it for a while yet.
    const isThere = textAt(said, 'metadata', 'uid') === facts.uid;
    const left = isThere ? { ...facts, isDeleting: true } : undefined;
    return { kind: 'written', facts: left, hasChanged: true };
  } catch (error) {
    if (isAbsent(error)) return { kind: 'written', facts: undefined, hasChanged: true };
    return failed('Deletion', error);
  }
}

/** Of Jobs alone an API server leaves behind what they made, unless it is told otherwise. */
function dependentsOf({ group, kind }: CopyMold['target']): JsonObject {
  return group === 'batch' && kind === 'Job' ? { propagationPolicy: 'Background' } : {};
}

/** It stays, without our marks. */
export async function releaseCopy(place: CopyPlace): Promise<Written> {
  const { client, mold } = place;
  const live = await readLive(place);
  if (live.kind === 'absent') return { kind: 'written', facts: undefined, hasChanged: false };
  if (live.kind === 'failed') return live;
  const facts = copyFactsOf(live.object);
  if (!isMeant(facts, place)) return { kind: 'written', facts: undefined, hasChanged: false };
  const marks = {
    metadata: {
      ...whatWasRead(live.object),
      labels: { [MANAGED_LABEL]: null },
      annotations: Object.fromEntries(OUR_ANNOTATIONS.map((name) => [name, null])),
    },
  };
  try {
    const path = objectPath(mold.target, mold.object);
    await client.patch(path, marks, { timeoutMs: COPY_TIMEOUT_MS });
    return { kind: 'written', facts: undefined, hasChanged: true };
  } catch (error) {
    if (isAbsent(error)) return { kind: 'written', facts: undefined, hasChanged: true };
    return failed('LabelRemoval', error);
  }
}

/** Nothing else is deleted or released: it may have become another's since, or be from the past. */
function whatWasRead(live: JsonObject): { readonly uid: string; readonly resourceVersion: string } {
  return {
    uid: textAt(live, 'metadata', 'uid') ?? '',
    resourceVersion: textAt(live, 'metadata', 'resourceVersion') ?? '',
  };
}

export function isMeant(facts: CopyFacts, { mold, onlyUid }: CopyPlace): boolean {
  const isThat = onlyUid === undefined || facts.uid === onlyUid;
  return isThat && isOurs(facts, mold.owner);
}

function isOurs({ managed, owner }: CopyFacts, self: string): boolean {
  return managed === 'true' && (owner === undefined || owner === self);
}

export type Live =
  | { readonly kind: 'read'; readonly object: JsonObject }
  | { readonly kind: 'absent' }
  | Extract<Written, { kind: 'failed' }>;

export async function readLive({ client, mold }: CopyPlace): Promise<Live> {
  try {
    const path = objectPath(mold.target, mold.object);
    const object = await client.get(path, { timeoutMs: COPY_TIMEOUT_MS });
    if (isJsonObject(object)) return { kind: 'read', object };
    return failed('Retrieval', new Error(`GET ${path}: is no object`));
  } catch (error) {
    return isAbsent(error) ? { kind: 'absent' } : failed('Retrieval', error);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** A namespace's create may time out on the server, and be done all the same. */
function isAlreadyThere(error: unknown, { target }: CopyMold): boolean {
  if (!(error instanceof ApiError)) return false;
  const isUnsure = error.reason === 'ServerTimeout' && isNamespace(target);
  return isUnsure || error.reason === 'AlreadyExists';
}

type Operation = 'Creation' | 'Update' | 'Deletion' | 'LabelRemoval' | 'Retrieval';

export function failed(
  operation: Operation,
  error: unknown,
  againMs?: number,
): Extract<Written, { kind: 'failed' }> {
  if (!(error instanceof Error)) throw error;
  const facts = error instanceof ApiError ? error : undefined;
  const isTimeout = facts?.code === 'API_TIMEOUT' && operation !== 'Retrieval';
  return {
    kind: 'failed',
    status: isTimeout ? `${operation}TimedOut` : `${operation}Failed`,
    message: error.message,
    againMs: facts?.status === 409 ? CONFLICT_RETRY_MS : againMs,
    retryAfterMs: facts?.retryAfterMs,
  };
}

/** By us: the member had no say in it. */
function refused(status: CopyStatus, message: string): Extract<Written, { kind: 'failed' }> {
  return { kind: 'failed', status, message, againMs: undefined, retryAfterMs: undefined };
}
