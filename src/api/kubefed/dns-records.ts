/**
 * What admission refuses of the kinds that say DNS names: Domain, ServiceDNSRecord,
 * IngressDNSRecord, DNSEndpoint (multiclusterdns.kubefed.io/v1alpha1).
 *
 * Source: specs of KubeFed, "DNS kinds", which checked none of it; RFC 1035 section 2.3.4, RFC 2181
 * section 8 (TTL). What never becomes a name is not checked: a Domain's nameServer.
 */

import { listAt, textAt, valueAt } from '../untyped.ts';
import type { CheckedWrite, FieldProblem } from './field-problem.ts';
import {
  isDns1123Label,
  isDnsObjectName,
  isDomainName,
  isHostName,
  isNamePrefix,
} from './name-forms.ts';

const TTL_SECONDS_MAX = 2 ** 31 - 1;
const NAME_LENGTH_MAX = 253;

const DOMAIN_MESSAGE =
  'must be a domain name: labels of 1 to 63 letters, digits, - or _, 253 characters in all';
const HOST_MESSAGE = 'must be a host name: labels of 1 to 63, 253 characters in all; *. may lead';
const PREFIX_MESSAGE = 'must be labels of 1 to 63 letters, digits, - or _ without a last dot';

export function checkDomain(
  object: unknown,
  { part = 'spec' }: CheckedWrite = {},
): readonly FieldProblem[] {
  if (part === 'status') return [];
  const domain = textAt(object, 'domain') ?? '';
  const problems = checkAllowedNamespaces(valueAt(object, 'allowedNamespaces'));
  return isDomainName(domain)
    ? problems
    : [{ field: 'domain', message: DOMAIN_MESSAGE }, ...problems];
}

function checkAllowedNamespaces(said: unknown): FieldProblem[] {
  const field = 'allowedNamespaces';
  if (said === undefined) return [];
  if (!Array.isArray(said)) return [{ field, message: 'must be a list of namespaces' }];
  const seen = new Set<string>();
  return said.flatMap((one: unknown, index): FieldProblem[] => {
    const at = `${field}[${index}]`;
    if (typeof one !== 'string' || !isDns1123Label(one)) {
      return [{ field: at, message: 'must be the name of a namespace; there are no patterns' }];
    }
    if (seen.has(one)) return [{ field: at, message: 'is there twice' }];
    seen.add(one);
    return [];
  });
}

/**
 * The names it becomes: <name>.<namespace>.<domainRef>.svc.[<zone>.<region>.]<domain>, where
 * externalName stands for the name if it is said.
 */
export function checkServiceDnsRecord(
  object: unknown,
  { part = 'spec' }: CheckedWrite = {},
): readonly FieldProblem[] {
  if (part === 'status') return [];
  const problems: FieldProblem[] = [];
  const tell = (field: string, message: string) => problems.push({ field, message });
  const objectName = textAt(object, 'metadata', 'name') ?? '';
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  const domainRef = textAt(object, 'spec', 'domainRef') ?? '';
  const externalName = textAt(object, 'spec', 'externalName') ?? '';
  const dnsPrefix = textAt(object, 'spec', 'dnsPrefix') ?? '';
  if (!isDnsObjectName(domainRef)) {
    tell('spec.domainRef', 'must be the name of a Domain, its labels of 1 to 63 characters');
  }
  if (externalName !== '' && !isNamePrefix(externalName)) {
    tell('spec.externalName', PREFIX_MESSAGE);
  }
  if (dnsPrefix !== '' && !isNamePrefix(dnsPrefix)) tell('spec.dnsPrefix', PREFIX_MESSAGE);
  if (externalName === '' && !isDnsObjectName(objectName)) {
    tell(
      'metadata.name',
      'becomes DNS labels, so each may have 63 characters; or say externalName',
    );
  }
  // With a domain of one character at the least.
  const shortest = `${externalName || objectName}.${namespace || 'n'}.${domainRef}.svc.d`;
  if (problems.length === 0 && shortest.length > NAME_LENGTH_MAX) {
    tell('spec', `its name would have more than ${NAME_LENGTH_MAX} characters in any domain`);
  }
  return [...problems, ...checkTtl(valueAt(object, 'spec', 'recordTTL'), 'spec.recordTTL')];
}

export function checkIngressDnsRecord(
  object: unknown,
  { part = 'spec' }: CheckedWrite = {},
): readonly FieldProblem[] {
  if (part === 'status') return [];
  const hosts = listAt(object, 'spec', 'hosts').flatMap((host, index) => {
    const isHost = typeof host === 'string' && isHostName(host);
    return isHost ? [] : [{ field: `spec.hosts[${index}]`, message: HOST_MESSAGE }];
  });
  return [...hosts, ...checkTtl(valueAt(object, 'spec', 'recordTTL'), 'spec.recordTTL')];
}

export function checkDnsEndpoint(
  object: unknown,
  { part = 'spec' }: CheckedWrite = {},
): readonly FieldProblem[] {
  if (part === 'status') return [];
  return listAt(object, 'spec', 'endpoints').flatMap((endpoint, index) => {
    const at = `spec.endpoints[${index}]`;
    const dnsName = textAt(endpoint, 'dnsName');
    const isName = dnsName === undefined || isHostName(dnsName);
    return [
      ...(isName ? [] : [{ field: `${at}.dnsName`, message: HOST_MESSAGE }]),
      ...checkTtl(valueAt(endpoint, 'recordTTL'), `${at}.recordTTL`),
    ];
  });
}

/** Absent and 0 mean the default. */
function checkTtl(said: unknown, field: string): FieldProblem[] {
  const ttl = said ?? 0;
  const isTtl = Number.isInteger(ttl) && Number(ttl) >= 0 && Number(ttl) <= TTL_SECONDS_MAX;
  return isTtl ? [] : [{ field, message: `must be from 0 to ${TTL_SECONDS_MAX} seconds` }];
}
