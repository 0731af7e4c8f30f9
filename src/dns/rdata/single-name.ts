/**
 * CNAME, NS, PTR (RFC 1035 section 3.3) and DNAME (RFC 6672): RDATA that is one name. DNAME is
 * carried, not followed.
 */

import { type DomainName, formatName, parseName } from '../name.ts';
import type { Rdata } from '../rrset.ts';
import { expectCount, nameAfterFromWire, type RdataCodec, tokenAt } from './codec.ts';

export const makeCname = rdataOfName;
export const makeNs = rdataOfName;
export const makePtr = rdataOfName;
export const readCname = nameOfRdata;

export const singleNameCodec: RdataCodec = {
  parse(tokens, origin) {
    expectCount(tokens, 1);
    return rdataOfName(parseName(tokenAt(tokens, 0, 'name'), origin));
  },
  format: (rdata) => formatName(nameOfRdata(rdata)),
  fromWire: nameAfterFromWire(0),
};

/** The wire form of the one is that of the other. */
function rdataOfName(target: DomainName): Rdata {
  return target as string as Rdata;
}

function nameOfRdata(rdata: Rdata): DomainName {
  return rdata as string as DomainName;
}
