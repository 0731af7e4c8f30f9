/**
 * Any object of KubeFed's kinds -> what admission refuses of it: the webhook and the command line
 * ask here. Kinds that only controllers write (PropagatedVersion, FederatedServiceStatus) and kinds
 * of others have no checks. deploy/admission.md is the table of all of them.
 */

import { textAt } from '../untyped.ts';
import {
  checkDnsEndpoint,
  checkDomain,
  checkIngressDnsRecord,
  checkServiceDnsRecord,
} from './dns-records.ts';
import { checkFederatedObject } from './federated-object-check.ts';
import { type CheckedWrite, type FieldProblem, newProblems } from './field-problem.ts';
import { checkKubeFedCluster } from './kubefed-cluster.ts';
import { checkKubeFedConfig } from './kubefed-config.ts';
import { checkSchedulingPreference } from './replica-scheduling-preference.ts';
import { checkTypeConfig } from './type-config-check.ts';

type Check = (object: unknown, write: CheckedWrite) => readonly FieldProblem[];

/** By group and kind. */
const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['core.kubefed.io/KubeFedCluster', checkKubeFedCluster],
  ['core.kubefed.io/KubeFedConfig', checkKubeFedConfig],
  ['core.kubefed.io/FederatedTypeConfig', checkTypeConfig],
  ['scheduling.kubefed.io/ReplicaSchedulingPreference', checkSchedulingPreference],
  ['multiclusterdns.kubefed.io/Domain', checkDomain],
  ['multiclusterdns.kubefed.io/ServiceDNSRecord', checkServiceDnsRecord],
  ['multiclusterdns.kubefed.io/IngressDNSRecord', checkIngressDnsRecord],
  ['multiclusterdns.kubefed.io/DNSEndpoint', checkDnsEndpoint],
]);

/**
 * With `before` only what was not wrong with it already. Federated types may be of any group
 * (`fedns enable --federated-group`): outside KubeFed's own a kind that begins with Federated is one.
 */
export function checkObject(object: unknown, write: CheckedWrite = {}): readonly FieldProblem[] {
  const group = (textAt(object, 'apiVersion') ?? '').split('/')[0] ?? '';
  const kind = textAt(object, 'kind') ?? '';
  const isFederated = kind.startsWith('Federated') && group !== 'core.kubefed.io';
  const check = CHECKS.get(`${group}/${kind}`) ?? (isFederated ? checkFederatedObject : undefined);
  if (check === undefined) return [];
  const problems = check(object, write);
  if (problems.length === 0 || write.before === undefined) return problems;
  return newProblems(problems, check(write.before, { ...(write.part && { part: write.part }) }));
}
