/** AAAA: one IPv6 address, RFC 3596 section 2.2; text as RFC 4291 section 2.2 and RFC 5952. */

import { InputError } from '../errors.ts';
import type { Rdata } from '../rrset.ts';
import { ipv4Octets } from './a.ts';
import { expectCount, octetsOf, type RdataCodec, tokenAt, uint16, uint16At } from './codec.ts';

const GROUPS = 8;

/** Throws InputError RDATA_ADDRESS; a zone index (`fe80::1%eth0`) is not part of an address. */
export function makeAaaa(text: string): Rdata {
  const groups = parseGroups(text);
  if (groups === undefined) {
    throw new InputError('RDATA_ADDRESS', `"${text}" is not an IPv6 address`);
  }
  return groups.map(uint16).join('') as Rdata;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zeros cut. */
export function readAaaa(rdata: Rdata): string {
  const groups = Array.from({ length: GROUPS }, (_, index) => uint16At(rdata, index * 2));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const quad = [12, 13, 14, 15].map((index) => rdata.charCodeAt(index)).join('.');
    return `::ffff:${quad}`;
  }
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  const left = hex.slice(0, run.start).join(':');
  return `${left}::${hex.slice(run.start + run.length).join(':')}`;
}

export const aaaaCodec: RdataCodec = {
  parse(tokens) {
    expectCount(tokens, 1);
    return makeAaaa(tokenAt(tokens, 0, 'address'));
  },
  format: readAaaa,
  fromWire: (message, offset, length) =>
    length === 16 ? (octetsOf(message, offset, 16) as Rdata) : undefined,
};

function parseGroups(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const left = parseHalf(halves[0] as string, halves.length === 1);
  const right = halves.length === 2 ? parseHalf(halves[1] as string, true) : [];
  if (left === undefined || right === undefined) return undefined;
  const missing = GROUPS - left.length - right.length;
  if (halves.length === 1) return missing === 0 ? left : undefined;
  return missing >= 1 ? [...left, ...new Array<number>(missing).fill(0), ...right] : undefined;
}

/** Groups between colons; the last of the whole address may be a dotted quad. */
function parseHalf(text: string, mayEndInQuad: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const quad = mayEndInQuad && index === parts.length - 1 ? ipv4Octets(part) : undefined;
    if (quad !== undefined) groups.push(uint16At(quad, 0), uint16At(quad, 2));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
