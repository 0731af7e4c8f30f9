/**
 * The only place that builds names of the ladder:
 *
 *   topology zone  <service>.<namespace>.<federation>.svc.<zone>.<region>.<domain>
 *   flat           <service>.<namespace>.<federation>.svc.<zone>.<domain>
 *   region         <service>.<namespace>.<federation>.svc.<region>.<domain>
 *   global         <service>.<namespace>.<federation>.svc.<domain>
 *
 * Source: Federation v1's service-dns controller; the flat form is what its guides print.
 */

import { InputError } from '../dns/errors.ts';
import {
  childName,
  type DomainName,
  foldAscii,
  formatName,
  type NameHead,
  nameHead,
  parseName,
} from '../dns/name.ts';

/** The federation's part of every name, checked once. */
export interface LadderNaming {
  /** Labels between dots: a Domain of KubeFed may be called `example.net`. */
  readonly federation: string;
  readonly domain: DomainName;
  readonly zoneNames: ZoneNames;
}

/** `nested` under the region; `flat` directly under the domain; `both`. */
export type ZoneNames = 'nested' | 'flat' | 'both';

export interface ServiceKey {
  readonly namespace: string;
  /** One label of a Service; more in what a ServiceDNSRecord says in place of it. */
  readonly objectName: string;
}

/** `namespace/name`, as keys are written. */
export function serviceOfKey(key: string): ServiceKey {
  const [namespace = '', objectName = ''] = key.split('/');
  return { namespace, objectName };
}

/**
 * In place of a namespace (and none: `@` is in no label of Kubernetes): what is published is a host,
 * by one name and no ladder.
 */
export const HOSTS = '@';

/** `@/www.example.com`: a host among the keys of services. */
export function keyOfHost(host: string): string {
  return `${HOSTS}/${host}`;
}

/** undefined: the key is a Service's. */
export function hostOfKey(key: string): string | undefined {
  return key.startsWith(`${HOSTS}/`) ? key.slice(HOSTS.length + 1) : undefined;
}

export function isHost({ namespace }: ServiceKey): boolean {
  return namespace === HOSTS;
}

/** `services default/web`, `hosts www.example.com`. */
export function describeKey({ namespace, objectName }: ServiceKey): string {
  return namespace === HOSTS ? `hosts ${objectName}` : `services ${namespace}/${objectName}`;
}

/** The one name of a host is its own. */
export function globalName(naming: LadderNaming, service: ServiceKey): DomainName {
  if (isHost(service)) return parseName(service.objectName);
  return ladderName(naming, service, []);
}

export function regionName(naming: LadderNaming, service: ServiceKey, region: string): DomainName {
  return ladderName(naming, service, [region]);
}

export function zoneName(
  naming: LadderNaming,
  service: ServiceKey,
  place: { readonly region: string; readonly topologyZone: string },
): DomainName {
  return ladderName(naming, service, [place.topologyZone, place.region]);
}

export function flatZoneName(
  naming: LadderNaming,
  service: ServiceKey,
  topologyZone: string,
): DomainName {
  return ladderName(naming, service, [topologyZone]);
}

/**
 * One label that we publish, lower-cased (OpenStack's `RegionOne` was never found in Federation
 * v1). RFC 1123 section 2.1: letters, digits and inner hyphens, at most 63 octets.
 * Throws InputError LABEL_SYNTAX.
 */
export function checkedLabel(text: string, what: string): string {
  const label = foldAscii(text);
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) return label;
  throw new InputError('LABEL_SYNTAX', `${what} "${text}" is no DNS label (a-z, 0-9, -; 1 to 63)`);
}

/** What follows `<service>.<namespace>` in every name of a place: `<federation>.svc.…<domain>`. */
export function ladderSuffix(naming: LadderNaming, place: readonly string[]): DomainName {
  let name = naming.domain;
  const labels = [...naming.federation.split('.'), 'svc', ...place];
  for (const label of labels.reverse()) name = childName(label, name);
  return name;
}

/** What comes before the suffix in every name of a service. Throws InputError. */
export function ladderHead({ objectName, namespace }: ServiceKey): NameHead {
  // Nearly always: no list is made for it.
  if (!objectName.includes('.')) return nameHead([objectName, namespace]);
  return nameHead([...objectName.split('.'), namespace]);
}

function ladderName(
  naming: LadderNaming,
  service: ServiceKey,
  place: readonly string[],
): DomainName {
  let name = childName(service.namespace, ladderSuffix(naming, place));
  for (const label of service.objectName.split('.').reverse()) name = childName(label, name);
  return name;
}

/** `<service>.<namespace>.…`: by the first two labels, which all names of a ladder share. */
export function serviceKeyOf(name: DomainName): string {
  const second = name.charCodeAt(0) + 1;
  const objectName = name.slice(1, second);
  return `${name.slice(second + 1, second + 1 + name.charCodeAt(second))}/${objectName}`;
}

/** Whose name this is: the key of a host, or of the service in whose ladder it would be. */
export function keysOfName(name: DomainName): [host: string, service: string] {
  return [hostKeyOf(name), serviceKeyOf(name)];
}

/** The key of the host that has this name, should there be one. */
export function hostKeyOf(name: DomainName): string {
  return keyOfHost(formatName(name).replace(/\.$/, ''));
}
