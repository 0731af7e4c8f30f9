/**
 * A KubeFedCluster (core.kubefed.io/v1beta1) and the token in its Secret, cut down to what reaching
 * the member takes. Nothing here throws: what is wrong is one line, the field first, and never
 * shows a secret.
 *
 * Source: KubeFed pkg/apis/core/v1beta1/validation and client-go rest.DefaultServerURL.
 */

import ipaddr from 'ipaddr.js';
import { bad, good, type Read } from '../read.ts';
import { listAt, textAt, valueAt } from '../untyped.ts';
import { type CheckedWrite, type FieldProblem, formatFieldProblem } from './field-problem.ts';
import { isDomainName, isSubdomain } from './name-forms.ts';

/** Ours, of the cluster: "true" empties it of workloads that preferences schedule. */
export const DRAIN_WORKLOADS_ANNOTATION = 'fedns.io/drain-workloads';

/** Checks of TLS that can be left out one by one. */
export type TlsCheck = 'SubjectName' | 'ValidityPeriod';

export interface SlimKubeFedCluster {
  /** `https://host:port`, perhaps with a path, without a slash at the end. */
  readonly server: string;
  /** PEM; undefined: the usual authorities. */
  readonly caBundle: string | undefined;
  readonly secretName: string;
  /** `*`: nothing of the server's certificate is checked. */
  readonly disabledTlsChecks: '*' | readonly TlsCheck[];
  readonly proxyUrl: string | undefined;
  /** From `status`: a person's word; undefined where nobody has said it. */
  readonly region: string | undefined;
  readonly topologyZones: readonly string[] | undefined;
}

export function readKubeFedCluster(object: unknown): Read<SlimKubeFedCluster> {
  const problems: FieldProblem[] = [];
  const access = readAccess(object, problems);
  const take = taker(problems);
  const region = take('status.region', readRegion(valueAt(object, 'status', 'region')));
  const topologyZones = take('status.zones', readZones(valueAt(object, 'status', 'zones')));
  if (access === undefined || problems.length > 0) {
    return bad(problems.map(formatFieldProblem).join('; '));
  }
  return good({ ...access, region, topologyZones });
}

/**
 * What admission refuses. Our choice: region and zones of the status are not checked here, though
 * the reader wants DNS labels: whoever writes a status must be able to say that a member is lost.
 */
export function checkKubeFedCluster(
  object: unknown,
  { part = 'spec' }: CheckedWrite = {},
): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (part === 'spec') readAccess(object, problems);
  else for (const problem of checkConditions(object)) problems.push(problem);
  return problems;
}

type Access = Omit<SlimKubeFedCluster, 'region' | 'topologyZones'>;

/** undefined, and what is wrong in `problems`. */
function readAccess(object: unknown, problems: FieldProblem[]): Access | undefined {
  const take = taker(problems);
  const server = take('spec.apiEndpoint', readEndpoint(valueAt(object, 'spec', 'apiEndpoint')));
  const caBundle = take('spec.caBundle', readCaBundle(valueAt(object, 'spec', 'caBundle')));
  const secret = valueAt(object, 'spec', 'secretRef', 'name');
  const secretName = take('spec.secretRef.name', readSubdomain(secret));
  const checks = valueAt(object, 'spec', 'disabledTLSValidations');
  const disabledTlsChecks = take('spec.disabledTLSValidations', readTlsChecks(checks));
  const proxyUrl = take('spec.proxyURL', readProxy(valueAt(object, 'spec', 'proxyURL')));
  const isWhole =
    server !== undefined && secretName !== undefined && disabledTlsChecks !== undefined;
  return isWhole ? { server, caBundle, secretName, disabledTlsChecks, proxyUrl } : undefined;
}

function taker(problems: FieldProblem[]) {
  return <T>(field: string, read: Read<T>): T | undefined => {
    if (read.kind === 'good') return read.value;
    problems.push({ field, message: read.problem });
    return undefined;
  };
}

/** KubeFed's own, and those of others under a prefix. */
const CONDITION_TYPE = /^(Ready|Offline|ConfigMalformed|[a-z0-9.-]+\/[A-Za-z0-9._-]+)$/;
/** Go's time that nobody set. */
const ZERO_TIME_MS = Date.parse('0001-01-01T00:00:00Z');

function checkConditions(object: unknown): FieldProblem[] {
  if (!Array.isArray(valueAt(object, 'status', 'conditions'))) {
    return [{ field: 'status.conditions', message: 'is missing' }];
  }
  return listAt(object, 'status', 'conditions').flatMap((condition, index) => {
    const at = `status.conditions[${index}]`;
    const problems: FieldProblem[] = [];
    if (!CONDITION_TYPE.test(textAt(condition, 'type') ?? '')) {
      const message = 'is none of Ready, Offline, ConfigMalformed, and has no prefix';
      problems.push({ field: `${at}.type`, message });
    }
    if (!['True', 'False', 'Unknown'].includes(textAt(condition, 'status') ?? '')) {
      problems.push({ field: `${at}.status`, message: 'is none of True, False, Unknown' });
    }
    const probedMs = Date.parse(textAt(condition, 'lastProbeTime') ?? '');
    if (!(probedMs > ZERO_TIME_MS)) {
      problems.push({ field: `${at}.lastProbeTime`, message: 'is no time' });
    }
    return problems;
  });
}

/** `data.token`; undefined where a Secret has none. */
export function readSecretToken(object: unknown): Read<string> | undefined {
  const base64 = textAt(object, 'data', 'token');
  if (base64 === undefined || base64 === '') return undefined;
  // What a person pipes into base64 ends in a new line.
  const token = octetsOf(base64)?.trim();
  if (token === undefined) return bad('its token is no base64');
  if (!/^[\x21-\x7e]+$/.test(token)) return bad('its token is no bearer token');
  return good(token);
}

const ABSENT: Read<undefined> = good(undefined);

/**
 * Host, host:port, IP or URL. Without a scheme a path is refused, as client-go does. Our choice:
 * without a scheme it is https also where no caBundle stands (client-go then speaks plain http),
 * and a bare IPv6 address is one (client-go takes its end for a port).
 */
function readEndpoint(value: unknown): Read<string> {
  if (typeof value !== 'string' || value === '') return bad('is missing');
  if (/[\s\\@?#]/.test(value)) return bad('is no host, host:port, IP or URL');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    return bad(`its scheme is "${scheme}", neither http nor https`);
  }
  const isBareIpv6 = scheme === undefined && ipaddr.IPv6.isValid(value);
  const url = URL.parse(
    scheme === undefined ? `https://${isBareIpv6 ? `[${value}]` : value}` : value,
  );
  if (url === null) return bad('is no host, host:port, IP or URL');
  if (scheme === undefined && url.pathname !== '/') return bad('a path needs a URL, https://…');
  if (scheme !== undefined && /^[^:]+:\/\/\//.test(value)) return bad('has no host');
  if (url.port === '0') return bad('port 0 is none');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(host) && !isDomainName(host)) return bad('its host is no name and no IP');
  return good(`${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`);
}

/** Only the frame: whoever connects reads the certificates themselves. */
function readCaBundle(value: unknown): Read<string | undefined> {
  if (value === undefined || value === null || value === '') return ABSENT;
  const pem = typeof value === 'string' ? octetsOf(value) : undefined;
  if (pem === undefined) return bad('is no base64');
  return pem.includes('-----BEGIN CERTIFICATE-----') ? good(pem) : bad('is no PEM in base64');
}

function readSubdomain(value: unknown): Read<string> {
  if (typeof value !== 'string' || value === '') return bad('is missing');
  return isSubdomain(value) ? good(value) : bad('is no name of a Secret');
}

const TLS_CHECKS: readonly unknown[] = ['SubjectName', 'ValidityPeriod'];

function readTlsChecks(value: unknown): Read<'*' | readonly TlsCheck[]> {
  if (value === undefined || value === null) return good([]);
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
  if (!isList) return bad('is no list');
  const known = value.filter((one): one is TlsCheck => TLS_CHECKS.includes(one));
  if (value.includes('*')) return value.length === 1 ? good('*') : bad('* stands alone');
  const other = value.find((one) => !TLS_CHECKS.includes(one));
  if (other === undefined) return good([...new Set(known)].sort());
  return bad(`"${other}" is none of *, SubjectName, ValidityPeriod`);
}

/** A proxy's URL may hold a password: it is never shown. */
function readProxy(value: unknown): Read<string | undefined> {
  if (value === undefined || value === null || value === '') return ABSENT;
  const url = typeof value === 'string' ? URL.parse(value) : null;
  const isProxy = url !== null && /^(https?|socks5):$/.test(url.protocol) && url.hostname !== '';
  return isProxy ? good(url.href) : bad('is no http, https or socks5 URL');
}

function readRegion(value: unknown): Read<string | undefined> {
  if (value === undefined || value === null || value === '') return ABSENT;
  return readLabel(value);
}

function readZones(value: unknown): Read<readonly string[] | undefined> {
  if (value === undefined || value === null) return ABSENT;
  if (!Array.isArray(value)) return bad('is no list');
  const zones = new Set<string>();
  for (const one of listAt(value)) {
    const read = readLabel(one);
    if (read.kind === 'bad') return read;
    zones.add(read.value);
  }
  return zones.size === 0 ? ABSENT : good([...zones].sort());
}

/** A place is one label of the names that are published. */
function readLabel(value: unknown): Read<string> {
  const label = typeof value === 'string' ? value.toLowerCase() : '';
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) return good(label);
  return bad(`${JSON.stringify(value)} is no DNS label (a-z, 0-9, -; 1 to 63)`);
}

/** One character an octet; undefined for what is no base64. */
function octetsOf(base64: string): string | undefined {
  try {
    return atob(base64);
  } catch {
    return undefined;
  }
}
