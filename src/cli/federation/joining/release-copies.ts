/**
 * The copies of a federation in one member, let go of: our marks come off and they run on, or, with
 * --cascade, they are deleted. Walked type by type and page by page, with a word of progress.
 *
 * Also what bears our marks without being a copy of an enabled type is freed of them: copies of types
 * that were disabled, and what Kubernetes itself copied them to.
 *
 * What a person or another federation has marked is not touched. Namespaces come last, and of these
 * only such as a federation made are ever deleted, in the host's own cluster none.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ApiResource,
  collectionPath,
  objectPath,
  resourceName,
} from '../../../api/kubefed/api-resource.ts';
import { listAt, textAt } from '../../../api/untyped.ts';
import { isNamespace } from '../../../federation/copies/member-object.ts';
import {
  isCreatedByFederation,
  isOfFederation,
  isOwnedBy,
  MARKED_SELECTOR,
  withoutMarks,
} from '../../../federation/joining/member-marks.ts';
import { METADATA_LIST } from '../../../kubernetes/api-client.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import { type ListedResource, readApiResources } from '../../../kubernetes/listed-resources.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { VerbError } from '../../output.ts';
import type { ReachedCluster } from '../host-cluster.ts';
import { describe, type Report } from '../report.ts';

export interface ReleaseOptions {
  readonly types: readonly ApiResource[];
  readonly federationUid: string;
  /** Of a federation of one namespace: nothing outside of it is ever a copy. */
  readonly onlyNamespace: string | undefined;
  /** The member is the host itself. */
  readonly isHost: boolean;
  readonly isCascading: boolean;
  readonly report: Report;
  /** uids of what was, or in a dry run would be, deleted before. */
  readonly deletedBefore: ReadonlySet<string>;
}

/** Writes under way at once: a member's API server takes hundreds a second. */
const WRITES_AT_ONCE = 16;
/** A write of the control plane that was under way may come after the first walk. */
const WALKS_MAX = 3;
const BETWEEN_WALKS_MS = 300;
const PROGRESS_MS = 2000;

/**
 * Gives what it deleted, or would in a dry run: `ConfigMap shop/settings`. Throws VerbError where
 * copies still bear our marks.
 */
export async function releaseCopies(
  cluster: ReachedCluster,
  options: ReleaseOptions,
): Promise<ReadonlySet<string>> {
  const { federationUid, deletedBefore } = options;
  const deleted: Deleted = { uids: new Set(deletedBefore), said: new Set() };
  const types = [...options.types].sort(
    (left, right) => Number(isNamespace(left)) - Number(isNamespace(right)),
  );
  const isOurs = (object: unknown) =>
    isOfFederation(object, federationUid) && !deleted.uids.has(uidOf(object));
  for (const type of types) {
    await releaseAll(cluster, { type, selector: MARKED_SELECTOR, isOurs, deleted }, options);
  }
  // What is left runs on, whatever was asked of the copies: nobody propagates it any more.
  const strays = { ...options, isCascading: false };
  const known = new Set(types.map(resourceName));
  const isStray = (object: unknown) =>
    isOwnedBy(object, federationUid) && !goesAlong(object, deleted);
  for (const type of await readApiResources(cluster.client)) {
    if (known.has(resourceName(type)) || !mayHoldStrays(type)) continue;
    const walk = { type, selector: MARKED_SELECTOR, isOurs: isStray, isOptional: true, deleted };
    await releaseAll(cluster, walk, strays);
  }
  const replicaSets = { type: REPLICA_SETS, isOurs: isStray, isOptional: true, deleted };
  await releaseAll(cluster, replicaSets, strays);
  return deleted.said;
}

interface Deleted {
  readonly uids: Set<string>;
  readonly said: Set<string>;
}

/** Itself deleted, or owned by what was: the member takes it away in its own time. */
function goesAlong(object: unknown, { uids }: Deleted): boolean {
  const owners = listAt(object, 'metadata', 'ownerReferences');
  return uids.has(uidOf(object)) || owners.some((one) => uids.has(textAt(one, 'uid') ?? ''));
}

function uidOf(object: unknown): string {
  return textAt(object, 'metadata', 'uid') ?? '';
}

/** Copies of a type that was disabled; these take over the labels of the Services they tell of. */
function mayHoldStrays({ plural, verbs }: ListedResource): boolean {
  const isMirror = ['endpoints', 'endpointslices', 'events'].includes(plural);
  return !isMirror && verbs.includes('list') && verbs.includes('patch');
}

/** A Deployment's annotations are copied to its ReplicaSets, and stay there when it loses them. */
const REPLICA_SETS: ApiResource = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  isNamespaced: true,
};

interface Walk {
  readonly type: ApiResource;
  /** undefined: all of them are looked at. */
  readonly selector?: string;
  readonly isOurs: (object: unknown) => boolean;
  /** It may be that it must not be read: nothing of it is known to be ours. */
  readonly isOptional?: boolean;
  readonly deleted: Deleted;
}

async function releaseAll(
  cluster: ReachedCluster,
  walk: Walk,
  options: ReleaseOptions,
): Promise<void> {
  const { type } = walk;
  let total = 0;
  for (let walked = 0; walked < WALKS_MAX; walked++) {
    const count = await releaseType(cluster, walk, options);
    total += count;
    if (count === 0 || options.report.isDryRun) break;
    await sleep(BETWEEN_WALKS_MS);
  }
  if (total === 0) return;
  const done = options.isCascading ? 'deleted' : 'left running, without our marks';
  const dry = options.report.isDryRun ? ' (dry run)' : '';
  options.report.note(`${cluster.context}: ${total} of ${resourceName(type)} ${done}${dry}`);
}

async function releaseType(
  cluster: ReachedCluster,
  { type, selector, isOurs, isOptional = false, deleted }: Walk,
  options: ReleaseOptions,
): Promise<number> {
  const failures: string[] = [];
  let count = 0;
  let toldMs = performance.now();
  const query = selector === undefined ? {} : { labelSelector: selector };
  const path = collectionPath(type, type.isNamespaced ? options.onlyNamespace : undefined);
  const pages = readPagesOf(cluster.client, path, { query, accept: METADATA_LIST });
  try {
    for await (const page of pages) {
      const ours = page.filter((one) => isOurs(one) && !(options.isCascading && isLeaving(one)));
      for (let at = 0; at < ours.length; at += WRITES_AT_ONCE) {
        const some = ours.slice(at, at + WRITES_AT_ONCE);
        const done = await Promise.all(
          some.map((object) => release(cluster, { type, object, deleted }, options)),
        );
        failures.push(...done.flatMap((problem) => problem ?? []));
        count += some.length;
        if (performance.now() - toldMs < PROGRESS_MS) continue;
        toldMs = performance.now();
        process.stderr.write(`${cluster.context}: ${resourceName(type)}: ${count} so far\n`);
      }
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // A type that the member does not have.
    const isAbsent = error.status === 404 || error.status === 405;
    if (!isAbsent && !(isOptional && error.status !== undefined)) throw error;
  }
  const [first] = failures;
  if (first === undefined) return count;
  const what = `${failures.length} of ${resourceName(type)} still bear our marks`;
  throw new VerbError(`${cluster.context}: ${what}: ${first}`, 1);
}

function isLeaving(object: unknown): boolean {
  return textAt(object, 'metadata', 'deletionTimestamp') !== undefined;
}

interface Copy {
  readonly type: ApiResource;
  readonly object: unknown;
  readonly deleted: Deleted;
}

/** Why it could not be; undefined: it is done, or gone. */
async function release(
  { client }: ReachedCluster,
  { type, object, deleted }: Copy,
  { isCascading, isHost, report }: ReleaseOptions,
): Promise<string | undefined> {
  const name = textAt(object, 'metadata', 'name') ?? '';
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  const uid = uidOf(object);
  const path = objectPath(type, { namespace, name });
  const isKept = isNamespace(type) && (isHost || !isCreatedByFederation(object));
  const isDeleted = isCascading && !isKept;
  // What a finalizer holds is still there for a while.
  if (isDeleted && listAt(object, 'metadata', 'finalizers').length === 0) {
    deleted.uids.add(uid);
    deleted.said.add(describe({ resource: type, namespace, name }));
  }
  if (report.isDryRun) return undefined;
  try {
    if (isDeleted) {
      const preconditions = { uid };
      const propagationPolicy = 'Background';
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy };
      await client.delete(path, body);
    } else {
      await client.patch(path, withoutMarks(uid));
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 404 ? undefined : error.message;
  }
}
