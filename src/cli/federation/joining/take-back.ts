/**
 * What a join made in a member, taken back: rights, account, and the control plane's namespace where
 * a join made it, ours or KubeFed's, and nobody has put anything into it since.
 */

import { collectionPath, objectPath, resourceName } from '../../../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { textAt } from '../../../api/untyped.ts';
import { whyLeftBehind } from '../../../federation/federated-types/federate-object.ts';
import { type JoinNames, roleName } from '../../../federation/joining/join-names.ts';
import { MARKED_SELECTOR } from '../../../federation/joining/member-marks.ts';
import {
  ACCOUNT_RESOURCE,
  isMadeByJoin,
  leftByJoin,
  NAMESPACE_RESOURCE,
  type ObjectRef,
  SECRET_RESOURCE,
} from '../../../federation/joining/member-objects.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import { readApiResources } from '../../../kubernetes/listed-resources.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { getOrNone, type ReachedCluster } from '../host-cluster.ts';
import type { ObjectWriter } from '../object-writer.ts';
import { describe } from '../report.ts';

/** Gives what went, or would in a dry run, for `takeBackAccount`. */
export async function takeBackRights(
  writer: ObjectWriter,
  names: JoinNames,
): Promise<readonly string[]> {
  const { rights } = leftByJoin(names);
  for (const ref of rights) await writer.remove(ref);
  return rights.map(describe);
}

export interface TakeBack {
  readonly names: JoinNames;
  readonly isHost: boolean;
  /** What went before, or would in a dry run: `Role kube-federation-system/one`. */
  readonly gone: Iterable<string>;
}

export async function takeBackAccount(
  cluster: ReachedCluster,
  writer: ObjectWriter,
  { names, isHost, gone: before }: TakeBack,
): Promise<void> {
  const gone = new Set(before);
  const joinedBy = await whoseAccount(cluster, names);
  for (const ref of leftByJoin(names).account) {
    if (ref.resource === SECRET_RESOURCE && !(await isTokenOf(cluster, ref))) continue;
    await writer.remove(ref);
    gone.add(describe(ref));
  }
  if (!isHost) await takeBackNamespace(cluster, writer, { names, gone, joinedBy });
}

/** `nobody`: there is none, so that nothing says whose the namespace is. */
type JoinedBy = 'us' | 'kubefed' | 'nobody';

/** KubeFed marks none that it makes, and we none that we find. */
async function whoseAccount(
  { client }: ReachedCluster,
  { namespace, account }: JoinNames,
): Promise<JoinedBy> {
  const path = objectPath(ACCOUNT_RESOURCE, { namespace, name: account });
  const live = await getOrNone(client, path);
  if (live === undefined) return 'nobody';
  return isMadeByJoin(live) ? 'us' : 'kubefed';
}

/** KubeFed's, of the account: a Secret of this name that is anything else is somebody's. */
async function isTokenOf({ client }: ReachedCluster, ref: ObjectRef): Promise<boolean> {
  const secret = await getOrNone(client, objectPath(ref.resource, ref));
  return textAt(secret, 'type') === 'kubernetes.io/service-account-token';
}

interface NamespaceLeft {
  readonly names: JoinNames;
  readonly gone: ReadonlySet<string>;
  readonly joinedBy: JoinedBy;
}

/** What KubeFed joined loses its namespace, as by KubeFed's unjoin; but never with anything in it. */
async function takeBackNamespace(
  cluster: ReachedCluster,
  writer: ObjectWriter,
  { names, gone, joinedBy }: NamespaceLeft,
): Promise<void> {
  const ref = { resource: NAMESPACE_RESOURCE, namespace: '', name: names.namespace };
  const live = await getOrNone(cluster.client, objectPath(NAMESPACE_RESOURCE, ref));
  const isLeaving = textAt(live, 'metadata', 'deletionTimestamp') !== undefined;
  if (live === undefined || isLeaving) return;
  if (!isMadeByJoin(live) && joinedBy !== 'kubefed') {
    return writer.say(ref, 'kept', WHY_KEPT[joinedBy]);
  }
  const other = await firstOther(cluster, { namespace: names.namespace, gone });
  if (other === undefined) await writer.remove(ref);
  else writer.say(ref, 'kept', `there is ${other} in it`);
}

const WHY_KEPT = {
  us: 'it was there before the member joined',
  nobody: 'no account is there that would say whether a join made it',
} as const;

/** An object in the namespace that is neither ours nor every cluster's own. */
async function firstOther(
  { client }: ReachedCluster,
  { namespace, gone }: { readonly namespace: string; readonly gone: ReadonlySet<string> },
): Promise<string | undefined> {
  const resources = await readApiResources(client);
  const walked = resources.filter(
    ({ isNamespaced, verbs, plural }) =>
      isNamespaced && verbs.includes('list') && verbs.includes('create') && plural !== 'events',
  );
  for (const resource of walked) {
    try {
      for await (const page of readPagesOf(client, collectionPath(resource, namespace))) {
        for (const object of page) {
          const name = textAt(object, 'metadata', 'name') ?? '';
          const said = describe({ resource, namespace, name });
          // Items of a list do not always say their kind.
          const known = { ...(object as object), kind: resource.kind };
          const ofService = describe({
            resource: { ...resource, kind: 'Service' },
            namespace,
            name,
          });
          const isMirror = resource.kind === 'Endpoints' && gone.has(ofService);
          const isNothing = isMirror || whyLeftBehind(known) !== undefined;
          if (!isNothing && !gone.has(said)) return said;
        }
      }
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === undefined) throw error;
      // What cannot be looked at may be there.
      if (error.status !== 404 && error.status !== 405) return resourceName(resource);
    }
  }
  return undefined;
}

/** What nobody could take back in a member that is dead, for whoever revives it. */
export function leftBehind(
  names: JoinNames,
  configs: readonly FederatedTypeConfig[],
): readonly string[] {
  const { cluster, namespace, account } = names;
  const types = configs.map(({ target }) => resourceName(target)).join(', ');
  return [
    `stays behind in ${cluster}: ServiceAccount ${namespace}/${account}, and roles and bindings ${roleName(account)}`,
    `stays behind in ${cluster}: copies with the label ${MARKED_SELECTOR} (${types || 'no types'})`,
    `once ${cluster} is back: join and unjoin it, or delete these and take off the label`,
  ];
}
