/**
 * The fields of protobuf messages (proto3 encoding), read where they lie and written: for the few
 * messages of etcd that hold very many keys.
 */

import { InvariantError } from '../../runtime/assert.ts';

const NUMBER = 0;
const EIGHT_OCTETS = 1;
const OCTETS = 2;
const FOUR_OCTETS = 5;

/** One message's fields in turn; each is read or skipped before the next. */
export class FieldReader {
  readonly #octets: Buffer;
  readonly #end: number;
  #at: number;
  #tag = 0;

  constructor(octets: Buffer, at: number, end: number) {
    this.#octets = octets;
    this.#at = at;
    this.#end = end;
  }

  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.#tag = this.number();
    return true;
  }

  isNumber(field: number): boolean {
    return this.#tag === field * 8 + NUMBER;
  }

  isOctets(field: number): boolean {
    return this.#tag === field * 8 + OCTETS;
  }

  /** Below 2^53: revisions are. */
  number(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const octet = this.#octet();
      value += (octet & 0x7f) * factor;
      if (octet < 0x80) return value;
      factor *= 128;
    }
  }

  /** Any 64 bits, as signed: lease ids are random, and etcd numbers what is of no watcher -1. */
  bigNumber(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const octet = this.#octet();
      value |= BigInt(octet & 0x7f) << shift;
      if (octet < 0x80) return BigInt.asIntN(64, value);
    }
  }

  octets(): string {
    const [start, end] = this.#stretch();
    return this.#octets.toString('latin1', start, end);
  }

  inner(): FieldReader {
    const [start, end] = this.#stretch();
    return new FieldReader(this.#octets, start, end);
  }

  skip(): void {
    const wire = this.#tag & 7;
    if (wire === NUMBER) this.number();
    else if (wire === OCTETS) this.#stretch();
    else if (wire === EIGHT_OCTETS) this.#at += 8;
    else if (wire === FOUR_OCTETS) this.#at += 4;
    else throw new RangeError(`wire type ${wire}`);
    if (this.#at > this.#end) throw new RangeError('a field reaches past its message');
  }

  #stretch(): [start: number, end: number] {
    const length = this.number();
    const start = this.#at;
    this.#at = start + length;
    if (this.#at > this.#end) throw new RangeError('a field reaches past its message');
    return [start, this.#at];
  }

  #octet(): number {
    if (this.#at >= this.#end) throw new RangeError('a number reaches past its message');
    return this.#octets[this.#at++] as number;
  }
}

/** One message, of a size that is known before; messages within it likewise. */
export class FieldWriter {
  readonly #octets: Buffer;
  #at = 0;

  constructor(size: number) {
    this.#octets = Buffer.allocUnsafe(size);
  }

  /** A message within: what follows, as long as its size. */
  begin(field: number, size: number): void {
    this.#varint(field * 8 + OCTETS);
    this.#varint(size);
  }

  /** One after the other, as one. One character an octet. */
  octets(field: number, head: string, tail: string): void {
    this.begin(field, head.length + tail.length);
    if (head !== '') this.#at += this.#octets.write(head, this.#at, 'latin1');
    this.#at += this.#octets.write(tail, this.#at, 'latin1');
  }

  number(field: number, value: number): void {
    this.#varint(field * 8 + NUMBER);
    this.#varint(value);
  }

  /** Throws InvariantError where the size was another. */
  end(): Buffer {
    const { length } = this.#octets;
    if (this.#at !== length) throw new InvariantError(`${this.#at} of ${length} octets`);
    return this.#octets;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128))
      this.#octets[this.#at++] = (rest % 128) | 0x80;
    this.#octets[this.#at++] = rest;
  }
}

export function octetsSize(field: number, length: number): number {
  return numberSize(field, length) + length;
}

export function numberSize(field: number, value: number): number {
  return varintSize(field * 8) + varintSize(value);
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

export function octetsField(field: number, octets: Buffer): Buffer[] {
  return [varint(field * 8 + OCTETS), varint(octets.length), octets];
}

/** 0 is what an absent field says. */
export function numberField(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([varint(field * 8), varint(value)]);
}

function varint(value: number): Buffer {
  const octets: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80);
  octets.push(rest);
  return Buffer.from(octets);
}
