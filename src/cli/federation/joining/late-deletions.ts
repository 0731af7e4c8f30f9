/**
 * What was deleted while a member was out of reach, made up for when it leaves: CopyTombstones of the host
 * that the control plane did not come to work off, or does not work off any more, since it is gone.
 * Namespaces are left to --cascade: what else lies in one nobody has looked at.
 */

import { type CopyTombstone, readCopyTombstone, TOMBSTONES } from '../../../api/copy-tombstone.ts';
import { collectionPath, objectPath } from '../../../api/kubefed/api-resource.ts';
import { copyFactsOf } from '../../../federation/copies/copy-facts.ts';
import { isNamespace } from '../../../federation/copies/member-object.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import type { HostCluster, ReachedCluster } from '../host-cluster.ts';
import type { Report } from '../report.ts';

export async function readTombstones(
  { client, namespace }: HostCluster,
  cluster: string,
): Promise<readonly CopyTombstone[]> {
  const found: CopyTombstone[] = [];
  try {
    for await (const page of readPagesOf(client, collectionPath(TOMBSTONES, namespace))) {
      for (const object of page) {
        const read = readCopyTombstone(object);
        if (read.kind === 'good' && read.value.cluster === cluster) found.push(read.value);
      }
    }
  } catch (error) {
    // KubeFed's host has no such kind.
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
  return found;
}

/** In the member; those whose copies are to stay are freed with all the others. Gives uids of what went. */
export async function deleteLate(
  { client, context }: ReachedCluster,
  tombstones: readonly CopyTombstone[],
  report: Report,
): Promise<ReadonlySet<string>> {
  const due = tombstones.filter(
    ({ action, target }) => action === 'Delete' && !isNamespace(target),
  );
  const uids = new Set<string>();
  for (const tombstone of due) {
    const { target, namespace, objectName: name, deleteOptions } = tombstone;
    const path = objectPath(target, { namespace, name });
    const uid = tombstone.uid || (await uidOfOurs(client, path, tombstone));
    if (uid === undefined) continue;
    uids.add(uid);
    const body = {
      ...{ apiVersion: 'v1', kind: 'DeleteOptions' },
      ...(!('orphanDependents' in deleteOptions) && { propagationPolicy: 'Background' }),
      ...{ ...deleteOptions, preconditions: { uid } },
    };
    if (!report.isDryRun) await orOther(client.delete(path, body));
  }
  if (uids.size === 0) return uids;
  const why = `deleted, as ${uids.size === 1 ? 'its object was' : 'their objects were'} while it was away`;
  const dry = report.isDryRun ? ' (dry run)' : '';
  report.note(`${context}: ${uids.size} copies ${why}${dry}`);
  return uids;
}

/** Nobody knew its uid when its object went: it is ours by its marks; undefined: none is there. */
async function uidOfOurs(
  client: ReachedCluster['client'],
  path: string,
  { owner }: CopyTombstone,
): Promise<string | undefined> {
  const object = await orOther(client.get(path));
  const facts = copyFactsOf(object);
  const isOurs = facts.managed === 'true' && (facts.owner ?? owner) === owner;
  return object !== undefined && isOurs ? facts.uid : undefined;
}

/** In the host, once the member is done with. */
export async function forgetTombstones(
  { client, namespace }: HostCluster,
  tombstones: readonly CopyTombstone[],
): Promise<void> {
  for (const { name } of tombstones) {
    await orOther(client.delete(objectPath(TOMBSTONES, { namespace, name }), {}));
  }
}

/** Gone meanwhile, or another object of its name. */
async function orOther(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    const isOther = error instanceof ApiError && (error.status === 404 || error.status === 409);
    if (!isOther) throw error;
    return undefined;
  }
}
