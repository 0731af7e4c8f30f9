/** A: one IPv4 address, RFC 1035 section 3.4.1. */

import { InputError } from '../errors.ts';
import type { Rdata } from '../rrset.ts';
import { expectCount, octetsOf, type RdataCodec, tokenAt } from './codec.ts';

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);

/** Four octets of a dotted quad, no leading zeros (some read those as octal); else undefined. */
export function ipv4Octets(text: string): string | undefined {
  const parts = IPV4.exec(text);
  if (parts === null) return undefined;
  return String.fromCharCode(...parts.slice(1).map(Number));
}

/** Throws InputError RDATA_ADDRESS. */
export function makeA(text: string): Rdata {
  const octets = ipv4Octets(text);
  if (octets === undefined) {
    throw new InputError('RDATA_ADDRESS', `"${text}" is not an IPv4 address`);
  }
  return octets as Rdata;
}

export function readA(rdata: Rdata): string {
  return [0, 1, 2, 3].map((index) => rdata.charCodeAt(index)).join('.');
}

export const aCodec: RdataCodec = {
  parse(tokens) {
    expectCount(tokens, 1);
    return makeA(tokenAt(tokens, 0, 'address'));
  },
  format: readA,
  fromWire: (message, offset, length) =>
    length === 4 ? (octetsOf(message, offset, 4) as Rdata) : undefined,
};
