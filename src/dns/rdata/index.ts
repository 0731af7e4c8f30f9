/**
 * RDATA: the table of codecs and the door of this folder. A new type is a file here and a line in
 * the table; all others are carried as they are (RFC 3597).
 */

import { RRType } from '../codes.ts';
import { type DomainName, ROOT } from '../name.ts';
import type { Rdata } from '../rrset.ts';
import { scanEntries, type Token } from '../tokens.ts';
import { aCodec } from './a.ts';
import { aaaaCodec } from './aaaa.ts';
import { caaCodec } from './caa.ts';
import { badRdata, type RdataCodec } from './codec.ts';
import { mxCodec } from './mx.ts';
import { singleNameCodec } from './single-name.ts';
import { soaCodec } from './soa.ts';
import { srvCodec } from './srv.ts';
import { txtCodec } from './txt.ts';
import { isGeneric, parseGeneric, unknownCodec } from './unknown.ts';

export { ipv4Octets, makeA, readA } from './a.ts';
export { makeAaaa, readAaaa } from './aaaa.ts';
export { type Caa, makeCaa, readCaa } from './caa.ts';
export { readSeconds } from './codec.ts';
export { type Mx, makeMx, readMx } from './mx.ts';
export { makeCname, makeNs, makePtr, readCname } from './single-name.ts';
export { makeSoa, readSoa, type Soa } from './soa.ts';
export { makeSrv, readSrv, type Srv } from './srv.ts';
export { makeTxt, readTxt, splitText } from './txt.ts';

const CODECS: ReadonlyMap<number, RdataCodec> = new Map([
  [RRType.A, aCodec],
  [RRType.AAAA, aaaaCodec],
  [RRType.CNAME, singleNameCodec],
  [RRType.NS, singleNameCodec],
  [RRType.PTR, singleNameCodec],
  [RRType.DNAME, singleNameCodec],
  [RRType.SOA, soaCodec],
  [RRType.MX, mxCodec],
  [RRType.SRV, srvCodec],
  [RRType.TXT, txtCodec],
  [RRType.CAA, caaCodec],
]);

/** Zone-file text of RDATA. Throws InputError RDATA_SYNTAX, RDATA_ADDRESS, NAME_SYNTAX, ... */
export function parseRdata(type: number, text: string, origin: DomainName = ROOT): Rdata {
  const entries = scanEntries(text);
  if (entries.length > 1) throw badRdata('the data take more than one line');
  return parseRdataTokens(type, entries[0]?.tokens ?? [], origin);
}

export function parseRdataTokens(
  type: number,
  tokens: readonly Token[],
  origin: DomainName,
): Rdata {
  if (!isGeneric(tokens)) return codecOf(type).parse(tokens, origin);
  // Known types are checked in this form too: what we hold is always well-formed.
  const given = parseGeneric(tokens);
  const octets = Uint8Array.from(given, (char) => char.charCodeAt(0));
  const rdata = rdataFromWire(type, octets, 0, octets.length);
  if (rdata === undefined) throw badRdata('the octets are no data of this type');
  return rdata;
}

export function formatRdata(type: number, rdata: Rdata): string {
  return codecOf(type).format(rdata);
}

/** Names in known types are decompressed and lower-cased; undefined when malformed. */
export function rdataFromWire(
  type: number,
  message: Uint8Array,
  offset: number,
  length: number,
): Rdata | undefined {
  if (offset + length > message.length) return undefined;
  return codecOf(type).fromWire(message, offset, length);
}

function codecOf(type: number): RdataCodec {
  return CODECS.get(type) ?? unknownCodec;
}
