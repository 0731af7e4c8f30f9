/**
 * Names of what a join makes: KubeFed's own, so that members joined by it are found again, and
 * scripts that look for them go on.
 *
 *   join cluster1 on host1  ->  ServiceAccount cluster1-host1
 *                               ClusterRole    kubefed-controller-manager:cluster1-host1
 *
 * Source: specs of KubeFed 0.10, "join".
 */

import { isSubdomain } from '../../api/kubefed/name-forms.ts';

/** On everything that a join makes in member or host, with the value "join": unjoin takes only that. */
export const MADE_BY_ANNOTATION = 'fedns.io/made-by';
export const MADE_BY_JOIN = 'join';

export interface JoinNames {
  /** The KubeFedCluster's. */
  readonly cluster: string;
  /** The control plane's, in the host and in the member. */
  readonly namespace: string;
  /** The ServiceAccount's, in the member. */
  readonly account: string;
}

export function accountName(cluster: string, host: string): string {
  return `${cluster}-${host}`;
}

/** Of a ClusterRole or Role, and of its binding. */
export function roleName(account: string): string {
  return `kubefed-controller-manager:${account}`;
}

/** Where the federation is of one namespace: what even there is asked of the whole cluster. */
export function healthRoleName({ namespace, account }: Omit<JoinNames, 'cluster'>): string {
  return `kubefed-controller-manager:${namespace}:healthcheck-${account}`;
}

/** Our choice: one name for each cluster, so that a join that broke off leaves nothing twice. */
export function secretName(cluster: string): string {
  return `${cluster}-token`;
}

export function clusterNameProblem(cluster: string): string | undefined {
  return isSubdomain(cluster)
    ? undefined
    : `"${cluster}" is no name of a KubeFedCluster (a-z, 0-9, - and .)`;
}

/** Contexts of cloud providers hold `:` and `/`, others `@`: no part of a ServiceAccount's name. */
export function hostNameProblem(host: string): string | undefined {
  return isSubdomain(`a-${host}`)
    ? undefined
    : `"${host}" cannot be part of a name (a-z, 0-9, - and .): say --host-cluster-name`;
}
