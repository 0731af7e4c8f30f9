/**
 * RRset: all records of one owner and type, class IN, with one TTL (RFC 2181 section 5).
 * Built only here, so that a set is never empty, never holds a record twice, never has two TTLs.
 */

import { formatType, RRType } from './codes.ts';
import { InputError } from './errors.ts';
import { RDATA_OCTETS_MAX, TTL_SECONDS_MAX } from './limits.ts';
import { type DomainName, formatName } from './name.ts';

/**
 * RDATA in wire form, one character per octet, embedded names uncompressed and lower case.
 * A string for the same reason as DomainName: `===` is equality, `<` is the canonical order of
 * RFC 4034 section 6.3. `rdata/` makes and reads these.
 */
export type Rdata = string & { readonly brand: 'Rdata' };

export interface RRset {
  readonly owner: DomainName;
  readonly type: number;
  readonly ttlSeconds: number;
  /** At least one; distinct; in canonical order. */
  readonly rdatas: readonly Rdata[];
}

/** Throws InputError RRSET_EMPTY, RRSET_TTL, RRSET_SINGLETON, RDATA_TOO_LONG. */
export function makeRRset(
  owner: DomainName,
  type: number,
  data: { ttlSeconds: number; rdatas: readonly Rdata[] },
): RRset {
  const rdatas = canonical(data.rdatas);
  const fail = (code: string, what: string): never => {
    throw new InputError(code, `${formatName(owner)} ${formatType(type)}: ${what}`);
  };
  if (rdatas.length === 0) fail('RRSET_EMPTY', 'no records');
  const isSingleton = type === RRType.CNAME || type === RRType.SOA || type === RRType.DNAME;
  if (isSingleton && rdatas.length > 1) fail('RRSET_SINGLETON', 'more than one record');
  if (!Number.isInteger(data.ttlSeconds) || data.ttlSeconds < 0) fail('RRSET_TTL', 'bad TTL');
  if (data.ttlSeconds > TTL_SECONDS_MAX) fail('RRSET_TTL', 'TTL over 2^31-1');
  if (rdatas.some((rdata) => rdata.length > RDATA_OCTETS_MAX))
    fail('RDATA_TOO_LONG', 'RDATA over 65535 octets');
  return { owner, type, ttlSeconds: data.ttlSeconds, rdatas };
}

/** Same owner, type, TTL and records. */
export function isSameRRset(left: RRset, right: RRset): boolean {
  return (
    left.owner === right.owner &&
    left.type === right.type &&
    left.ttlSeconds === right.ttlSeconds &&
    left.rdatas.length === right.rdatas.length &&
    left.rdatas.every((rdata, index) => rdata === right.rdatas[index])
  );
}

/** Each once, in canonical order. Most sets hold one or two records, made by the hundred thousand. */
function canonical(rdatas: readonly Rdata[]): readonly Rdata[] {
  if (rdatas.length === 1) return rdatas;
  const [first, second] = rdatas;
  if (rdatas.length > 2 || first === undefined || second === undefined) {
    return [...new Set(rdatas)].sort(byOctets);
  }
  if (first === second) return [first];
  return first < second ? rdatas : [second, first];
}

function byOctets(left: Rdata, right: Rdata): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
