/**
 * The single steps on objects of a host: applied (server-side, as one field manager), listed by the
 * marks of an installation, deleted. A line of each; a dry run asks the server, and changes nothing.
 *
 * Source: Kubernetes "Server-Side Apply"; API concepts, "Dry-run".
 */

import {
  type ApiResource,
  apiVersionOf,
  collectionPath,
  objectPath,
} from '../api/kubefed/api-resource.ts';
import { isJsonObject, type JsonObject } from '../api/kubefed/federated-object.ts';
import { textAt, valueAt } from '../api/untyped.ts';
import { canonicalJson } from '../federation/canonical-json.ts';
import type { ApiClient } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { readPagesOf } from '../kubernetes/object-pages.ts';
import { nameOf, resourceOf } from './chart-kinds.ts';
import { keepOfLive } from './kept-fields.ts';

export type HostClient = Pick<ApiClient, 'get' | 'post' | 'put' | 'patch' | 'delete'>;

export interface InstallPlace {
  readonly client: HostClient;
  /** Of the control plane. */
  readonly namespace: string;
  readonly isDryRun: boolean;
  /** What became of one object. */
  readonly tell: (step: ObjectStep) => void;
  /** One line of what is waited for, or else to be known. */
  readonly say: (line: string) => void;
  /** For all that is waited for, ms. */
  readonly timeoutMs: number;
}

export interface ObjectStep {
  readonly object: unknown;
  readonly step: 'created' | 'updated' | 'unchanged' | 'deleted' | 'kept';
  /** Empty: the step says all. */
  readonly why: string;
}

const FIELD_MANAGER = 'fedns';

/** What an installation without Helm has made. */
export function installedSelector(namespace: string): string {
  return `app.kubernetes.io/managed-by=fedns,fedns.io/control-plane=${namespace}`;
}

/** Throws ApiError. Gives the object as it is now; undefined: a dry run, and it could not be asked. */
export async function applyObject(place: InstallPlace, object: JsonObject): Promise<unknown> {
  const { client, isDryRun } = place;
  const path = objectPath(resourceOf(object), nameOf(object));
  const live = await getOrNone(client, path);
  const query = {
    ...{ fieldManager: FIELD_MANAGER, force: 'true' },
    ...(isDryRun && { dryRun: 'All' }),
  };
  const wanted = keepOfLive(object, live);
  const applied = await orUnasked(place, () =>
    client.patch(path, wanted, { type: 'apply', query }),
  );
  if (live === undefined) say(place, object, 'created');
  else if (isSame(live, applied)) say(place, object, 'unchanged');
  else say(place, object, 'updated');
  return applied;
}

/** In a dry run its namespace or its kind may not be there yet. */
async function orUnasked(place: InstallPlace, ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (place.isDryRun && error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Only the very object that was read. Gives whether it was there. */
export async function deleteObject(
  place: InstallPlace,
  resource: ApiResource,
  object: unknown,
): Promise<boolean> {
  const uid = textAt(object, 'metadata', 'uid');
  const body = {
    ...{ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
    propagationPolicy: 'Background',
  };
  try {
    const path = objectPath(resource, nameOf(object));
    if (!place.isDryRun) await place.client.delete(path, body);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
  say(place, withKind(object, resource), 'deleted');
  return true;
}

/** Everything of a type; none where the host does not have it. */
export async function listObjects(
  { client }: Pick<InstallPlace, 'client'>,
  resource: ApiResource,
  options: {
    readonly namespace?: string | undefined;
    readonly selector?: string;
    readonly accept?: string;
  } = {},
): Promise<readonly unknown[]> {
  const { namespace, selector, accept } = options;
  const path = collectionPath(resource, resource.isNamespaced ? namespace : undefined);
  const query = selector === undefined ? {} : { labelSelector: selector };
  const objects: unknown[] = [];
  try {
    for await (const page of readPagesOf(client, path, { query, accept })) objects.push(...page);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
  return objects;
}

export async function getOrNone(client: Pick<ApiClient, 'get'>, path: string): Promise<unknown> {
  try {
    return await client.get(path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Items of a list say no kind. */
export function withKind(object: unknown, resource: ApiResource): JsonObject {
  const { kind } = resource;
  return { ...(isJsonObject(object) ? object : {}), apiVersion: apiVersionOf(resource), kind };
}

export function say(
  { tell }: Pick<InstallPlace, 'tell'>,
  object: unknown,
  step: ObjectStep['step'],
  why = '',
): void {
  tell({ object, step, why });
}

/** But for what the server writes about writes. */
function isSame(before: unknown, after: unknown): boolean {
  const told = (object: unknown) => {
    const metadata = valueAt(object, 'metadata');
    const {
      managedFields: _,
      resourceVersion: __,
      generation: ___,
      ...others
    } = isJsonObject(metadata) ? metadata : {};
    return canonicalJson({ ...(isJsonObject(object) ? object : {}), metadata: others, status: 0 });
  };
  return told(before) === told(after);
}
