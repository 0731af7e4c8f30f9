/**
 * What is in a namespace of the host, for `federate --contents`: every object of every namespaced
 * type, but what each cluster makes by itself or other objects make anew.
 *
 * Source: specs of KubeFed 0.10, "federate"; that made objects stay behind is our choice: their
 * makers go along, and would make them a second time.
 */

import { collectionPath, resourceName } from '../../../api/kubefed/api-resource.ts';
import { isJsonObject, type JsonObject } from '../../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { chooseApi, isSaid } from '../../../federation/federated-types/choose-api.ts';
import {
  isNeverContent,
  whyLeftBehind,
} from '../../../federation/federated-types/federate-object.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import { type ListedResource, readApiResources } from '../../../kubernetes/listed-resources.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { VerbError, withProgress } from '../../output.ts';
import type { HostCluster } from '../host-cluster.ts';

/** Of the host, with its type there. */
export interface FoundObject {
  readonly type: ListedResource;
  readonly object: JsonObject;
}

export interface ContentsOptions {
  readonly namespace: string;
  /** Types or groups, as a person says them. */
  readonly skipped: readonly string[];
  readonly configs: readonly FederatedTypeConfig[];
}

export async function readContents(
  host: HostCluster,
  options: ContentsOptions,
): Promise<readonly FoundObject[]> {
  const resources = await readApiResources(host.client);
  const unknown = options.skipped.find((word) => !resources.some((one) => isSaid(one, [word])));
  if (unknown !== undefined) {
    const chosen = chooseApi(resources, unknown);
    const near = chosen.kind === 'none' && chosen.near !== undefined ? chosen.near : undefined;
    const hint = near === undefined ? '' : `, did you mean "${near}"?`;
    throw new VerbError(`-s, --skip-api-resources: no type or group "${unknown}"${hint}`, 2);
  }
  const federated = new Set(options.configs.map((config) => resourceName(config.federated)));
  const walked = resources.filter((one) => isWalked(one, federated, options.skipped));
  const found: FoundObject[] = [];
  const read = async () => {
    for (const type of walked) found.push(...(await readType(host, type, options.namespace)));
  };
  await withProgress(`${host.context}: reading namespace ${options.namespace}`, read());
  return found;
}

function isWalked(
  type: ListedResource,
  federated: ReadonlySet<string>,
  skipped: readonly string[],
): boolean {
  return (
    type.isNamespaced &&
    type.verbs.includes('list') &&
    type.verbs.includes('create') &&
    !isNeverContent(type) &&
    !federated.has(resourceName(type)) &&
    !isSaid(type, skipped)
  );
}

async function readType(
  host: HostCluster,
  type: ListedResource,
  namespace: string,
): Promise<readonly FoundObject[]> {
  const found: FoundObject[] = [];
  try {
    for await (const page of readPagesOf(host.client, collectionPath(type, namespace))) {
      for (const item of page) {
        // Items of a list do not always say their kind.
        const object = isJsonObject(item) ? { ...item, kind: type.kind } : undefined;
        if (object !== undefined && whyLeftBehind(object) === undefined) {
          found.push({ type, object });
        }
      }
    }
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 405)) return [];
    throw error;
  }
  return found;
}
