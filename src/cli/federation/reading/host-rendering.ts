/**
 * What a host says beside federated objects for rendering them: its clusters, types, scope, and the
 * FederatedNamespaces around them. What the given manifests say themselves wins over the host.
 */

import { stringify } from 'yaml';
import { collectionPath, objectPath } from '../../../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { textAt } from '../../../api/untyped.ts';
import { describeManifest, type Manifest, readManifests } from '../../../api/yaml/manifests.ts';
import { isNamespace } from '../../../federation/copies/member-object.ts';
import type { RenderInputs } from '../../../federation/render.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { renderInputsOf } from '../../plan/render-manifests.ts';
import { readTypeConfigs, TYPE_CONFIG_RESOURCE } from '../enabled-types.ts';
import { getOrNone, type HostCluster } from '../host-cluster.ts';
import { type RegisteredMember, readMembers } from './host-members.ts';

export interface HostRendering {
  readonly inputs: RenderInputs;
  readonly remarks: readonly string[];
  readonly members: readonly RegisteredMember[];
  readonly configs: readonly FederatedTypeConfig[];
}

/** Throws VerbError for what is wrong with a manifest. */
export async function readRendering(
  host: HostCluster,
  given: readonly Manifest[],
): Promise<HostRendering> {
  const { client, namespace, context } = host;
  const members = await readMembers(host);
  const configs = await readTypeConfigs(host);
  const types: unknown[] = [];
  const good = new Set(configs.map(({ name }) => name));
  for await (const page of readPagesOf(client, collectionPath(TYPE_CONFIG_RESOURCE, namespace))) {
    types.push(...page.filter((one) => good.has(textAt(one, 'metadata', 'name') ?? '')));
  }
  const ofCore = (kind: string) => (object: unknown) => {
    return { apiVersion: 'core.kubefed.io/v1beta1', ...asObject(object), kind };
  };
  const config = `/apis/core.kubefed.io/v1beta1/namespaces/${namespace}/kubefedconfigs/kubefed`;
  const settings = await getOrNone(client, config);
  const said = new Set(given.map(({ object }) => idOf(object)));
  const fromHost = [
    ...members.map(({ object }) => object).map(ofCore('KubeFedCluster')),
    ...types.map(ofCore('FederatedTypeConfig')),
    ...(settings === undefined ? [] : [settings]),
    ...(await readNamespaces(host, given, configs)),
  ].filter((object) => !said.has(idOf(object)));
  const around = fromHost.map((object) => hostManifest(object, context));
  return { ...renderInputsOf([...given, ...around]), members, configs };
}

/** An object of the host, as if it were in a file of this name. */
export function hostManifest(object: unknown, context: string): Manifest {
  const read = readManifests(stringify(object), context);
  const [manifest] = read.kind === 'ok' ? read.manifests : [];
  return manifest ?? { object, file: context, lineOf: () => 0 };
}

async function readNamespaces(
  { client }: HostCluster,
  given: readonly Manifest[],
  configs: readonly FederatedTypeConfig[],
): Promise<readonly unknown[]> {
  const federated = configs.find(({ target }) => isNamespace(target))?.federated;
  if (federated === undefined) return [];
  const names = new Set(
    given.flatMap(({ object }) => textAt(object, 'metadata', 'namespace') ?? []),
  );
  const read = [...names].map((name) =>
    getOrNone(client, objectPath(federated, { namespace: name, name })),
  );
  return (await Promise.all(read)).filter((object) => object !== undefined);
}

function asObject(object: unknown): object {
  return typeof object === 'object' && object !== null ? object : {};
}

function idOf(object: unknown): string {
  const group = textAt(object, 'apiVersion')?.replace(/\/?[^/]*$/, '');
  return `${group} ${describeManifest(object)}`;
}
