/**
 * Which types an API server has: by its discovery documents, one for each group and version, which
 * every version of Kubernetes serves. A group that cannot be asked (its own server is away) is told
 * and left out.
 *
 * Source: Kubernetes "The Kubernetes API", discovery; OpenAPI V3.
 */

import type { ApiResource } from '../api/kubefed/api-resource.ts';
import { listAt, textAt, valueAt } from '../api/untyped.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';

export interface ServedResource extends ApiResource {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly verbs: readonly string[];
}

export interface ServedResources {
  /** Each type once: in the version its group prefers of those that have it. */
  readonly resources: readonly ServedResource[];
  /** One line a group version that could not be asked. */
  readonly unread: readonly string[];
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** `version`: only types in this one. */
export async function readServedResources(
  client: Pick<ApiClient, 'get'>,
  { version }: { readonly version?: string | undefined } = {},
): Promise<ServedResources> {
  const served = await readGroupVersions(client);
  const asked = served.filter((one) => version === undefined || one.version === version);
  const unread: string[] = [];
  const lists = await Promise.all(
    asked.map(async (one) => {
      try {
        return resourcesOf(one, await client.get(rootOf(one)));
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === undefined) throw error;
        unread.push(error.message);
        return [];
      }
    }),
  );
  const byName = new Map<string, ServedResource>();
  for (const resource of lists.flat()) {
    const name = `${resource.plural}.${resource.group}`;
    if (!byName.has(name)) byName.set(name, resource);
  }
  return { resources: [...byName.values()], unread };
}

/** The preferred version of a group first, the core group before all. */
async function readGroupVersions(client: Pick<ApiClient, 'get'>): Promise<GroupVersion[]> {
  const [core, groups] = await Promise.all([client.get('/api'), client.get('/apis')]);
  const ofCore = listAt(core, 'versions').map((version) => ({
    group: '',
    version: String(version),
  }));
  const others = listAt(groups, 'groups').flatMap((group) => {
    const name = textAt(group, 'name') ?? '';
    const preferred = textAt(group, 'preferredVersion', 'version');
    const all = listAt(group, 'versions').flatMap((one) => textAt(one, 'version') ?? []);
    const ordered = new Set([...(preferred === undefined ? [] : [preferred]), ...all]);
    return [...ordered].map((version) => ({ group: name, version }));
  });
  return [...ofCore, ...others];
}

function rootOf({ group, version }: GroupVersion): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

function resourcesOf({ group, version }: GroupVersion, list: unknown): ServedResource[] {
  return listAt(list, 'resources').flatMap((one) => {
    const plural = textAt(one, 'name') ?? '';
    // `deployments/scale` is part of another.
    if (plural === '' || plural.includes('/')) return [];
    const kind = textAt(one, 'kind') ?? '';
    return {
      group,
      version,
      kind,
      plural,
      isNamespaced: valueAt(one, 'namespaced') === true,
      singular: textAt(one, 'singularName') || kind.toLowerCase(),
      shortNames: listAt(one, 'shortNames').map(String),
      verbs: listAt(one, 'verbs').map(String),
    };
  });
}

export interface SchemaFacts {
  /** The server publishes a schema of it. */
  readonly hasSchema: boolean;
  /** Its `spec.replicas` is an int32. */
  readonly hasReplicas: boolean;
}

/** A type that was made just now is published a second later: no schema is worth asking again. */
export async function readSchemaFacts(
  client: Pick<ApiClient, 'get'>,
  resource: ApiResource,
): Promise<SchemaFacts> {
  let document: unknown;
  try {
    document = await client.get(`/openapi/v3${rootOf(resource)}`);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    return { hasSchema: false, hasReplicas: false };
  }
  const schemas = valueAt(document, 'components', 'schemas');
  const all: [string, unknown][] = Object.entries(schemas ?? {});
  const own = all.find(([, schema]) => isOfKind(schema, resource))?.[1];
  if (own === undefined) return { hasSchema: false, hasReplicas: false };
  const resolved = (schema: unknown): unknown => {
    const reference = textAt(schema, '$ref') ?? textAt(listAt(schema, 'allOf')[0], '$ref');
    return reference === undefined ? schema : valueAt(schemas, reference.split('/').pop() ?? '');
  };
  const spec = resolved(valueAt(own, 'properties', 'spec'));
  const replicas = valueAt(spec, 'properties', 'replicas');
  const isInt32 = textAt(replicas, 'type') === 'integer' && textAt(replicas, 'format') === 'int32';
  return { hasSchema: true, hasReplicas: isInt32 };
}

function isOfKind(schema: unknown, { group, version, kind }: ApiResource): boolean {
  return listAt(schema, 'x-kubernetes-group-version-kind').some(
    (one) =>
      textAt(one, 'kind') === kind &&
      textAt(one, 'version') === version &&
      (textAt(one, 'group') ?? '') === group,
  );
}
