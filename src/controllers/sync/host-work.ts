/**
 * What is written in the host about one federated object: that it is held, its PropagatedVersion, how
 * its copies stand. Each only where it differs; the object under the version that was read.
 */

import type { CopyTombstone } from '../../api/copy-tombstone.ts';
import type { ApiResource } from '../../api/kubefed/api-resource.ts';
import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import type { CopyStatus } from '../../federation/copies/copy-plan.ts';
import type { CopyResult } from '../../federation/propagation-status.ts';
import { DONE, type Outcome } from '../../kubernetes/reconciling/work-queue.ts';
import { DELETION_CHECK_MS, STATUS_PATIENCE_MS } from '../limits.ts';
import type { ObjectNote } from '../object-events.ts';
import { outcomeOf } from '../outcome-of.ts';
import type { Unread } from './object-outlook.ts';
import type { ObjectSource } from './object-source.ts';
import type { CopyOperation, ObjectState } from './object-state.ts';
import type { PropagatedVersions } from './propagated-versions.ts';

export interface HostPlace {
  readonly source: ObjectSource;
  readonly target: ApiResource;
  readonly versions: PropagatedVersions;
  readonly owner: string;
  /** How long a deletion waits for members that cannot be reached, ms. */
  readonly deletionPatienceMs: number;
  readonly onNote: (object: FederatedObject, note: ObjectNote) => void;
  readonly bury: (tombstone: Omit<CopyTombstone, 'name'>, objectUid: string) => Promise<void>;
  /** Of its copy there, as it was seen last. */
  readonly seenUid: (cluster: string) => string | undefined;
}

/** `plan again`: something was learned that decides about its copies. */
type HostOutcome = Outcome | 'plan again';

export async function writeHost(
  place: HostPlace,
  object: FederatedObject,
  state: ObjectState,
): Promise<HostOutcome> {
  try {
    return await write(place, object, state);
  } catch (error) {
    return outcomeOf(error);
  }
}

/** Nothing of it can be planned: that, and nothing else, is written. */
export async function tellUnread(
  { source }: Pick<HostPlace, 'source'>,
  object: FederatedObject,
  unread: Unread,
): Promise<Outcome> {
  try {
    await source.tell(object, { ...unread, hasChanged: false });
    return DONE;
  } catch (error) {
    return outcomeOf(error);
  }
}

async function write(
  place: HostPlace,
  object: FederatedObject,
  state: ObjectState,
): Promise<HostOutcome> {
  if (object.deletion === 'delete' && state.cause === undefined) {
    state.cause = await place.source.causeOf(object);
    return 'plan again';
  }
  const { source } = place;
  const isHeld = source.isHeld(object);
  if (object.deletion !== 'none' && state.isEmpty) {
    if (isHeld) await source.letGo(object);
    return DONE;
  }
  if (object.deletion === 'none' && !isHeld) {
    await source.hold(object);
    return DONE;
  }
  if (object.deletion !== 'none') {
    const buried = await buryUnreachable(place, object, state);
    if (buried) return 'plan again';
  }
  const waitMs = waitForCopies(state);
  if (waitMs > 0) return { kind: 'again', afterMs: waitMs };
  const { versions, target } = place;
  const clusters = new Map(state.recorded);
  if (object.deletion === 'none') {
    await versions.write(
      { object, target, source: source.resource },
      { ...state.hashes, clusters },
    );
  }
  await writeStatus(place, object, state);
  if (object.deletion !== 'none') return { kind: 'again', afterMs: DELETION_CHECK_MS };
  return state.isSettled ? DONE : { kind: 'again', afterMs: STATUS_PATIENCE_MS };
}

/**
 * Copies in members out of reach, once their time is over, are left to their tombstones. Gives
 * whether there were any. Throws ApiError: nothing is forgotten then.
 */
async function buryUnreachable(
  { target, owner, deletionPatienceMs, bury, seenUid }: HostPlace,
  object: FederatedObject,
  state: ObjectState,
): Promise<boolean> {
  const { deletedAtMs, deletion, deleteOptions } = object;
  if (deletedAtMs === undefined || Date.now() - deletedAtMs < deletionPatienceMs) return false;
  const isMeant = deletion === 'orphan' || state.cause === 'asked';
  if (!isMeant) return false;
  let wasAny = false;
  for (const [cluster, { status }] of [...state.results]) {
    if (!OUT_OF_REACH.has(status)) continue;
    wasAny = true;
    const tombstone = {
      ...{ cluster, target, owner },
      // Empty: KubeFed wrote it, or a write came through that nobody could record.
      uid: state.recorded.get(cluster)?.uid || seenUid(cluster) || '',
      // The copies of a FederatedNamespace lie in no namespace.
      namespace: target.isNamespaced ? object.namespace : '',
      objectName: object.name,
      action: deletion === 'orphan' ? ('Release' as const) : ('Delete' as const),
      deleteOptions: deleteOptions.kind === 'good' ? deleteOptions.value : {},
    };
    await bury(tombstone, object.uid);
    state.leaveBehind(cluster);
  }
  return wasAny;
}

const OUT_OF_REACH: ReadonlySet<CopyStatus> = new Set([
  'ClusterNotReady',
  'CachedRetrievalFailed',
  'ClientRetrievalFailed',
]);

/** How long the youngest of what is under way may take until the status says so, ms; 0: said now. */
function waitForCopies(state: ObjectState): number {
  const nowMs = performance.now();
  let waitMs = 0;
  for (const { sinceMs, isReading } of state.pending.values()) {
    const fromMs = isReading ? nowMs : sinceMs;
    waitMs = Math.max(waitMs, fromMs + STATUS_PATIENCE_MS - nowMs);
  }
  return waitMs;
}

async function writeStatus(
  { source }: HostPlace,
  object: FederatedObject,
  state: ObjectState,
): Promise<void> {
  const copies = new Map<string, CopyResult>(state.results);
  for (const [cluster, { operation }] of state.pending) {
    const status = TIMED_OUT[operation](state.recorded.has(cluster));
    copies.set(cluster, { status, message: 'not done yet' });
  }
  const { failed, hasChanged, limitedOut } = state;
  state.hasChanged = false;
  try {
    await source.tell(object, { copies, failed, hasChanged, limitedOut });
  } catch (error) {
    state.hasChanged = true;
    throw error;
  }
}

const TIMED_OUT: Readonly<Record<CopyOperation, (wasThere: boolean) => CopyStatus>> = {
  write: (wasThere) => (wasThere ? 'UpdateTimedOut' : 'CreationTimedOut'),
  remove: () => 'DeletionTimedOut',
  release: () => 'LabelRemovalTimedOut',
};
