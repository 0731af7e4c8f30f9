/**
 * The types that are federated in a host, and the one that a person means: by discovery of what the
 * host serves, and by the FederatedTypeConfigs that stand there.
 */

import { type ApiResource, resourceName } from '../../api/kubefed/api-resource.ts';
import {
  type FederatedTypeConfig,
  readFederatedTypeConfig,
} from '../../api/kubefed/federated-type-config.ts';
import { textAt } from '../../api/untyped.ts';
import {
  type Chosen,
  chooseApi,
  type NamedApi,
} from '../../federation/federated-types/choose-api.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import { type ListedResource, readApiResources } from '../../kubernetes/listed-resources.ts';
import { readPagesOf } from '../../kubernetes/object-pages.ts';
import { complain, VerbError } from '../output.ts';
import type { HostCluster } from './host-cluster.ts';

export const TYPE_CONFIG_RESOURCE: ApiResource = {
  group: 'core.kubefed.io',
  version: 'v1beta1',
  kind: 'FederatedTypeConfig',
  plural: 'federatedtypeconfigs',
  isNamespaced: true,
};

/** Sorted by name; one that cannot be read is told and left out. */
export async function readTypeConfigs(host: HostCluster): Promise<readonly FederatedTypeConfig[]> {
  const { client, context, namespace } = host;
  const path = `/apis/core.kubefed.io/v1beta1/namespaces/${namespace}/federatedtypeconfigs`;
  const configs: FederatedTypeConfig[] = [];
  try {
    for await (const page of readPagesOf(client, path)) {
      for (const object of page) {
        const read = readFederatedTypeConfig(object);
        if (read.kind === 'good') configs.push(read.value);
        else {
          const name = textAt(object, 'metadata', 'name') ?? '';
          complain(`${context}: FederatedTypeConfig ${namespace}/${name}: ${read.problem}`);
        }
      }
    }
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const missing = 'the definitions of KubeFed are not installed there (deploy/crds)';
    throw new VerbError(`${context}: no FederatedTypeConfigs: ${missing}`, 1);
  }
  return configs.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Whose objects are propagated now. */
export function propagatedTypes(configs: readonly FederatedTypeConfig[]): readonly ApiResource[] {
  return propagatingConfigs(configs).map(({ target }) => target);
}

export function propagatingConfigs(
  configs: readonly FederatedTypeConfig[],
): readonly FederatedTypeConfig[] {
  return configs.filter(({ isPropagating, isDeleting }) => isPropagating && !isDeleting);
}

/** Of all that the host serves; `version`: only what it serves in this one. */
export async function findType(
  host: HostCluster,
  said: string,
  version?: string,
): Promise<ListedResource> {
  const chosen = chooseApi(await readApiResources(host.client, { version }), said);
  if (chosen.kind === 'one') return chosen.api;
  throw notOne(host, said, chosen);
}

/** By the configs alone, then by what else the host calls the type; undefined: it is not federated. */
export async function findTypeConfig(
  host: HostCluster,
  said: string,
  configs: readonly FederatedTypeConfig[],
): Promise<FederatedTypeConfig | undefined> {
  const exact = configs.find(({ name }) => name === said);
  if (exact !== undefined) return exact;
  const named = configs.flatMap((config) => [
    { ...asNamed(config.target), config },
    { ...asNamed(config.federated), config },
  ]);
  const chosen = chooseApi(named, said);
  if (chosen.kind === 'one') return chosen.api.config;
  if (chosen.kind === 'several') throw notOne(host, said, chosen);
  // A short name, which only the server knows; of a type that is gone nothing else is known.
  const served = chooseApi(await readApiResources(host.client), said);
  if (served.kind !== 'one') throw notOne(host, said, served);
  const name = resourceName(served.api);
  return configs.find((config) => config.name === name || resourceName(config.federated) === name);
}

/** Said as the federated type or as its target; one that is federated. */
export async function federatedType(host: HostCluster, said: string): Promise<FederatedTypeConfig> {
  const configs = await readTypeConfigs(host);
  const config = await findTypeConfig(host, said, configs);
  if (config !== undefined) return config;
  const known = configs.map(({ federated }) => resourceName(federated)).join(', ');
  const what = known === '' ? 'no type is' : `federated are ${known}`;
  throw new VerbError(`${host.context}: type "${said}" is not federated: ${what}`, 1);
}

function asNamed(resource: ApiResource): NamedApi {
  return { ...resource, singular: resource.kind.toLowerCase(), shortNames: [] };
}

function notOne(
  host: HostCluster,
  said: string,
  chosen: Exclude<Chosen<NamedApi>, { kind: 'one' }>,
): VerbError {
  if (chosen.kind === 'several') {
    const names = chosen.names.join(', ');
    return new VerbError(`${host.context}: type "${said}" may be each of ${names}: say which`, 2);
  }
  const hint = chosen.near === undefined ? '' : `, did you mean "${chosen.near}"?`;
  return new VerbError(`${host.context}: it serves no type "${said}"${hint}`, 2);
}
