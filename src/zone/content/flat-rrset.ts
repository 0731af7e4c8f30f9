/**
 * One RRset in an ImageMemory, as the wire wants it, encoded when the image is built: a query
 * copies. It lies within a node's block, or, when it was made for one answer, in a scratch.
 *
 *   word 0: type | layout << 16 | octets of RDATA before its name << 24
 *   word 1: count | octets of each record where all are equally long, else 0, << 16
 *   word 2: octets of all records          word 3: records that 64 KB do not hold
 *   starts: count + 1 words, only where records differ in length
 *   records: { C0 0C | type | 00 01 | TTL(4) | RDLENGTH | RDATA } * count, filled up to a word
 *
 * C0 0C is the question's name: right for the first owner of every answer, replaced for others.
 */

import { RRClass, RRType } from '../../dns/codes.ts';
import { MESSAGE_OCTETS_MAX } from '../../dns/limits.ts';
import { makeRRset, type Rdata, type RRset } from '../../dns/rrset.ts';
import { readUint32, writeUint16, writeUint32 } from '../../dns/wire/header.ts';
import { REPLY_OVERHEAD_OCTETS } from '../limits.ts';
import type { ImageMemory } from './image-memory.ts';

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
const HEAD_WORDS = 4;

/** An RRset as it will lie in memory. */
export interface RRsetPlan {
  readonly type: number;
  readonly ttlSeconds: number;
  readonly rdatas: readonly Rdata[];
  /** Octets of each record; 0 when they differ. */
  readonly stride: number;
  readonly recordsOctets: number;
  readonly droppedCount: number;
  readonly words: number;
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
export function planRRset(rrset: RRset): RRsetPlan | undefined {
  const capped = rrsetCap(rrset);
  if (capped === undefined) return undefined;
  const { type, ttlSeconds, rdatas } = capped;
  const length = (rdatas[0] as Rdata).length;
  let recordsOctets = 0;
  let isEven = true;
  for (const rdata of rdatas) {
    recordsOctets += RECORD_HEADER_OCTETS + rdata.length;
    if (rdata.length !== length) isEven = false;
  }
  const stride = isEven ? RECORD_HEADER_OCTETS + length : 0;
  return {
    type,
    ttlSeconds,
    rdatas,
    stride,
    recordsOctets,
    droppedCount: rrset.rdatas.length - rdatas.length,
    words: HEAD_WORDS + (isEven ? 0 : rdatas.length + 1) + ((recordsOctets + 3) >> 2),
  };
}

/** Writes `plan.words` words from `ref` on. */
export function writeRRset({ words, bytes }: ImageMemory, ref: number, plan: RRsetPlan): void {
  const { type, rdatas, stride } = plan;
  const starts = ref + HEAD_WORDS;
  const recordsAt = (starts + (stride === 0 ? rdatas.length + 1 : 0)) * 4;
  words[ref] = type | (layoutFor(type) << 16) | ((namePrefix(type) ?? 0) << 24);
  words[ref + 1] = rdatas.length | (stride << 16);
  words[ref + 2] = plan.recordsOctets;
  words[ref + 3] = plan.droppedCount;
  let at = recordsAt;
  for (let index = 0; index < rdatas.length; index++) {
    const rdata = rdatas[index] as Rdata;
    if (stride === 0) words[starts + index] = at - recordsAt;
    writeUint16(bytes, at, 0xc00c);
    writeUint16(bytes, at + 2, type);
    writeUint16(bytes, at + 4, RRClass.IN);
    writeUint32(bytes, at + TTL_OFFSET, plan.ttlSeconds);
    writeUint16(bytes, at + 10, rdata.length);
    at += RECORD_HEADER_OCTETS;
    for (let octet = 0; octet < rdata.length; octet++) bytes[at + octet] = rdata.charCodeAt(octet);
    at += rdata.length;
  }
  if (stride === 0) words[starts + rdatas.length] = at - recordsAt;
}

export function typeOf(words: Int32Array, rrset: number): number {
  return (words[rrset] as number) & 0xffff;
}

export function layoutOf(words: Int32Array, rrset: number): number {
  return ((words[rrset] as number) >>> 16) & 0xff;
}

/** Octets of RDATA before its name. */
export function prefixOctetsOf(words: Int32Array, rrset: number): number {
  return (words[rrset] as number) >>> 24;
}

export function countOf(words: Int32Array, rrset: number): number {
  return (words[rrset + 1] as number) & 0xffff;
}

export function recordsOctetsOf(words: Int32Array, rrset: number): number {
  return words[rrset + 2] as number;
}

export function droppedCountOf(words: Int32Array, rrset: number): number {
  return words[rrset + 3] as number;
}

/** Octet at which the records begin. */
function recordsAt(words: Int32Array, rrset: number): number {
  const sizes = words[rrset + 1] as number;
  return (rrset + HEAD_WORDS + (sizes >>> 16 === 0 ? (sizes & 0xffff) + 1 : 0)) * 4;
}

/** Octet at which record `index` begins; at the count: the end of the last. */
export function recordAt(words: Int32Array, rrset: number, index: number): number {
  const sizes = words[rrset + 1] as number;
  const stride = sizes >>> 16;
  if (stride > 0) return (rrset + HEAD_WORDS) * 4 + index * stride;
  const starts = rrset + HEAD_WORDS;
  return (starts + (sizes & 0xffff) + 1) * 4 + (words[starts + index] as number);
}

/** The ref right behind: of the next RRset of the node. */
export function rrsetEnd(words: Int32Array, rrset: number): number {
  const octets = recordsAt(words, rrset) + recordsOctetsOf(words, rrset);
  // Unsigned: images may lie above 2 GiB.
  return (octets + 3) >>> 2;
}

/** Whether records hold a name that is compressed or followed: CNAME, NS, PTR, MX, SRV. */
export function hasTargets(type: number): boolean {
  return namePrefix(type) !== undefined;
}

/** Octet at which the name in record `index` begins. */
export function targetAt(words: Int32Array, rrset: number, index: number): number {
  return recordAt(words, rrset, index) + RECORD_HEADER_OCTETS + prefixOctetsOf(words, rrset);
}

/** The RRset as a value, less what the cap left out. Cold. */
export function readRRset(
  { words, bytes }: ImageMemory,
  rrset: number,
  owner: RRset['owner'],
): RRset {
  const rdatas: Rdata[] = [];
  const first = recordsAt(words, rrset);
  for (let index = 0; index < countOf(words, rrset); index++) {
    let text = '';
    const end = recordAt(words, rrset, index + 1);
    for (let at = recordAt(words, rrset, index) + RECORD_HEADER_OCTETS; at < end; at++) {
      text += String.fromCharCode(bytes[at] as number);
    }
    rdatas.push(text as Rdata);
  }
  const ttlSeconds = readUint32(bytes, first + TTL_OFFSET);
  return { owner, type: typeOf(words, rrset), ttlSeconds, rdatas };
}

/** Offset of the one name in RDATA; undefined: none that we follow or compress. */
function namePrefix(type: number): number | undefined {
  if (type === RRType.CNAME || type === RRType.NS || type === RRType.PTR) return 0;
  if (type === RRType.MX) return 2;
  return type === RRType.SRV ? 6 : undefined;
}

function layoutFor(type: number): number {
  if (type === RRType.SOA) return Layout.SOA;
  // RFC 2782: the target of SRV is not compressed.
  return type === RRType.SRV || namePrefix(type) === undefined ? Layout.PLAIN : Layout.NAME;
}
