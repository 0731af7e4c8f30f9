/** SOA: who runs a zone, its version and its timers, RFC 1035 section 3.3.13, RFC 2308. */

import { type DomainName, formatName, parseName } from '../name.ts';
import type { Rdata } from '../rrset.ts';
import { readName } from '../wire/reader.ts';
import {
  expectCount,
  nameEnd,
  octetsOf,
  parseNumber,
  parseSeconds,
  type RdataCodec,
  tokenAt,
  uint32,
  uint32At,
} from './codec.ts';

/** Times in seconds. */
export interface Soa {
  readonly mname: DomainName;
  readonly rname: DomainName;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

const NUMBERS_OCTETS = 20;

export function makeSoa(soa: Soa): Rdata {
  const { serial, refresh, retry, expire, minimum } = soa;
  const numbers = [serial, refresh, retry, expire, minimum].map(uint32).join('');
  return (soa.mname + soa.rname + numbers) as Rdata;
}

export function readSoa(rdata: Rdata): Soa {
  const mnameEnd = nameEnd(rdata, 0);
  const at = nameEnd(rdata, mnameEnd);
  return {
    mname: rdata.slice(0, mnameEnd) as DomainName,
    rname: rdata.slice(mnameEnd, at) as DomainName,
    serial: uint32At(rdata, at),
    refresh: uint32At(rdata, at + 4),
    retry: uint32At(rdata, at + 8),
    expire: uint32At(rdata, at + 12),
    minimum: uint32At(rdata, at + 16),
  };
}

export const soaCodec: RdataCodec = {
  parse(tokens, origin) {
    expectCount(tokens, 7);
    const seconds = (index: number, what: string) =>
      parseSeconds(tokenAt(tokens, index, what), what);
    return makeSoa({
      mname: parseName(tokenAt(tokens, 0, 'MNAME'), origin),
      rname: parseName(tokenAt(tokens, 1, 'RNAME'), origin),
      serial: parseNumber(tokenAt(tokens, 2, 'serial'), 0xffffffff, 'serial'),
      refresh: seconds(3, 'refresh'),
      retry: seconds(4, 'retry'),
      expire: seconds(5, 'expire'),
      minimum: seconds(6, 'minimum'),
    });
  },
  format(rdata) {
    const { mname, rname, serial, refresh, retry, expire, minimum } = readSoa(rdata);
    const numbers = [serial, refresh, retry, expire, minimum].join(' ');
    return `${formatName(mname)} ${formatName(rname)} ${numbers}`;
  },
  fromWire(message, offset, length) {
    const mname = readName(message, offset);
    if (mname === undefined || mname.end >= offset + length) return undefined;
    const rname = readName(message, mname.end);
    if (rname === undefined || rname.end + NUMBERS_OCTETS !== offset + length) return undefined;
    return (mname.name + rname.name + octetsOf(message, rname.end, NUMBERS_OCTETS)) as Rdata;
  },
};
