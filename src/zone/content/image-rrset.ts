/**
 * ImageRRset: one RRset as the wire wants it, encoded when the image is built. A query copies.
 *
 *   records: { C0 0C | type | 00 01 | TTL(4) | RDLENGTH | RDATA } * count
 *
 * C0 0C is the question's name: right for the first owner of every answer, replaced for others.
 */

import { RRClass, RRType } from '../../dns/codes.ts';
import { MESSAGE_OCTETS_MAX } from '../../dns/limits.ts';
import type { DomainName } from '../../dns/name.ts';
import { makeRRset, type Rdata, type RRset } from '../../dns/rrset.ts';
import { writeUint16, writeUint32 } from '../../dns/wire/header.ts';
import { REPLY_OVERHEAD_OCTETS } from '../limits.ts';
import { flatName } from './flat-name.ts';

/** Where names stand in RDATA, for what may be compressed (RFC 3597 section 4) or followed. */
export const Layout = {
  /** Copied as it is. */
  PLAIN: 0,
  /** Fixed octets, then one name that is compressed: CNAME, NS, PTR, MX. */
  NAME: 1,
  /** MNAME, RNAME, 20 octets: SOA. */
  SOA: 2,
} as const;

/** Pointer, type, class, TTL, RDLENGTH. */
export const RECORD_HEADER_OCTETS = 12;
/** Offset of the TTL in a record. */
const TTL_OFFSET = 6;

export interface ImageRRset {
  readonly type: number;
  readonly ttlSeconds: number;
  readonly count: number;
  readonly records: Uint8Array;
  /** Octets of each record where all are equally long; else 0, and `starts` tells. */
  readonly stride: number;
  /** Offset of each record and, last, the end. Empty when `stride` is set. */
  readonly starts: readonly number[];
  readonly layout: number;
  /** Octets of RDATA before its name. */
  readonly prefixOctets: number;
  /** The name in each record (CNAME, NS, PTR, MX, SRV); both names of an SOA. Else empty. */
  readonly targets: readonly DomainName[];
  /** Records that 64 KB do not hold. */
  readonly droppedCount: number;
}

/** Offset of the one name in RDATA; undefined: none that we follow or compress. */
function namePrefix(type: number): number | undefined {
  if (type === RRType.CNAME || type === RRType.NS || type === RRType.PTR) return 0;
  if (type === RRType.MX) return 2;
  return type === RRType.SRV ? 6 : undefined;
}

/**
 * What fits whole into one message of 64 KB, names counted uncompressed: the first records in
 * canonical order, so that every replica keeps the same ones. `recordsMax` lowers it by setting.
 * undefined when not even one record fits.
 */
export function rrsetCap(rrset: RRset, recordsMax = Number.POSITIVE_INFINITY): RRset | undefined {
  let room = MESSAGE_OCTETS_MAX - REPLY_OVERHEAD_OCTETS;
  let kept = 0;
  for (const rdata of rrset.rdatas) {
    room -= RECORD_HEADER_OCTETS + rdata.length;
    if (room < 0 || kept >= recordsMax) break;
    kept++;
  }
  if (kept === rrset.rdatas.length) return rrset;
  if (kept === 0) return undefined;
  const rdatas = rrset.rdatas.slice(0, kept);
  return makeRRset(rrset.owner, rrset.type, { ttlSeconds: rrset.ttlSeconds, rdatas });
}

/** undefined when no record fits into 64 KB. */
export function encodeRRset(rrset: RRset): ImageRRset | undefined {
  const capped = rrsetCap(rrset);
  if (capped === undefined) return undefined;
  const { type, ttlSeconds, rdatas } = capped;
  const starts = [0];
  let total = 0;
  for (const rdata of rdatas) {
    total += RECORD_HEADER_OCTETS + rdata.length;
    starts.push(total);
  }
  const records = new Uint8Array(total);
  for (let index = 0; index < rdatas.length; index++) {
    writeRecord(records, starts[index] as number, {
      type,
      ttlSeconds,
      rdata: rdatas[index] as Rdata,
    });
  }
  const stride = starts[1] as number;
  const isEven = starts.every((start, index) => start === index * stride);
  const prefix = namePrefix(type);
  return {
    type,
    ttlSeconds,
    count: rdatas.length,
    records,
    stride: isEven ? stride : 0,
    starts: isEven ? NO_STARTS : starts,
    layout: layoutOf(type),
    prefixOctets: prefix ?? 0,
    targets: targetsOf(type, rdatas),
    droppedCount: rrset.rdatas.length - rdatas.length,
  };
}

/** The same records with another TTL. */
export function withTtl(rrset: ImageRRset, ttlSeconds: number): ImageRRset {
  const records = rrset.records.slice();
  for (let index = 0; index < rrset.count; index++) {
    writeUint32(records, recordStart(rrset, index) + TTL_OFFSET, ttlSeconds);
  }
  return { ...rrset, ttlSeconds, records };
}

/** RDATA values of a set, as they were given (less what the cap left out). */
export function decodeRdatas(rrset: ImageRRset): Rdata[] {
  const rdatas: Rdata[] = [];
  for (let index = 0; index < rrset.count; index++) {
    let text = '';
    const end = recordStart(rrset, index + 1);
    for (let at = recordStart(rrset, index) + RECORD_HEADER_OCTETS; at < end; at++) {
      text += String.fromCharCode(rrset.records[at] as number);
    }
    rdatas.push(text as Rdata);
  }
  return rdatas;
}

/** Offset of record `index` in `records`; at `count` their end. */
export function recordStart(rrset: ImageRRset, index: number): number {
  return rrset.stride > 0 ? index * rrset.stride : (rrset.starts[index] as number);
}

const NO_STARTS: readonly number[] = [];
const NO_TARGETS: readonly DomainName[] = [];

function layoutOf(type: number): number {
  if (type === RRType.SOA) return Layout.SOA;
  // RFC 2782: the target of SRV is not compressed.
  return type === RRType.SRV || namePrefix(type) === undefined ? Layout.PLAIN : Layout.NAME;
}

function targetsOf(type: number, rdatas: readonly Rdata[]): readonly DomainName[] {
  if (type === RRType.SOA) {
    const rdata = rdatas[0] as Rdata;
    const mnameEnd = nameEnd(rdata, 0);
    return [
      flatName(rdata.slice(0, mnameEnd) as DomainName),
      flatName(rdata.slice(mnameEnd, nameEnd(rdata, mnameEnd)) as DomainName),
    ];
  }
  const prefix = namePrefix(type);
  if (prefix === undefined) return NO_TARGETS;
  return rdatas.map((rdata) => flatName(rdata.slice(prefix) as DomainName));
}

function nameEnd(rdata: Rdata, start: number): number {
  let at = start;
  while (rdata.charCodeAt(at) > 0) at += rdata.charCodeAt(at) + 1;
  return at + 1;
}

function writeRecord(
  records: Uint8Array,
  start: number,
  record: { readonly type: number; readonly ttlSeconds: number; readonly rdata: Rdata },
): void {
  writeUint16(records, start, 0xc00c);
  writeUint16(records, start + 2, record.type);
  writeUint16(records, start + 4, RRClass.IN);
  writeUint32(records, start + TTL_OFFSET, record.ttlSeconds);
  writeUint16(records, start + 10, record.rdata.length);
  for (let index = 0; index < record.rdata.length; index++) {
    records[start + RECORD_HEADER_OCTETS + index] = record.rdata.charCodeAt(index);
  }
}
