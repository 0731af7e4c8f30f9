/**
 * The copies of a federation in one member, let go of: our marks come off and they run on, or, with
 * --cascade, they are deleted. Walked type by type and page by page, with a word of progress.
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
import { textAt } from '../../../api/untyped.ts';
import {
  isCreatedByFederation,
  isOfFederation,
  MARKED_SELECTOR,
  withoutMarks,
} from '../../../federation/joining/member-marks.ts';
import { isNamespace } from '../../../federation/member-object.ts';
import { METADATA_LIST } from '../../../kubernetes/api-client.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { print, VerbError } from '../../output.ts';
import type { ReachedCluster } from '../host-cluster.ts';

export interface ReleaseOptions {
  readonly types: readonly ApiResource[];
  readonly federationUid: string;
  /** Of a federation of one namespace: nothing outside of it is ever a copy. */
  readonly onlyNamespace: string | undefined;
  /** The member is the host itself. */
  readonly isHost: boolean;
  readonly isCascading: boolean;
  readonly isDryRun: boolean;
}

/** Writes under way at once: a member's API server takes hundreds a second. */
const WRITES_AT_ONCE = 16;
/** A write of the control plane that was under way may come after the first walk. */
const WALKS_MAX = 3;
const BETWEEN_WALKS_MS = 300;
const PROGRESS_MS = 2000;

/** Throws VerbError where copies still bear our marks. */
export async function releaseCopies(
  cluster: ReachedCluster,
  options: ReleaseOptions,
): Promise<void> {
  const types = [...options.types].sort(
    (left, right) => Number(isNamespace(left)) - Number(isNamespace(right)),
  );
  for (const type of types) {
    let total = 0;
    for (let walk = 0; walk < WALKS_MAX; walk++) {
      const count = await releaseType(cluster, type, options);
      total += count;
      if (count === 0 || options.isDryRun) break;
      await sleep(BETWEEN_WALKS_MS);
    }
    if (total === 0) continue;
    const done = options.isCascading ? 'deleted' : 'left running, without our marks';
    const dry = options.isDryRun ? ' (dry run)' : '';
    print(`${cluster.context}: ${total} of ${resourceName(type)} ${done}${dry}`);
  }
}

async function releaseType(
  cluster: ReachedCluster,
  type: ApiResource,
  options: ReleaseOptions,
): Promise<number> {
  const failures: string[] = [];
  let count = 0;
  let toldMs = performance.now();
  const query = { labelSelector: MARKED_SELECTOR };
  const path = collectionPath(type, type.isNamespaced ? options.onlyNamespace : undefined);
  const pages = readPagesOf(cluster.client, path, { query, accept: METADATA_LIST });
  try {
    for await (const page of pages) {
      const ours = page.filter((object) => isOfFederation(object, options.federationUid));
      for (let at = 0; at < ours.length; at += WRITES_AT_ONCE) {
        const some = ours.slice(at, at + WRITES_AT_ONCE);
        const done = await Promise.all(
          some.map((object) => release(cluster, { type, object }, options)),
        );
        failures.push(...done.flatMap((problem) => problem ?? []));
        count += some.length;
        if (performance.now() - toldMs < PROGRESS_MS) continue;
        toldMs = performance.now();
        process.stderr.write(`${cluster.context}: ${resourceName(type)}: ${count} so far\n`);
      }
    }
  } catch (error) {
    // A type that the member does not have.
    if (error instanceof ApiError && error.status === 404) return count;
    throw error;
  }
  const [first] = failures;
  if (first === undefined) return count;
  const what = `${failures.length} of ${resourceName(type)} still bear our marks`;
  throw new VerbError(`${cluster.context}: ${what}: ${first}`, 1);
}

interface Copy {
  readonly type: ApiResource;
  readonly object: unknown;
}

/** Why it could not be; undefined: it is done, or gone. */
async function release(
  { client }: ReachedCluster,
  { type, object }: Copy,
  { isCascading, isHost, isDryRun }: ReleaseOptions,
): Promise<string | undefined> {
  const name = textAt(object, 'metadata', 'name') ?? '';
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  const uid = textAt(object, 'metadata', 'uid') ?? '';
  const path = objectPath(type, { namespace, name });
  const isKept = isNamespace(type) && (isHost || !isCreatedByFederation(object));
  const isLeaving = textAt(object, 'metadata', 'deletionTimestamp') !== undefined;
  if (isDryRun || (isCascading && isLeaving)) return undefined;
  try {
    if (isCascading && !isKept) {
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
