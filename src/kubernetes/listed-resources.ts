/**
 * What types of objects a cluster has, by its own catalogue: all groups in two answers.
 *
 * Source: Kubernetes API concepts, "Aggregated discovery" (apidiscovery.k8s.io/v2, from 1.30 on).
 */

import { listAt, textAt, valueAt } from '../api/untyped.ts';
import type { ApiClient } from './api-client.ts';

/** One type, in the version that its group prefers of those that have it. */
export interface ListedResource {
  /** Empty: the core group. */
  readonly group: string;
  readonly version: string;
  /** `/apis/apps/v1`. */
  readonly root: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
}

const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** `version`: only types that are served in it, as they are there. Throws ApiError. */
export async function readApiResources(
  client: Pick<ApiClient, 'get'>,
  { version }: { readonly version?: string | undefined } = {},
): Promise<readonly ListedResource[]> {
  const [core, groups] = await Promise.all([
    client.get('/api', { accept: DISCOVERY }),
    client.get('/apis', { accept: DISCOVERY }),
  ]);
  const all = [...listAt(core, 'items'), ...listAt(groups, 'items')];
  return all.flatMap((group) => resourcesOf(group, version));
}

/** Those that lie in namespaces and can be listed. Throws ApiError. */
export async function listNamespaced(
  client: Pick<ApiClient, 'get'>,
): Promise<readonly ListedResource[]> {
  const all = await readApiResources(client);
  return all.filter(({ isNamespaced, verbs }) => isNamespaced && verbs.includes('list'));
}

/** The preferred version stands first. */
function resourcesOf(group: unknown, only: string | undefined): ListedResource[] {
  const name = textAt(group, 'metadata', 'name') ?? '';
  const found = new Map<string, ListedResource>();
  for (const one of listAt(group, 'versions')) {
    const version = textAt(one, 'version') ?? '';
    if (only !== undefined && only !== version) continue;
    for (const resource of listAt(one, 'resources')) {
      const plural = textAt(resource, 'resource');
      if (plural === undefined || found.has(plural)) continue;
      found.set(plural, { ...readResource(resource, name, version), plural });
    }
  }
  return [...found.values()];
}

function readResource(
  resource: unknown,
  group: string,
  version: string,
): Omit<ListedResource, 'plural'> {
  return {
    group,
    version,
    root: group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
    singular: textAt(resource, 'singularResource') ?? '',
    kind: textAt(resource, 'responseKind', 'kind') ?? '',
    shortNames: listAt(resource, 'shortNames').map(String),
    isNamespaced: valueAt(resource, 'scope') === 'Namespaced',
    verbs: listAt(resource, 'verbs').map(String),
  };
}
