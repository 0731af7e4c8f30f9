/**
 * A type that shall be federated -> its FederatedTypeConfig, as KubeFed's `enable` makes it.
 *
 * Source: specs of KubeFed 0.10, "enable", "FederatedTypeConfig".
 */

import { type ApiResource, resourceName } from '../../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../../api/kubefed/federated-type-config.ts';
import { canonicalJson } from '../canonical-json.ts';
import { FEDERATED_API, type FederatedApi, federatedResource } from './federated-resource.ts';

export interface TypeConfigObject {
  readonly apiVersion: 'core.kubefed.io/v1beta1';
  readonly kind: 'FederatedTypeConfig';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly federatedType: WrittenResource;
    readonly propagation: 'Enabled';
    readonly targetType: WrittenResource;
  };
}

interface WrittenResource {
  /** Absent: the core group. */
  readonly group?: string;
  readonly kind: string;
  readonly pluralName: string;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly version: string;
}

export interface TypeConfigOptions {
  readonly api?: FederatedApi;
  /** Of the control plane; absent: whoever writes it says so. */
  readonly namespace?: string;
}

export function typeConfigFor(
  target: ApiResource,
  { api = FEDERATED_API, namespace }: TypeConfigOptions = {},
): TypeConfigObject {
  return {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'FederatedTypeConfig',
    metadata: { name: resourceName(target), ...(namespace !== undefined && { namespace }) },
    spec: {
      federatedType: written(federatedResource(target, api)),
      propagation: 'Enabled',
      targetType: written(target),
    },
  };
}

function written({ group, version, kind, plural, isNamespaced }: ApiResource): WrittenResource {
  return {
    ...(group !== '' && { group }),
    kind,
    pluralName: plural,
    scope: isNamespaced ? 'Namespaced' : 'Cluster',
    version,
  };
}

/** What it reports and its metadata may change: what runs for it goes on. */
export function isSameWork(left: FederatedTypeConfig, right: FederatedTypeConfig): boolean {
  const work = ({ generation: _, finalizers: _1, isDeleting: _2, ...said }: FederatedTypeConfig) =>
    canonicalJson(said);
  return work(left) === work(right);
}
