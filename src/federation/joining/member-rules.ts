/**
 * What the control plane may do in a member: as little as the enabled types want. Pure: rules of
 * RBAC out of types, and rules that are there changed as a type comes or goes.
 *
 * Source: Kubernetes "Using RBAC Authorization" (a rule covers what it names, * covers all; who
 * writes roles needs escalate, who writes bindings needs bind). KubeFed asked for everything.
 */

import { type ApiResource, resourceName } from '../../api/kubefed/api-resource.ts';
import { listAt } from '../../api/untyped.ts';
import { canonicalJson } from '../canonical-json.ts';

export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const READ = ['get', 'list', 'watch'];
const WRITE = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** Whoever may write these may give himself every right: only where a person says so. */
export function isEscalating({ group }: Pick<ApiResource, 'group'>): boolean {
  return group === RBAC_GROUP;
}

/**
 * A namespace is deleted only if nothing of others is in it, which takes a look at what Kubernetes
 * itself knows to lie there; no Secret is among it. Types of others' are looked for only with a rule
 * that a person adds: without it a namespace stays.
 */
const CONTENT_RULES: readonly PolicyRule[] = [
  content('', [
    'limitranges',
    'persistentvolumeclaims',
    'pods',
    'podtemplates',
    'replicationcontrollers',
    'resourcequotas',
    'serviceaccounts',
    'services',
  ]),
  content('apps', [
    'controllerrevisions',
    'daemonsets',
    'deployments',
    'replicasets',
    'statefulsets',
  ]),
  content('autoscaling', ['horizontalpodautoscalers']),
  content('batch', ['cronjobs', 'jobs']),
  content('networking.k8s.io', ['ingresses', 'networkpolicies']),
  content('policy', ['poddisruptionbudgets']),
  content(RBAC_GROUP, ['rolebindings', 'roles']),
  content('resource.k8s.io', ['resourceclaims', 'resourceclaimtemplates']),
  content('storage.k8s.io', ['csistoragecapacities']),
];

function content(group: string, resources: readonly string[]): PolicyRule {
  return { apiGroups: [group], resources, verbs: ['list'] };
}

/** What propagating one type takes. */
export function typeRules(target: ApiResource): readonly PolicyRule[] {
  const { group, plural } = target;
  const rule = { apiGroups: [group], resources: [plural] };
  if (group === '' && plural === 'namespaces') return [{ ...rule, verbs: WRITE }, ...CONTENT_RULES];
  if (!isEscalating(target)) return [{ ...rule, verbs: WRITE }];
  if (plural === 'roles' || plural === 'clusterroles') {
    return [{ ...rule, verbs: [...WRITE, 'escalate'] }];
  }
  const bind = { apiGroups: [group], resources: ['roles', 'clusterroles'], verbs: ['bind'] };
  return [{ ...rule, verbs: WRITE }, bind];
}

/** What is asked of a member whatever its types: copies' places and how services fare. */
export const NAMESPACED_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['services', 'pods'], verbs: READ },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  { apiGroups: ['multicluster.x-k8s.io'], resources: ['serviceexports'], verbs: READ },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
  { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create'] },
];

/** Of the whole cluster even where the federation is of one namespace: is it well, where is it. */
export const CLUSTER_RULES: readonly PolicyRule[] = [
  { nonResourceURLs: ['/healthz', '/version'], verbs: ['get'] },
  { apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch'] },
];

/** Its own token and no other's: so it renews itself. */
export function tokenRule(account: string): PolicyRule {
  const rule = { apiGroups: [''], resources: ['serviceaccounts/token'] };
  return { ...rule, resourceNames: [account], verbs: ['create'] };
}

/** Those that grant nothing yet by themselves are added; what a person added stays. */
export function withRules(
  rules: readonly unknown[],
  more: readonly PolicyRule[],
): readonly unknown[] {
  const known = [...rules];
  for (const rule of more) if (!known.some((one) => covers(one, rule))) known.push(rule);
  return known;
}

/**
 * All that the type gave and none of `remaining` gives too; as join and enable wrote them: a rule that
 * a person wrote otherwise stays.
 */
export function withoutType(
  rules: readonly unknown[],
  target: ApiResource,
  remaining: readonly ApiResource[],
): readonly unknown[] {
  const wanted = new Set(remaining.flatMap(typeRules).map(canonicalJson));
  const given = typeRules(target).map(canonicalJson);
  const gone = new Set(given.filter((rule) => !wanted.has(rule)));
  return rules.filter((rule) => !gone.has(canonicalJson(rule)));
}

function covers(rule: unknown, { apiGroups = [], resources = [], verbs }: PolicyRule): boolean {
  if (listAt(rule, 'resourceNames').length > 0) return false;
  const hasAll = (field: string, wanted: readonly string[]) => {
    const said = listAt(rule, field);
    return said.includes('*') || wanted.every((one) => said.includes(one));
  };
  return hasAll('apiGroups', apiGroups) && hasAll('resources', resources) && hasAll('verbs', verbs);
}

/** Those whose rights a join gives, and those that it gives only with a person's word. */
export function allowedTypes(
  types: readonly ApiResource[],
  options: { readonly isNamespaced: boolean; readonly allowsEscalation: boolean },
): { readonly allowed: readonly ApiResource[]; readonly withheld: readonly ApiResource[] } {
  // A federation of one namespace has no copies of what belongs to the cluster.
  const reached = types
    .filter((type) => type.isNamespaced || !options.isNamespaced)
    .sort((left, right) => (resourceName(left) < resourceName(right) ? -1 : 1));
  const isWithheld = (type: ApiResource) => isEscalating(type) && !options.allowsEscalation;
  return {
    allowed: reached.filter((type) => !isWithheld(type)),
    withheld: reached.filter(isWithheld),
  };
}
