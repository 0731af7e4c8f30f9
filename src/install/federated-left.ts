/**
 * Federated objects that still exist, and their end: the controllers take their copies away, or leave
 * them, and let go of each object when that is done; so they must run meanwhile.
 */

import { type ApiResource, objectPath, resourceName } from '../api/kubefed/api-resource.ts';
import { ORPHAN_ANNOTATION } from '../api/kubefed/federated-object.ts';
import { readFederatedTypeConfig } from '../api/kubefed/federated-type-config.ts';
import { listAt, textAt } from '../api/untyped.ts';
import { FEDERATED_API } from '../federation/federated-types/federated-resource.ts';
import { METADATA_LIST } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { DEFINITIONS, nameOf, TYPE_CONFIGS } from './chart-kinds.ts';
import { DELETES_AT_ONCE } from './limits.ts';
import { deleteObject, type InstallPlace, listObjects, withKind } from './object-steps.ts';
import { waitUntil } from './wait-for-objects.ts';

export type Workloads = 'orphan' | 'delete';

interface FederatedLeft {
  readonly resource: ApiResource;
  readonly objects: readonly unknown[];
}

/** FederatedNamespaces take everything in them along: they are the last to go. */
const NAMESPACES = 'FederatedNamespace';

/** Of all types that were ever enabled there, whether they are propagated now or not. */
export async function listFederated(
  place: Pick<InstallPlace, 'client' | 'namespace'>,
): Promise<readonly FederatedLeft[]> {
  const left = await Promise.all(
    (await federatedResources(place)).map(async (resource) => {
      const objects = await listObjects(place, resource, { accept: METADATA_LIST });
      return { resource, objects };
    }),
  );
  return left.filter(({ objects }) => objects.length > 0);
}

/** `3 FederatedConfigMap, 1 FederatedNamespace`; undefined: none. */
export function describeFederated(left: readonly FederatedLeft[]): string | undefined {
  if (left.length === 0) return undefined;
  return left.map(({ resource, objects }) => `${objects.length} ${resource.kind}`).join(', ');
}

/** Until none is left. Throws ApiError, WaitError. */
export async function endFederated(place: InstallPlace, workloads: Workloads): Promise<void> {
  const isLast = ({ resource }: FederatedLeft) => resource.kind === NAMESPACES;
  for (const isTurn of [(one: FederatedLeft) => !isLast(one), isLast]) {
    const turn = (await listFederated(place)).filter(isTurn);
    for (const { resource, objects } of turn) {
      for (let at = 0; at < objects.length; at += DELETES_AT_ONCE) {
        const some = objects.slice(at, at + DELETES_AT_ONCE);
        await Promise.all(some.map((object) => endOne(place, { resource, object, workloads })));
      }
    }
    if (place.isDryRun || turn.length === 0) continue;
    await waitUntil(place, async () => {
      const left = describeFederated((await listFederated(place)).filter(isTurn));
      if (left === undefined) return undefined;
      const done = workloads === 'orphan' ? 'released' : 'deleted';
      return `the controllers: copies in members are to be ${done} (${left})`;
    });
  }
}

async function endOne(
  place: InstallPlace,
  {
    resource,
    object,
    workloads,
  }: {
    readonly resource: ApiResource;
    readonly object: unknown;
    readonly workloads: Workloads;
  },
): Promise<void> {
  const annotations = { [ORPHAN_ANNOTATION]: workloads === 'orphan' ? 'true' : null };
  try {
    const path = objectPath(resource, nameOf(object));
    if (!place.isDryRun) await place.client.patch(path, { metadata: { annotations } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    return;
  }
  if (textAt(object, 'metadata', 'deletionTimestamp') !== undefined) return;
  await deleteObject(place, resource, withKind(object, resource));
}

async function federatedResources(
  place: Pick<InstallPlace, 'client' | 'namespace'>,
): Promise<readonly ApiResource[]> {
  const found = new Map<string, ApiResource>();
  for (const object of await listObjects(place, TYPE_CONFIGS, { namespace: place.namespace })) {
    const read = readFederatedTypeConfig(object);
    if (read.kind === 'good') found.set(resourceName(read.value.federated), read.value.federated);
  }
  for (const definition of await listObjects(place, DEFINITIONS)) {
    const resource = resourceOfDefinition(definition);
    if (resource.group === FEDERATED_API.group) found.set(resourceName(resource), resource);
  }
  return [...found.values()];
}

/** In the version that it stores. */
export function resourceOfDefinition(definition: unknown): ApiResource {
  const text = (...path: string[]) => textAt(definition, 'spec', ...path) ?? '';
  const [first] = listAt(definition, 'spec', 'versions');
  return {
    group: text('group'),
    version: textAt(first, 'name') ?? '',
    kind: text('names', 'kind'),
    plural: text('names', 'plural'),
    isNamespaced: text('scope') === 'Namespaced',
  };
}
