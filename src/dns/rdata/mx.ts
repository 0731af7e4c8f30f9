/** MX: preference and exchange, RFC 1035 section 3.3.9. */

import { type DomainName, formatName, parseName } from '../name.ts';
import type { Rdata } from '../rrset.ts';
import {
  expectCount,
  nameAfterFromWire,
  parseNumber,
  type RdataCodec,
  tokenAt,
  uint16,
  uint16At,
} from './codec.ts';

export interface Mx {
  readonly preference: number;
  readonly exchange: DomainName;
}

export function makeMx({ preference, exchange }: Mx): Rdata {
  return (uint16(preference) + exchange) as Rdata;
}

export function readMx(rdata: Rdata): Mx {
  return { preference: uint16At(rdata, 0), exchange: rdata.slice(2) as DomainName };
}

export const mxCodec: RdataCodec = {
  parse(tokens, origin) {
    expectCount(tokens, 2);
    return makeMx({
      preference: parseNumber(tokenAt(tokens, 0, 'preference'), 0xffff, 'preference'),
      exchange: parseName(tokenAt(tokens, 1, 'exchange'), origin),
    });
  },
  format(rdata) {
    const { preference, exchange } = readMx(rdata);
    return `${preference} ${formatName(exchange)}`;
  },
  fromWire: nameAfterFromWire(2),
};
