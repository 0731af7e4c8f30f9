/**
 * RdataCodec: what one RR type must be able to do, and the small parts all codecs share.
 * RDATA is a string of octets in wire form, names uncompressed and lower case (rrset.ts).
 */

import { InputError } from '../errors.ts';
import type { DomainName } from '../name.ts';
import type { Rdata } from '../rrset.ts';
import type { Token } from '../tokens.ts';
import { readName } from '../wire/reader.ts';

export interface RdataCodec {
  /** Throws InputError RDATA_SYNTAX, or what names and numbers throw. */
  readonly parse: (tokens: readonly Token[], origin: DomainName) => Rdata;
  /** The inverse of `parse`, names absolute. */
  readonly format: (rdata: Rdata) => string;
  /** RDATA at `offset` of a message, names decompressed; undefined when malformed. */
  readonly fromWire: (message: Uint8Array, offset: number, length: number) => Rdata | undefined;
}

export function badRdata(message: string): InputError {
  return new InputError('RDATA_SYNTAX', message);
}

/** The token at `index`; `what` names it when it is missing. */
export function tokenAt(tokens: readonly Token[], index: number, what: string): string {
  const token = tokens[index];
  if (token === undefined) throw badRdata(`${what} is missing`);
  return token.text;
}

export function expectCount(tokens: readonly Token[], count: number): void {
  if (tokens.length > count) throw badRdata(`"${tokens[count]?.text}" is too much`);
}

export function parseNumber(text: string, max: number, what: string): number {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw badRdata(`${what} "${text}" is not a number up to ${max}`);
  return value;
}

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86400],
  ['w', 604800],
]);

/** Seconds as master files write them: `3600`, `1h`, `1h30m`. undefined when it is no time. */
export function readSeconds(text: string): number | undefined {
  if (/^[0-9]{1,10}$/.test(text)) return Number(text);
  if (!/^(?:[0-9]{1,10}[smhdw])+$/i.test(text)) return undefined;
  let seconds = 0;
  for (const [, digits, unit] of text.toLowerCase().matchAll(/([0-9]+)([a-z])/g)) {
    seconds += Number(digits) * (UNIT_SECONDS.get(unit as string) as number);
  }
  return seconds;
}

export function parseSeconds(text: string, what: string): number {
  const seconds = readSeconds(text);
  if (seconds === undefined || seconds > 0xffffffff) {
    throw badRdata(`${what} "${text}" is not a time`);
  }
  return seconds;
}

export function uint16(value: number): string {
  return String.fromCharCode((value >>> 8) & 255, value & 255);
}

export function uint32(value: number): string {
  return uint16(value >>> 16) + uint16(value & 0xffff);
}

export function uint16At(octets: string, offset: number): number {
  return octets.charCodeAt(offset) * 256 + octets.charCodeAt(offset + 1);
}

export function uint32At(octets: string, offset: number): number {
  return uint16At(octets, offset) * 0x10000 + uint16At(octets, offset + 2);
}

/** Octets of a message as a string of characters 0-255. */
export function octetsOf(message: Uint8Array, offset: number, length: number): string {
  let octets = '';
  for (let index = offset; index < offset + length; index++) {
    octets += String.fromCharCode(message[index] as number);
  }
  return octets;
}

/** `prefix` octets, then one name that fills the rest: CNAME, MX, SRV and their like. */
export function nameAfterFromWire(
  prefix: number,
): (message: Uint8Array, offset: number, length: number) => Rdata | undefined {
  return (message, offset, length) => {
    if (length <= prefix) return undefined;
    const read = readName(message, offset + prefix);
    if (read?.end !== offset + length) return undefined;
    return (octetsOf(message, offset, prefix) + read.name) as Rdata;
  };
}

/** End of the name that begins at `offset` of RDATA. */
export function nameEnd(rdata: Rdata, offset: number): number {
  let at = offset;
  while (rdata.charCodeAt(at) > 0) at += rdata.charCodeAt(at) + 1;
  return at + 1;
}
