/**
 * Versions that API servers serve no more, and what becomes of objects in them. Pure.
 *
 * Source: Kubernetes "Deprecated API Migration Guide".
 */

import type { ApiResource } from '../../api/kubefed/api-resource.ts';
import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import { convertAutoscaler } from './autoscaler.ts';
import { type ConversionNotes, objectIn } from './conversion.ts';
import { convertIngress } from './ingress.ts';
import { convertWorkload } from './workload.ts';

export type ConvertKind = (
  object: JsonObject,
  notes: ConversionNotes,
  apiVersion: string,
) => JsonObject;

export type RemovedVersion =
  | { readonly kind: 'converted'; readonly to: string; readonly convert: ConvertKind }
  | { readonly kind: 'gone'; readonly why: string };

/** undefined: it is served, or nothing is known of it. */
export function removedVersion(apiVersion: string, kind: string): RemovedVersion | undefined {
  return REMOVED.get(`${apiVersion} ${kind}`);
}

/** Of a type config's target: that it is gone, and what to do, in one line; undefined: it is served. */
export function removedTarget({
  group,
  version,
  kind,
}: Pick<ApiResource, 'group' | 'version' | 'kind'>): string | undefined {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const removed = removedVersion(apiVersion, kind);
  if (removed === undefined) return undefined;
  const remedy = removed.kind === 'gone' ? removed.why : `"fedns enable" for ${removed.to} ${kind}`;
  return `${apiVersion} ${kind} is not served any more: ${remedy}`;
}

const same: ConvertKind = (object) => object;

/** `{}` selected nothing before, and selects everything now. */
const convertBudget: ConvertKind = (object, notes) => {
  const selector = objectIn(object, 'spec', 'selector');
  if (selector !== undefined && Object.keys(selector).length === 0) {
    const message = '{} selected no pod, and in policy/v1 selects all of them: say which';
    notes.problems.push({ field: 'spec.selector', message });
  }
  return object;
};

const REMOVED: ReadonlyMap<string, RemovedVersion> = new Map([
  ...to('networking.k8s.io/v1', convertIngress, [
    'extensions/v1beta1 Ingress',
    'networking.k8s.io/v1beta1 Ingress',
  ]),
  ...to('networking.k8s.io/v1', same, [
    'extensions/v1beta1 NetworkPolicy',
    'networking.k8s.io/v1beta1 IngressClass',
  ]),
  ...to('autoscaling/v2', convertAutoscaler, [
    'autoscaling/v2beta1 HorizontalPodAutoscaler',
    'autoscaling/v2beta2 HorizontalPodAutoscaler',
  ]),
  ...to('batch/v1', same, ['batch/v1beta1 CronJob', 'batch/v2alpha1 CronJob']),
  ...to('policy/v1', convertBudget, ['policy/v1beta1 PodDisruptionBudget']),
  ...to('apps/v1', convertWorkload, [
    ...['extensions/v1beta1', 'apps/v1beta1', 'apps/v1beta2'].flatMap((version) =>
      ['Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet'].map((kind) => `${version} ${kind}`),
    ),
  ]),
  ...to('rbac.authorization.k8s.io/v1', same, [
    ...['v1alpha1', 'v1beta1'].flatMap((version) =>
      ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].map(
        (kind) => `rbac.authorization.k8s.io/${version} ${kind}`,
      ),
    ),
  ]),
  ...to('scheduling.k8s.io/v1', same, ['scheduling.k8s.io/v1beta1 PriorityClass']),
  ...to('storage.k8s.io/v1', same, ['storage.k8s.io/v1beta1 StorageClass']),
  ...gone('no API server has it any more: Pod Security Admission took its place', [
    'extensions/v1beta1 PodSecurityPolicy',
    'policy/v1beta1 PodSecurityPolicy',
  ]),
  ...gone('v1 wants a schema of every version, which v1beta1 need not say', [
    'apiextensions.k8s.io/v1beta1 CustomResourceDefinition',
  ]),
]);

function to(
  version: string,
  convert: ConvertKind,
  from: readonly string[],
): readonly (readonly [string, RemovedVersion])[] {
  return from.map((one) => [one, { kind: 'converted', to: version, convert }]);
}

function gone(
  why: string,
  from: readonly string[],
): readonly (readonly [string, RemovedVersion])[] {
  return from.map((one) => [one, { kind: 'gone', why }]);
}
