/** The condition `Ready` of a Domain: whether records can have names below it. Pure. */

import type { SaidCondition } from '../../api/conditions.ts';
import type { DomainObject } from '../../api/kubefed/dns-record-objects.ts';
import { isDnsObjectName, isDomainName } from '../../api/kubefed/name-forms.ts';
import { shortened } from './shortened.ts';

const NAME_LENGTH_MAX = 253;

/** Of its condition Ready; ours, KubeFed has none. */
export type DomainReason =
  | 'Valid'
  | 'WrongNamespace'
  | 'InvalidDomain'
  | 'InvalidName'
  | 'DomainTooLong';

interface DomainCondition extends SaidCondition {
  readonly reason: DomainReason;
}

/** `ownNamespace`: of the control plane, where records look for it. */
export function domainCondition(object: DomainObject, ownNamespace: string): DomainCondition {
  const type = 'Ready';
  const problem = problemOf(object, ownNamespace);
  if (problem !== undefined) return { type, status: 'False', ...problem };
  const { domain, allowedNamespaces } = object;
  const message = `names below ${domain}, for ${whom(allowedNamespaces)}`;
  return { type, status: 'True', reason: 'Valid', message };
}

function problemOf(
  { name, namespace, domain }: DomainObject,
  ownNamespace: string,
): Pick<DomainCondition, 'reason' | 'message'> | undefined {
  if (namespace !== ownNamespace) {
    const message = `metadata.namespace: no record refers to it here: Domains lie in "${ownNamespace}"`;
    return { reason: 'WrongNamespace', message };
  }
  if (!isDomainName(domain)) {
    return { reason: 'InvalidDomain', message: `domain: "${domain}" is no domain` };
  }
  // Its name is a part of every name, and records can refer to no other.
  if (!isDnsObjectName(name)) {
    const message = 'metadata.name: becomes DNS labels, so each may have 63 characters';
    return { reason: 'InvalidName', message };
  }
  if (`s.n.${name}.svc.${domain}`.length > NAME_LENGTH_MAX) {
    const message = `domain: no name of a record below it would have at most ${NAME_LENGTH_MAX} characters`;
    return { reason: 'DomainTooLong', message };
  }
  return undefined;
}

function whom(namespaces: readonly string[] | undefined): string {
  if (namespaces === undefined) return 'records of every namespace';
  if (namespaces.length === 0) return 'no record: allowedNamespaces is empty';
  return `records of ${shortened(namespaces, ', ')}`;
}
