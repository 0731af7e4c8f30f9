/**
 * Everything that a join makes in the member, in the order in which it is made, and everything that
 * any join, ours or KubeFed's, may have left there.
 *
 * Source: specs of KubeFed 0.10, "join". Our choices: rules by the enabled types, a Role for the
 * account's own token, no token Secret.
 */

import type { ApiResource } from '../../api/kubefed/api-resource.ts';
import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import { textMapAt } from '../../api/untyped.ts';
import { objectAt } from '../copies/retained-fields.ts';
import {
  healthRoleName,
  type JoinNames,
  MADE_BY_ANNOTATION,
  MADE_BY_JOIN,
  roleName,
} from './join-names.ts';
import {
  CLUSTER_RULES,
  NAMESPACED_RULES,
  type PolicyRule,
  tokenRule,
  typeRules,
} from './member-rules.ts';

export interface MadeObject {
  readonly resource: ApiResource;
  readonly object: JsonObject;
}

export interface ObjectRef {
  readonly resource: ApiResource;
  /** Empty for what belongs to the cluster. */
  readonly namespace: string;
  readonly name: string;
}

export interface MemberJoin {
  readonly names: JoinNames;
  /** The federation's: of all namespaces, or of the control plane's alone. */
  readonly scope: 'Cluster' | 'Namespaced';
  readonly types: readonly ApiResource[];
}

const RBAC = 'rbac.authorization.k8s.io';
export const NAMESPACE_RESOURCE = resource('v1', 'Namespace', { isNamespaced: false });
export const ACCOUNT_RESOURCE = resource('v1', 'ServiceAccount');
export const SECRET_RESOURCE = resource('v1', 'Secret');
const ROLE_RESOURCE = resource(`${RBAC}/v1`, 'Role');
const CLUSTER_ROLE_RESOURCE = resource(`${RBAC}/v1`, 'ClusterRole', { isNamespaced: false });
const BINDING_RESOURCE = resource(`${RBAC}/v1`, 'RoleBinding');
const CLUSTER_BINDING_RESOURCE = resource(`${RBAC}/v1`, 'ClusterRoleBinding', {
  isNamespaced: false,
});

export function memberObjects({ names, scope, types }: MemberJoin): readonly MadeObject[] {
  const { namespace, account } = names;
  const ofTypes = types.flatMap(typeRules);
  const common = [...ofTypes, ...NAMESPACED_RULES];
  const within = scope === 'Namespaced' ? [...common, tokenRule(account)] : [tokenRule(account)];
  const ofCluster = scope === 'Namespaced' ? CLUSTER_RULES : [...common, ...CLUSTER_RULES];
  const clusterRole = scope === 'Namespaced' ? healthRoleName(names) : roleName(account);
  return [
    made(NAMESPACE_RESOURCE, { name: namespace }, {}),
    made(ACCOUNT_RESOURCE, { name: account, namespace }, { automountServiceAccountToken: false }),
    ...roleAndBinding(names, { name: clusterRole, rules: ofCluster }),
    ...roleAndBinding(names, { name: roleName(account), namespace, rules: within }),
  ];
}

/** The role in which the rights on the types stand. */
export function typesRole(names: JoinNames, scope: MemberJoin['scope']): ObjectRef {
  const name = roleName(names.account);
  return scope === 'Namespaced'
    ? { resource: ROLE_RESOURCE, namespace: names.namespace, name }
    : { resource: CLUSTER_ROLE_RESOURCE, namespace: '', name };
}

/**
 * What unjoin takes back, in its order, whatever form the join had: first the rights, so that the
 * control plane can write nothing any more while its marks are taken off.
 */
export function leftByJoin(names: JoinNames): {
  readonly rights: readonly ObjectRef[];
  readonly account: readonly ObjectRef[];
} {
  const { namespace, account } = names;
  const ref = (of: ApiResource, name: string): ObjectRef => {
    return { resource: of, namespace: of.isNamespaced ? namespace : '', name };
  };
  return {
    rights: [
      ref(CLUSTER_BINDING_RESOURCE, roleName(account)),
      ref(BINDING_RESOURCE, roleName(account)),
      ref(CLUSTER_BINDING_RESOURCE, healthRoleName(names)),
      ref(CLUSTER_ROLE_RESOURCE, roleName(account)),
      ref(ROLE_RESOURCE, roleName(account)),
      ref(CLUSTER_ROLE_RESOURCE, healthRoleName(names)),
    ],
    // Since 0.10 KubeFed made a Secret of the account's name, of type service-account-token.
    account: [ref(SECRET_RESOURCE, account), ref(ACCOUNT_RESOURCE, account)],
  };
}

export function isMadeByJoin(object: unknown): boolean {
  return textMapAt(object, 'metadata', 'annotations').get(MADE_BY_ANNOTATION) === MADE_BY_JOIN;
}

interface RoleParts {
  readonly name: string;
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
}

function roleAndBinding(
  { namespace: home, account }: JoinNames,
  { name, namespace, rules }: RoleParts,
): MadeObject[] {
  const isOfCluster = namespace === undefined;
  const role = isOfCluster ? CLUSTER_ROLE_RESOURCE : ROLE_RESOURCE;
  const binding = isOfCluster ? CLUSTER_BINDING_RESOURCE : BINDING_RESOURCE;
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  return [
    made(role, metadata, { rules }),
    made(binding, metadata, {
      roleRef: { apiGroup: RBAC, kind: role.kind, name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: home }],
    }),
  ];
}

/** As it is written: kind, its mark, content. */
export function made(of: ApiResource, metadata: JsonObject, content: JsonObject): MadeObject {
  const { group, version, kind } = of;
  const annotations = { [MADE_BY_ANNOTATION]: MADE_BY_JOIN };
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const object = { apiVersion, kind, metadata: { ...metadata, annotations }, ...content };
  return { resource: of, object };
}

/** Somebody else's object, brought to what we need of it. */
export function withoutMark({ resource: of, object }: MadeObject): MadeObject {
  const { annotations: _, ...metadata } = objectAt(object, 'metadata');
  return { resource: of, object: { ...object, metadata } };
}

function resource(apiVersion: string, kind: string, { isNamespaced = true } = {}): ApiResource {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  return { group, version, kind, plural: `${kind.toLowerCase()}s`, isNamespaced };
}
