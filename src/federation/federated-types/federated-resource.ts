/**
 * Names of a federated type and of its FederatedTypeConfig, out of the type that is federated.
 *
 *   Deployment, deployments.apps, deploy  ->  FederatedDeployment, federateddeployments, fdeploy
 *
 * Source: specs of KubeFed 0.10, "enable".
 */

import type { ApiResource } from '../../api/kubefed/api-resource.ts';

/** What the server that has it says of a type. */
export interface TargetType extends ApiResource {
  readonly shortNames: readonly string[];
  /** A schema of it was found: without one there is no template to be checked as an object. */
  readonly hasSchema: boolean;
  /** Its `spec.replicas` is an int32: an autoscaler may own it in the members. */
  readonly hasReplicas: boolean;
}

/** Where federated types are. */
export interface FederatedApi {
  readonly group: string;
  readonly version: string;
}

export const FEDERATED_API: FederatedApi = { group: 'types.kubefed.io', version: 'v1beta1' };

export function federatedResource(target: ApiResource, api = FEDERATED_API): ApiResource {
  return {
    ...api,
    kind: `Federated${target.kind}`,
    plural: `federated${target.plural}`,
    isNamespaced: target.isNamespaced || isNamespaces(target),
  };
}

/** A FederatedNamespace lies in the namespace that it federates. */
function isNamespaces({ group, plural }: ApiResource): boolean {
  return group === '' && plural === 'namespaces';
}

export function federatedShortNames(target: Pick<TargetType, 'shortNames'>): readonly string[] {
  return target.shortNames.map((name) => `f${name}`);
}
