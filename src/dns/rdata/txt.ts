/** TXT: one or more character-strings of at most 255 octets each, RFC 1035 section 3.3.14. */

import type { Rdata } from '../rrset.ts';
import { quoteText, unescapeText } from '../tokens.ts';
import { badRdata, octetsOf, type RdataCodec } from './codec.ts';

const STRING_OCTETS_MAX = 255;

/** Strings of octets (characters 0-255). Throws InputError RDATA_SYNTAX. */
export function makeTxt(strings: readonly string[]): Rdata {
  if (strings.length === 0) throw badRdata('a TXT record needs a string');
  let rdata = '';
  for (const text of strings) rdata += characterString(text);
  return rdata as Rdata;
}

export function readTxt(rdata: Rdata): string[] {
  const strings: string[] = [];
  for (let at = 0; at < rdata.length; at += rdata.charCodeAt(at) + 1) {
    strings.push(rdata.slice(at + 1, at + 1 + rdata.charCodeAt(at)));
  }
  return strings;
}

/** A text of octets as strings that TXT can hold: cut every 255 octets. One for the empty text. */
export function splitText(text: string): string[] {
  const strings = [text.slice(0, STRING_OCTETS_MAX)];
  for (let at = STRING_OCTETS_MAX; at < text.length; at += STRING_OCTETS_MAX) {
    strings.push(text.slice(at, at + STRING_OCTETS_MAX));
  }
  return strings;
}

/** Length and octets. Throws InputError RDATA_SYNTAX when it is longer than 255. */
function characterString(text: string): string {
  if (text.length > STRING_OCTETS_MAX) {
    throw badRdata(`a string has ${text.length} octets, more than ${STRING_OCTETS_MAX}`);
  }
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 255) throw badRdata('a string holds more than octets');
  }
  return String.fromCharCode(text.length) + text;
}

export const txtCodec: RdataCodec = {
  parse: (tokens) => makeTxt(tokens.map((token) => unescapeText(token.text))),
  format: (rdata) => readTxt(rdata).map(quoteText).join(' '),
  fromWire(message, offset, length) {
    if (length === 0) return undefined;
    let at = offset;
    while (at < offset + length) at += (message[at] as number) + 1;
    return at === offset + length ? (octetsOf(message, offset, length) as Rdata) : undefined;
  },
};
