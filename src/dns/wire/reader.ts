/**
 * Bounded reading of names and of a whole message's octets. Fails by code: -1 or undefined from
 * the plain functions, WireError from the cursor (cold path: tools and tests).
 * RFC 9267: every length, pointer and count may lie.
 */

import { WireError } from '../errors.ts';
import { COMPRESSION_JUMPS_MAX, NAME_OCTETS_MAX } from '../limits.ts';
import { type DomainName, foldAscii } from '../name.ts';
import { readUint16, readUint32 } from './header.ts';

export interface ReadName {
  readonly name: DomainName;
  /** Offset after the name where it stands (not where its pointers lead). */
  readonly end: number;
}

/**
 * A name, pointers followed. Pointers must lead strictly back, so no loop is possible; undefined
 * when malformed. RFC 1035 section 4.1.4.
 */
export function readName(message: Uint8Array, offset: number): ReadName | undefined {
  let wire = '';
  let at = offset;
  let lowest = offset;
  let end = -1;
  for (let jumps = 0; jumps <= COMPRESSION_JUMPS_MAX; ) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length >= 0xc0) {
      if (at + 1 >= message.length) return undefined;
      const target = readUint16(message, at) & 0x3fff;
      if (end < 0) end = at + 2;
      if (target >= lowest) return undefined;
      lowest = target;
      at = target;
      jumps++;
      continue;
    }
    if (length > 63 || at + length >= message.length) return undefined;
    if (length === 0) {
      const name = foldAscii(`${wire}\0`) as DomainName;
      return { name, end: end < 0 ? at + 1 : end };
    }
    for (let index = at; index <= at + length; index++) {
      wire += String.fromCharCode(message[index] as number);
    }
    if (wire.length >= NAME_OCTETS_MAX) return undefined;
    at += length + 1;
  }
  return undefined;
}

/** Offset after the name at `offset`, a pointer ending it; -1 when it runs out of the message. */
export function skipName(message: Uint8Array, offset: number): number {
  let at = offset;
  for (;;) {
    if (at >= message.length) return -1;
    const length = message[at] as number;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= message.length ? at + 2 : -1;
    if (length > 63) return -1;
    at += length + 1;
    if (at - offset >= NAME_OCTETS_MAX) return -1;
  }
}

/** Cursor that throws WireError instead of reading past the end. */
export class Reader {
  readonly message: Uint8Array;
  offset: number;

  constructor(message: Uint8Array, offset = 0) {
    this.message = message;
    this.offset = offset;
  }

  uint16(): number {
    this.#need(2);
    this.offset += 2;
    return readUint16(this.message, this.offset - 2);
  }

  uint32(): number {
    this.#need(4);
    this.offset += 4;
    return readUint32(this.message, this.offset - 4);
  }

  skip(count: number): void {
    this.#need(count);
    this.offset += count;
  }

  name(): DomainName {
    const read = readName(this.message, this.offset);
    if (read === undefined) throw new WireError('WIRE_NAME', this.offset);
    this.offset = read.end;
    return read.name;
  }

  #need(count: number): void {
    if (this.offset + count > this.message.length) {
      throw new WireError('WIRE_SHORT', this.offset);
    }
  }
}
