/**
 * Why a type cannot be federated as it was asked for, beside the types that are federated already:
 * one line, the object and field first. Pure.
 *
 * Source: specs of KubeFed 0.10, "enable".
 */

import { type ApiResource, resourceName } from '../../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../../api/kubefed/federated-type-config.ts';
import { isSubdomain } from '../../api/kubefed/name-forms.ts';
import { isEscalating } from '../joining/member-rules.ts';
import { FEDERATED_API } from './federated-resource.ts';

/** KubeFed's own groups: federating these would federate the federation. */
const OWN_GROUPS = [
  'core.kubefed.io',
  'multiclusterdns.kubefed.io',
  'scheduling.kubefed.io',
  'types.kubefed.io',
];

/** Each row: the same objects under several groups (plural -> groups). */
const EQUIVALENTS: Readonly<Record<string, readonly string[]>> = {
  daemonsets: ['apps', 'extensions'],
  deployments: ['apps', 'extensions'],
  events: ['', 'events.k8s.io'],
  ingresses: ['extensions', 'networking.k8s.io'],
  networkpolicies: ['extensions', 'networking.k8s.io'],
  podsecuritypolicies: ['extensions', 'policy'],
  replicasets: ['apps', 'extensions'],
};

export interface EnableWish {
  readonly target: ApiResource & { readonly verbs: readonly string[] };
  readonly federated: ApiResource;
  readonly allowsEscalation: boolean;
}

/** A definition's group is a DNS name with a dot in it. */
export function federatedGroupProblem(group: string): string | undefined {
  const isFine = isSubdomain(group) && group.includes('.');
  return isFine ? undefined : `"${group}" is no group for a definition (a DNS name with a dot)`;
}

/**
 * The webhook's rules name groups, and the chart's are KubeFed's own: what is to be added for another;
 * undefined: nothing.
 */
export function webhookHint(group: string): string | undefined {
  if (group === FEDERATED_API.group) return undefined;
  const rule = `federated-objects.${FEDERATED_API.group} of the ValidatingWebhookConfiguration validation.core.kubefed.io`;
  return `the webhook does not check types of ${group} until the group is added to apiGroups of ${rule}`;
}

export function enableRefusal(
  { target, federated, allowsEscalation }: EnableWish,
  configs: readonly FederatedTypeConfig[],
): string | undefined {
  const name = resourceName(target);
  if (OWN_GROUPS.includes(target.group) || target.group === federated.group) {
    return `${name}: belongs to the federation itself, and cannot be federated`;
  }
  const missing = ['create', 'get', 'list', 'watch'].filter((verb) => !target.verbs.includes(verb));
  if (missing.length > 0) return `${name}: its API has no ${missing.join(', ')}: nothing to copy`;
  if (isEscalating(target) && !allowsEscalation) {
    return `${name}: whoever may write these in a member can give himself every right there: enable it with --allow-escalate`;
  }
  for (const config of configs) {
    const refusal = refusalBeside({ name, target, federated }, config);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

interface Named {
  readonly name: string;
  readonly target: ApiResource;
  readonly federated: ApiResource;
}

function refusalBeside(
  { name, target, federated }: Named,
  config: FederatedTypeConfig,
): string | undefined {
  const wanted = resourceName(federated);
  const used = resourceName(config.federated);
  const at = `FederatedTypeConfig ${config.name}`;
  if (config.name === name) {
    const isSame = used === wanted && config.federated.kind === federated.kind;
    return isSame
      ? undefined
      : `${at}: spec.federatedType: is ${used}, and cannot become ${wanted}: disable it first`;
  }
  const groups = EQUIVALENTS[target.plural] ?? [];
  const isEquivalent =
    config.target.plural === target.plural &&
    groups.includes(config.target.group) &&
    groups.includes(target.group);
  if (isEquivalent) {
    return `${at}: spec.targetType: the same objects as ${name} are federated by it already`;
  }
  return used === wanted ? `${at}: spec.federatedType: ${wanted} is in use there` : undefined;
}
