/**
 * The SOA of an image: as it was given, with the image's serial; and as negative answers carry it,
 * with the negative TTL (RFC 2308 section 5).
 */

import { RRType } from '../../dns/codes.ts';
import type { DomainName } from '../../dns/name.ts';
import { makeRRset, type Rdata, type RRset } from '../../dns/rrset.ts';
import type { SoaSource } from '../image.ts';
import { NEGATIVE_TTL_SECONDS_MIN } from '../limits.ts';
import { planRRset, type RRsetPlan } from './flat-rrset.ts';

/** serial, refresh, retry, expire, minimum: the last 20 octets. */
const NUMBERS_OCTETS = 20;

export function soaSourceOf(rrsets: readonly RRset[] | undefined): SoaSource | undefined {
  const soa = rrsets?.find((rrset) => rrset.type === RRType.SOA);
  const rdata = soa?.rdatas[0];
  if (soa === undefined || rdata === undefined || rdata.length < NUMBERS_OCTETS + 2) {
    return undefined;
  }
  return { rdata, ttlSeconds: soa.ttlSeconds };
}

export function soaAt(
  apex: DomainName,
  source: SoaSource,
  serial: number,
): { readonly positive: RRsetPlan; readonly negative: RRsetPlan } | undefined {
  const numbers = source.rdata.length - NUMBERS_OCTETS;
  const rdata = (source.rdata.slice(0, numbers) +
    uint32Octets(serial) +
    source.rdata.slice(numbers + 4)) as Rdata;
  const { ttlSeconds } = source;
  const negativeTtl = Math.max(NEGATIVE_TTL_SECONDS_MIN, Math.min(ttlSeconds, readMinimum(rdata)));
  const plan = (ttl: number) =>
    planRRset(makeRRset(apex, RRType.SOA, { ttlSeconds: ttl, rdatas: [rdata] }));
  const positive = plan(ttlSeconds);
  const negative = plan(negativeTtl);
  return positive && negative && { positive, negative };
}

function readMinimum(rdata: Rdata): number {
  let value = 0;
  for (let index = rdata.length - 4; index < rdata.length; index++) {
    value = value * 256 + rdata.charCodeAt(index);
  }
  return value;
}

function uint32Octets(value: number): string {
  const wrapped = value >>> 0;
  return String.fromCharCode(
    wrapped >>> 24,
    (wrapped >>> 16) & 255,
    (wrapped >>> 8) & 255,
    wrapped & 255,
  );
}
