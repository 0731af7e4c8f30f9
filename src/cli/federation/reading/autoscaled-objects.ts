/**
 * Federated workloads whose replicas are the members', for a federated autoscaler targets them: by the
 * engine's own rule, out of the host's autoscalers and of those that manifests give.
 */

import {
  type ApiResource,
  collectionPath,
  keyOfObject,
  resourceName,
} from '../../../api/kubefed/api-resource.ts';
import { readFederatedObject } from '../../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import type { RenderSource } from '../../../federation/render.ts';
import { autoscalerTarget, SCALED_TYPES } from '../../../federation/replicas/autoscaler-target.ts';
import { SHARED_AUTOSCALERS } from '../../../federation/replicas/shared-kinds.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { propagatingConfigs } from '../enabled-types.ts';
import type { HostCluster } from '../host-cluster.ts';

/** Throws ApiError. */
export async function readAutoscaled(
  host: HostCluster,
  configs: readonly FederatedTypeConfig[],
  sources: readonly RenderSource[],
): Promise<(source: RenderSource) => boolean> {
  const autoscalers = propagatingConfigs(configs).find(
    ({ name }) => name === SHARED_AUTOSCALERS.type,
  );
  const scaled = sources.filter(({ type }) => SCALED_TYPES.has(resourceName(type.target)));
  if (autoscalers === undefined || scaled.length === 0) return () => false;
  const given = sources
    .filter(({ type }) => resourceName(type.target) === SHARED_AUTOSCALERS.type)
    .map(({ object }) => object);
  const said = new Set(given.map(keyOfObject));
  const live: ReturnType<typeof readFederatedObject>[] = [];
  for (const namespace of new Set(scaled.map(({ object }) => object.namespace))) {
    const all = await readAll(host, autoscalers.federated, namespace);
    live.push(...all.filter((object) => !said.has(keyOfObject(object))));
  }
  const targets = [...given, ...live].flatMap((one) => autoscalerTarget(one) ?? []);
  const ids = new Set(targets.map(({ type, key }) => `${type} ${key}`));
  return ({ type, object }) => ids.has(`${resourceName(type.target)} ${keyOfObject(object)}`);
}

async function readAll({ client }: HostCluster, federated: ApiResource, namespace: string) {
  const objects: ReturnType<typeof readFederatedObject>[] = [];
  for await (const page of readPagesOf(client, collectionPath(federated, namespace))) {
    objects.push(...page.map(readFederatedObject));
  }
  return objects;
}
