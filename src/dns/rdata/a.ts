/** A: one IPv4 address, RFC 1035 section 3.4.1. */

import { InputError } from '../errors.ts';
import type { Rdata } from '../rrset.ts';
import { expectCount, octetsOf, type RdataCodec, tokenAt } from './codec.ts';

const DOT = 0x2e;
const ZERO = 0x30;

/** Four octets of a dotted quad, no leading zeros (some read those as octal); else undefined. */
export function ipv4Octets(text: string): string | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  let octets = '';
  let value = 0;
  let digits = 0;
  for (let index = 0; index <= text.length; index++) {
    const code = index === text.length ? DOT : text.charCodeAt(index);
    if (code === DOT) {
      if (digits === 0) return undefined;
      octets += String.fromCharCode(value);
      value = 0;
      digits = 0;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return undefined;
    value = value * 10 + digit;
    digits++;
    if (value > 255) return undefined;
  }
  return octets.length === 4 ? octets : undefined;
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
