/**
 * A namespace goes from a member with all that is in it, so it goes only where we made it and nothing
 * is left in it. Our own copies in it go first, each by its own object; with anything else in it, or
 * where somebody else made it, it stays, without our marks.
 *
 * Source: our choice; KubeFed deletes it whatever it holds. What Kubernetes itself puts into every
 * namespace, and what another object there owns, is nobody's.
 */

import { resourceName } from '../../../api/kubefed/api-resource.ts';
import { listAt, textAt, textMapAt } from '../../../api/untyped.ts';
import { copyFactsOf } from '../../../federation/copies/copy-facts.ts';
import {
  CREATED_ANNOTATION,
  MANAGED_LABEL,
  OWNER_ANNOTATION,
} from '../../../federation/copies/member-object.ts';
import { METADATA_LIST } from '../../../kubernetes/api-client.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import { type ListedResource, listNamespaced } from '../../../kubernetes/listed-resources.ts';
import type { WritingClient } from '../../../kubernetes/reconciling/paced-client.ts';
import { LEFTOVERS_PAGE, NAMESPACE_RETRY_MS } from '../../limits.ts';
import {
  type CopyPlace,
  failed,
  isMeant,
  readLive,
  releaseCopy,
  removeCopy,
  type Written,
} from './write-copy.ts';

export async function removeNamespace(place: CopyPlace, federationUid: string): Promise<Written> {
  const live = await readLive(place);
  if (live.kind === 'failed') return live;
  const isThere = live.kind === 'read' && isMeant(copyFactsOf(live.object), place);
  if (!isThere) return { kind: 'written', facts: undefined, hasChanged: false };
  const wasMadeByUs = textMapAt(live.object, 'metadata', 'annotations').has(CREATED_ANNOTATION);
  if (!wasMadeByUs) return await keep(place, 'the namespace was there before us: it stays');
  try {
    const left = await findLeftover(place.client, place.mold.object.name, federationUid);
    if (left === undefined) return await removeCopy(place);
    if (left.isOurs) return waiting(`${left.what} goes first`);
    return await keep(place, `the namespace holds ${left.what} not ours: it stays`);
  } catch (error) {
    return failed('Deletion', error);
  }
}

async function keep(place: CopyPlace, why: string): Promise<Written> {
  const released = await releaseCopy(place);
  return released.kind === 'written' && released.hasChanged
    ? { ...released, note: { reason: 'NamespaceKept', text: `${place.cluster}: ${why}` } }
    : released;
}

function waiting(message: string): Written {
  const again = { againMs: NAMESPACE_RETRY_MS, retryAfterMs: undefined };
  return { kind: 'failed', status: 'WaitingForRemoval', message, ...again };
}

interface Leftover {
  /** `configmaps shop/settings`. */
  readonly what: string;
  readonly isOurs: boolean;
}

/** The first thing that is not ours, else the first that is; undefined: nothing is left. Throws ApiError. */
async function findLeftover(
  client: WritingClient,
  namespace: string,
  federationUid: string,
): Promise<Leftover | undefined> {
  const found: { readonly resource: ListedResource; readonly item: unknown }[] = [];
  const seen = new Set<string>();
  let unseen: Leftover | undefined;
  for (const resource of await listNamespaced(client)) {
    if (NOBODYS.has(resource.plural)) continue;
    const items = await listMetadata(client, resource, namespace);
    // What we may not see may be there.
    if (items === 'forbidden') {
      const type = resourceName(resource);
      unseen ??= { what: `perhaps ${type}, which we may not list,`, isOurs: false };
      continue;
    }
    seen.add(`${resource.group}/${resource.kind}`);
    found.push(...items.map((item) => ({ resource, item })));
  }
  const uids = new Set(found.map(({ item }) => textAt(item, 'metadata', 'uid') ?? ''));
  let ours: Leftover | undefined;
  for (const { resource, item } of found) {
    if (isNobodys(resource, item, uids)) continue;
    const name = textAt(item, 'metadata', 'name') ?? '';
    const what = `${resource.plural} ${namespace}/${name}`;
    if (isOrphaned(item, seen)) {
      ours ??= { what, isOurs: true };
      continue;
    }
    const owner = textMapAt(item, 'metadata', 'annotations').get(OWNER_ANNOTATION) ?? '';
    const isManaged = textMapAt(item, 'metadata', 'labels').get(MANAGED_LABEL) === 'true';
    if (!isManaged || !owner.startsWith(`${federationUid}/`)) return { what, isOurs: false };
    ours ??= { what, isOurs: true };
  }
  return ours ?? unseen;
}

/**
 * Its owners lay in this namespace and are gone: the garbage collector comes for it, as for the
 * ReplicaSet of a Deployment that went just now. `seen`: `group/kind` of all that was looked at.
 */
function isOrphaned(object: unknown, seen: ReadonlySet<string>): boolean {
  const owners = listAt(object, 'metadata', 'ownerReferences');
  const kinds = owners.map((one) => {
    const [version = '', group = ''] = (textAt(one, 'apiVersion') ?? '').split('/').reverse();
    return version === '' ? '' : `${group}/${textAt(one, 'kind')}`;
  });
  return kinds.length > 0 && kinds.every((kind) => seen.has(kind));
}

/** All of them, page by page. */
async function listMetadata(
  client: WritingClient,
  resource: ListedResource,
  namespace: string,
): Promise<readonly unknown[] | 'forbidden'> {
  const path = `${resource.root}/namespaces/${namespace}/${resource.plural}`;
  const items: unknown[] = [];
  let next = '';
  try {
    do {
      const query = { limit: String(LEFTOVERS_PAGE), ...(next !== '' && { continue: next }) };
      const page = await client.get(path, { query, accept: METADATA_LIST });
      items.push(...listAt(page, 'items'));
      next = textAt(page, 'metadata', 'continue') ?? '';
    } while (next !== '');
    return items;
  } catch (error) {
    // Listed in the catalogue, and not there: an extension that was taken away.
    if (error instanceof ApiError && (error.status === 404 || error.status === 405)) return [];
    if (error instanceof ApiError && error.status === 403) return 'forbidden';
    throw error;
  }
}

/** What tells of others, and comes and goes with them. */
const NOBODYS: ReadonlySet<string> = new Set(['events', 'endpoints', 'endpointslices', 'leases']);

/** `uids`: of all that lies there; who is owned by one of them goes with it. */
function isNobodys(
  { plural }: ListedResource,
  object: unknown,
  uids: ReadonlySet<string>,
): boolean {
  const name = textAt(object, 'metadata', 'name');
  const owners = listAt(object, 'metadata', 'ownerReferences');
  if (owners.some((one) => uids.has(textAt(one, 'uid') ?? ''))) return true;
  if (plural === 'configmaps') return name === 'kube-root-ca.crt';
  if (plural === 'serviceaccounts') return name === 'default';
  const annotations = textMapAt(object, 'metadata', 'annotations');
  return plural === 'secrets' && annotations.has('kubernetes.io/service-account.name');
}
