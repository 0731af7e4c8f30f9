/**
 * RDATA of types we have no codec for, and the form any type may be written in: RFC 3597.
 *
 *   \# 4 C0000201
 */

import { RDATA_OCTETS_MAX } from '../limits.ts';
import type { Rdata } from '../rrset.ts';
import type { Token } from '../tokens.ts';
import { badRdata, octetsOf, parseNumber, type RdataCodec, tokenAt } from './codec.ts';

/** Whether the tokens are in the form of RFC 3597 section 5. */
export function isGeneric(tokens: readonly Token[]): boolean {
  return tokens[0]?.text === '\\#' && !tokens[0].isQuoted;
}

/** Throws InputError RDATA_SYNTAX. */
export function parseGeneric(tokens: readonly Token[]): Rdata {
  if (!isGeneric(tokens)) throw badRdata('data of this type are written as \\# LENGTH HEX');
  const length = parseNumber(tokenAt(tokens, 1, 'length'), RDATA_OCTETS_MAX, 'length');
  const hex = tokens
    .slice(2)
    .map((token) => token.text)
    .join('');
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) throw badRdata('the data are not hexadecimal octets');
  if (hex.length !== length * 2) {
    throw badRdata(`the data have ${hex.length / 2} octets, not the ${length} that are stated`);
  }
  let octets = '';
  for (let at = 0; at < hex.length; at += 2) {
    octets += String.fromCharCode(Number.parseInt(hex.slice(at, at + 2), 16));
  }
  return octets as Rdata;
}

function formatGeneric(rdata: Rdata): string {
  let hex = '';
  for (let index = 0; index < rdata.length; index++) {
    hex += rdata.charCodeAt(index).toString(16).padStart(2, '0');
  }
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${hex}`;
}

export const unknownCodec: RdataCodec = {
  parse: parseGeneric,
  format: formatGeneric,
  fromWire: (message, offset, length) => octetsOf(message, offset, length) as Rdata,
};
