/**
 * The ten types that KubeFed's chart federates from the start; deploy/crds/types has what the
 * builders make of them. Names and short names as today's API servers say them.
 *
 * Source: specs of KubeFed 0.10, "Deployment".
 */

import { pluralOfKind } from '../../api/kubefed/api-resource.ts';
import type { TargetType } from './federated-resource.ts';

export const SHIPPED_TYPES: readonly TargetType[] = [
  shipped('rbac.authorization.k8s.io/v1', 'ClusterRole', { isNamespaced: false }),
  shipped('v1', 'ConfigMap', { shortNames: ['cm'] }),
  shipped('apps/v1', 'Deployment', { shortNames: ['deploy'], hasReplicas: true }),
  shipped('networking.k8s.io/v1', 'Ingress', { shortNames: ['ing'] }),
  shipped('batch/v1', 'Job', {}),
  shipped('v1', 'Namespace', { shortNames: ['ns'], isNamespaced: false }),
  shipped('apps/v1', 'ReplicaSet', { shortNames: ['rs'], hasReplicas: true }),
  shipped('v1', 'Secret', {}),
  shipped('v1', 'ServiceAccount', { shortNames: ['sa'] }),
  shipped('v1', 'Service', { shortNames: ['svc'] }),
];

function shipped(apiVersion: string, kind: string, more: Partial<TargetType>): TargetType {
  const [group = '', version = ''] = apiVersion.includes('/')
    ? apiVersion.split('/')
    : ['', apiVersion];
  const named = { group, version, kind, plural: pluralOfKind(kind) };
  const usual = { isNamespaced: true, shortNames: [], hasSchema: true, hasReplicas: false };
  return { ...named, ...usual, ...more };
}
