/**
 * Zones of the configuration -> apexes and their static records. Reads zone files; a CIDR becomes
 * its reverse zone. Errors are InputErrors that name setting or file.
 */

import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';
import { InputError } from '../../dns/errors.ts';
import { type DomainName, formatName, isAtOrBelow, parseName } from '../../dns/name.ts';
import { parseZoneFile } from '../../dns/presentation.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ZoneOverlay } from '../../serve/images/zone-overlay.ts';
import type { Config } from './config-schema.ts';
import { type ReadConfig, reasonOf } from './read-config.ts';

export interface ZoneSource {
  readonly apex: DomainName;
  readonly mode: 'owner' | 'subtree';
  /** Absolute path of the zone file. */
  readonly file: string | undefined;
}

/** Throws InputError ZONES. A domain without a zone above it gets one of its own. */
export function zoneSources(read: ReadConfig, domains: readonly DomainName[]): ZoneSource[] {
  const sources = read.config.zones.flatMap((zone) => sourcesOf(zone, read));
  const seen = new Set<DomainName>();
  for (const { apex } of sources) {
    if (seen.has(apex)) throw new InputError('ZONES', `zones: ${formatName(apex)} is there twice`);
    seen.add(apex);
  }
  for (const domain of domains) {
    if (sources.some(({ apex }) => isAtOrBelow(domain, apex))) continue;
    sources.push({ apex: domain, mode: 'owner', file: undefined });
  }
  if (sources.length === 0) {
    throw new InputError('ZONES', 'zones: none is configured, nothing could be answered');
  }
  return sources;
}

/** Static records and the zone's own, ready to be laid over the store's. */
export function readOverlay(source: ZoneSource, advertise: readonly string[]): ZoneOverlay {
  const records = source.file === undefined ? [] : readZoneFile(source.file, source.apex);
  return new ZoneOverlay({ apex: source.apex, records, advertise });
}

type ZoneSetting = Config['zones'][number];

function sourcesOf(zone: ZoneSetting, read: ReadConfig): ZoneSource[] {
  const { apex, file, mode } = typeof zone === 'string' ? textZone(zone) : zone;
  const apexes = apexesOf(apex);
  if (file !== undefined && apexes.length > 1) {
    const what = `${apexes.length} reverse zones, and one zone file cannot be of them all`;
    throw new InputError('ZONES', `zones: ${apex} is ${what}`);
  }
  const path = file === undefined ? undefined : read.resolvePath(file);
  return apexes.map((one) => ({ apex: one, mode, file: path }));
}

/** Of every zone; what is incomplete is told. Throws InputError. */
export function readOverlays(
  zones: readonly ZoneSource[],
  advertise: readonly string[],
  logger: Logger,
): Map<DomainName, ZoneOverlay> {
  return new Map(
    zones.map((zone) => {
      const overlay = readOverlay(zone, advertise);
      for (const reason of overlay.warnings) {
        logger.warn('zone incomplete', { zone: formatName(zone.apex), reason });
      }
      return [zone.apex, overlay];
    }),
  );
}

/** `example.com` or `example.com=zone-file`. */
function textZone(text: string): { apex: string; file: string | undefined; mode: 'owner' } {
  const at = text.indexOf('=');
  if (at < 0) return { apex: text, file: undefined, mode: 'owner' };
  return { apex: text.slice(0, at), file: text.slice(at + 1), mode: 'owner' };
}

function apexesOf(text: string): DomainName[] {
  if (text.includes('/')) return reverseApexes(text);
  try {
    return [parseName(text)];
  } catch (error) {
    throw new InputError('ZONES', `zones: ${error instanceof Error ? error.message : text}`);
  }
}

/**
 * `10.0.0.0/16` -> `0.10.in-addr.arpa.`. Zones end at whole octets (IPv4) or nibbles (IPv6): what
 * lies between is several of them, as CoreDNS has it; `10.96.0.0/12` is 16 zones.
 */
function reverseApexes(cidr: string): DomainName[] {
  if (!ipaddr.isValidCIDR(cidr)) {
    throw new InputError('ZONES', `zones: "${cidr}" is no network (ADDRESS/BITS)`);
  }
  const [address, bits] = ipaddr.parseCIDR(cidr);
  const isIpv4 = address.kind() === 'ipv4';
  const step = isIpv4 ? 8 : 4;
  const digits = isIpv4
    ? address.toByteArray()
    : address.toByteArray().flatMap((octet) => [octet >> 4, octet & 15]);
  const held = digits.slice(0, Math.ceil(bits / step));
  const free = held.length * step - bits;
  const last = held.pop();
  const lasts = last === undefined ? [[]] : oneOrMore((last >> free) << free, 2 ** free);
  return lasts.map((end) => {
    const labels = [...held, ...end].map((digit) => digit.toString(isIpv4 ? 10 : 16)).reverse();
    return parseName([...labels, isIpv4 ? 'in-addr' : 'ip6', 'arpa'].join('.'));
  });
}

function oneOrMore(first: number, count: number): number[][] {
  return Array.from({ length: count }, (_, index) => [first + index]);
}

function readZoneFile(file: string, apex: DomainName): ReturnType<typeof parseZoneFile> {
  try {
    return parseZoneFile(readFileSync(file, 'utf8'), { origin: apex, path: file });
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError('ZONES', `${file}: ${reasonOf(error)}`, file);
  }
}
