/**
 * Below which domain a ServiceDNSRecord has its names, and what is wrong with the Domain that it refers
 * to. A mistake in a Domain, or its loss, takes no name away: the domain of the record's status stays.
 * That the Domain does not allow the namespace is no mistake: then the record has no names. Pure.
 */

import type { DomainObject, ServiceDnsRecord } from '../../api/kubefed/dns-record-objects.ts';
import { isDomainName } from '../../api/kubefed/name-forms.ts';
import { isAllowed } from './domain-tenancy.ts';

export interface DomainProblem {
  readonly reason: 'DomainNotFound' | 'DomainInvalid' | 'NamespaceNotAllowed';
  readonly message: string;
}

export interface RecordDomain {
  /** Without a last dot; undefined: the record has no names. */
  readonly domain: string | undefined;
  readonly problem: DomainProblem | undefined;
}

/** `found`: the Domain that `spec.domainRef` names; undefined: there is none. */
export function domainOfRecord(
  { domainRef, namespace, domain }: ServiceDnsRecord,
  found: DomainObject | undefined,
): RecordDomain {
  const before = domain === '' ? undefined : domain;
  if (found === undefined) {
    const message = `spec.domainRef: no Domain is named "${domainRef}"`;
    return { domain: before, problem: { reason: 'DomainNotFound', message } };
  }
  if (!isAllowed(found, namespace)) {
    const message = `Domain "${domainRef}": allowedNamespaces does not name "${namespace}"`;
    return { domain: undefined, problem: { reason: 'NamespaceNotAllowed', message } };
  }
  if (!isDomainName(found.domain)) {
    const message = `spec.domainRef: Domain "${domainRef}": domain: "${found.domain}" is no domain`;
    return { domain: before, problem: { reason: 'DomainInvalid', message } };
  }
  return { domain: found.domain, problem: undefined };
}
