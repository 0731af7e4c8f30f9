/**
 * The kinds that the chart is made of, in the order in which they are applied; taken away they are
 * from the end. Webhook configurations come last: before, nobody would answer.
 */

import { type ApiResource, apiVersionOf, type ObjectName } from '../api/kubefed/api-resource.ts';
import type { JsonObject } from '../api/kubefed/federated-object.ts';
import { textAt } from '../api/untyped.ts';
import { TemplateError } from './template/template-tree.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const KUBEFED = 'core.kubefed.io/v1beta1';
const CERT_MANAGER = 'cert-manager.io/v1';
const ADMISSION = 'admissionregistration.k8s.io/v1';

export const NAMESPACES = kind('v1', 'Namespace', 'namespaces', false);
export const DEFINITIONS = kind(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
export const TYPE_CONFIGS = kind(KUBEFED, 'FederatedTypeConfig', 'federatedtypeconfigs');
export const KUBEFED_CLUSTERS = kind(KUBEFED, 'KubeFedCluster', 'kubefedclusters');
export const DEPLOYMENTS = kind('apps/v1', 'Deployment', 'deployments');
export const STATEFUL_SETS = kind('apps/v1', 'StatefulSet', 'statefulsets');
export const VALIDATING_WEBHOOKS = kind(
  ADMISSION,
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  false,
);
export const PODS = kind('v1', 'Pod', 'pods');
export const LEASES = kind('coordination.k8s.io/v1', 'Lease', 'leases');

export const CHART_KINDS: readonly ApiResource[] = [
  kind('v1', 'ServiceAccount', 'serviceaccounts'),
  kind('v1', 'Secret', 'secrets'),
  kind('v1', 'ConfigMap', 'configmaps'),
  kind(RBAC, 'ClusterRole', 'clusterroles', false),
  kind(RBAC, 'Role', 'roles'),
  kind(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', false),
  kind(RBAC, 'RoleBinding', 'rolebindings'),
  kind('v1', 'Service', 'services'),
  kind(KUBEFED, 'KubeFedConfig', 'kubefedconfigs'),
  TYPE_CONFIGS,
  kind(CERT_MANAGER, 'Issuer', 'issuers'),
  kind(CERT_MANAGER, 'Certificate', 'certificates'),
  STATEFUL_SETS,
  DEPLOYMENTS,
  kind(ADMISSION, 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', false),
  VALIDATING_WEBHOOKS,
];

const ALL_KINDS = [NAMESPACES, DEFINITIONS, ...CHART_KINDS];

/** Throws TemplateError for what is in no table: whoever adds a kind to the chart adds it here. */
export function resourceOf(object: JsonObject): ApiResource {
  const [version, name] = [textAt(object, 'apiVersion'), textAt(object, 'kind')];
  const found = ALL_KINDS.find((one) => one.kind === name && apiVersionOf(one) === version);
  if (found === undefined) throw new TemplateError(`${version} ${name} is no kind of the chart`);
  return found;
}

export function inApplyOrder(objects: readonly JsonObject[]): readonly JsonObject[] {
  const placeOf = (object: JsonObject) => ALL_KINDS.indexOf(resourceOf(object));
  return [...objects].sort((left, right) => placeOf(left) - placeOf(right));
}

export function nameOf(object: unknown): ObjectName {
  const text = (field: string) => textAt(object, 'metadata', field) ?? '';
  return { namespace: text('namespace'), name: text('name') };
}

/** `Deployment kube-federation-system/kubefed-controller-manager`. */
export function describeObject(object: unknown): string {
  const { namespace, name } = nameOf(object);
  return `${textAt(object, 'kind')} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

function kind(apiVersion: string, name: string, plural: string, isNamespaced = true): ApiResource {
  const [group = '', version = ''] = apiVersion.includes('/')
    ? apiVersion.split('/')
    : ['', apiVersion];
  return { group, version, kind: name, plural, isNamespaced };
}
