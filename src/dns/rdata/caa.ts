/** CAA: which authority may issue certificates: flags, tag, value, RFC 8659 section 4.1. */

import type { Rdata } from '../rrset.ts';
import { quoteText, unescapeText } from '../tokens.ts';
import { badRdata, expectCount, octetsOf, parseNumber, type RdataCodec, tokenAt } from './codec.ts';

export interface Caa {
  readonly flags: number;
  /** Letters and digits; comparison ignores case, so it is kept lower case. */
  readonly tag: string;
  /** Octets. */
  readonly value: string;
}

/** Throws InputError RDATA_SYNTAX when the tag is not one to 255 letters and digits. */
export function makeCaa({ flags, tag, value }: Caa): Rdata {
  if (!/^[a-z0-9]{1,255}$/i.test(tag)) throw badRdata(`"${tag}" is not a CAA tag`);
  const folded = tag.toLowerCase();
  return (String.fromCharCode(flags & 255, tag.length) + folded + value) as Rdata;
}

export function readCaa(rdata: Rdata): Caa {
  const valueStart = 2 + rdata.charCodeAt(1);
  return {
    flags: rdata.charCodeAt(0),
    tag: rdata.slice(2, valueStart),
    value: rdata.slice(valueStart),
  };
}

export const caaCodec: RdataCodec = {
  parse(tokens) {
    expectCount(tokens, 3);
    return makeCaa({
      flags: parseNumber(tokenAt(tokens, 0, 'flags'), 255, 'flags'),
      tag: tokenAt(tokens, 1, 'tag'),
      value: unescapeText(tokenAt(tokens, 2, 'value')),
    });
  },
  format(rdata) {
    const { flags, tag, value } = readCaa(rdata);
    return `${flags} ${tag} ${quoteText(value)}`;
  },
  fromWire(message, offset, length) {
    if (length < 3) return undefined;
    const rdata = octetsOf(message, offset, length) as Rdata;
    const { flags, tag, value } = readCaa(rdata);
    if (2 + rdata.charCodeAt(1) > length || !/^[a-z0-9]+$/i.test(tag)) return undefined;
    return makeCaa({ flags, tag, value });
  },
};
