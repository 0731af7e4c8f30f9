/**
 * The zone that is measured, in the forms that servers take it (zone file, `/skydns` keys), and
 * the queries asked of it. Of 8 service names 6 hold two addresses, one is an alias of a neighbour,
 * one an alias of that alias.
 */

import { RRType } from '../src/dns/codes.ts';
import { parseName } from '../src/dns/name.ts';
import { makeA, makeCname } from '../src/dns/rdata/index.ts';
import { makeRRset } from '../src/dns/rrset.ts';
import type { RRsetChange } from '../src/dns/rrset-change.ts';
import { encodeMessage } from '../src/dns/wire/message.ts';
import { entriesOf } from '../src/store/skydns/own-entry.ts';

export const APEX = 'example.com';
export const NAMES = 10_000;
const GROUP = 8;
const ALIASES = 2;
export const TTL_SECONDS = 180;
const QUERIES = 20_000;

export interface ServiceName {
  /** Without the final dot. */
  readonly name: string;
  readonly type: 'A' | 'CNAME';
  readonly hosts: readonly string[];
}

export function* serviceNames(count: number): Generator<ServiceName> {
  for (let at = 0; at < count; at++) {
    const isAlias = at % GROUP >= GROUP - ALIASES;
    yield isAlias
      ? { name: serviceName(at), type: 'CNAME', hosts: [serviceName(at - 1)] }
      : { name: serviceName(at), type: 'A', hosts: addressesOf(at) };
  }
}

/** RFC 1035 zone file, the apex's own records included. */
export function zoneText(count: number): string {
  const lines = [
    `$ORIGIN ${APEX}.`,
    `@ 30 IN SOA ns.dns hostmaster 1 7200 1800 86400 30`,
    '@ 30 IN NS ns.dns',
    'ns.dns 30 IN A 127.0.0.1',
  ];
  for (const { name, type, hosts } of serviceNames(count)) {
    const dot = type === 'CNAME' ? '.' : '';
    for (const host of hosts) lines.push(`${name}. ${TTL_SECONDS} IN ${type} ${host}${dot}`);
  }
  return `${lines.join('\n')}\n`;
}

/** As our own writer lays them down; CoreDNS reads them alike. */
export function* skydnsKeys(count: number): Generator<{ key: string; value: string }> {
  for (const service of serviceNames(count)) yield* keysOf(service, TTL_SECONDS);
}

export function keysOf(
  service: ServiceName,
  ttlSeconds: number,
): readonly { key: string; value: string }[] {
  const { owner, rrsets } = changeOf(service, ttlSeconds);
  const entries = entriesOf(owner, rrsets ?? [], { prefix: '/skydns/', writer: 'fedns' });
  return [...entries].map(([key, value]) => ({ key, value }));
}

/** What the name holds, as a change of the zone. */
export function changeOf({ name, type, hosts }: ServiceName, ttlSeconds: number): RRsetChange {
  const owner = parseName(`${name}.`);
  const rdatas = hosts.map((host) =>
    type === 'A' ? makeA(host) : makeCname(parseName(`${host}.`)),
  );
  return { owner, rrsets: [makeRRset(owner, RRType[type], { ttlSeconds, rdatas })] };
}

/** 70 % hits, 10 % chains, 10 % NODATA, 10 % NXDOMAIN, in loadgen's file form. EDNS, 1232 octets. */
export function queryFile(count: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < QUERIES; at++) {
    const query = queryOf(at, count);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    parts.push(length, Buffer.from(query));
  }
  return Buffer.concat(parts);
}

/** Share of NXDOMAIN in the mix: what a server must show, or it does not serve the zone. */
export const NXDOMAIN_SHARE = 0.1;

function queryOf(at: number, count: number): Uint8Array {
  const kind = at % 10;
  // A step prime to every count: names come in no order and evenly.
  const group = Math.floor(((at * 7919) % count) / GROUP) * GROUP;
  const holder = serviceName(group + (at % (GROUP - ALIASES)));
  if (kind === 7) return encoded(serviceName(group + GROUP - 1 - (Math.floor(at / 10) % ALIASES)));
  if (kind === 8) return encoded(holder, RRType.AAAA);
  return encoded(kind === 9 ? `absent-${holder}` : holder);
}

function serviceName(at: number): string {
  return `service-${at}.default.federation.svc.${APEX}`;
}

function addressesOf(at: number): string[] {
  const low = `${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
  return [`10.${low}`, `127.${low}`];
}

function encoded(name: string, type: number = RRType.A): Uint8Array {
  return encodeMessage({
    id: 1,
    flags: 0x100,
    questions: [{ name: parseName(`${name}.`), type, class: 1 }],
    answers: [],
    authorities: [],
    additionals: [],
    edns: { udpOctets: 1232, extendedRcode: 0, version: 0, hasDo: false, options: [] },
  });
}
