/**
 * Range of etcd's KV service on the wire (protobuf, etcd api/etcdserverpb/rpc.proto and
 * mvccpb/kv.proto), read straight into what a store holds. Our choice over etcd3's reading for this
 * one message: it makes six objects and four texts of numbers for each key, a fifth of a load.
 */

import type { StoredValue } from '../record-store.ts';

export interface RangeRequest {
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
  readonly limit: number;
  /** 0: the newest. */
  readonly revision: number;
  readonly keysOnly: boolean;
}

export interface RangeReply {
  readonly revision: number;
  /** In key order; keys as octets, namespace and all. */
  readonly pairs: readonly (readonly [key: string, stored: StoredValue])[];
  readonly more: boolean;
}

export function encodeRangeRequest(request: RangeRequest): Buffer {
  const { key, rangeEnd, limit, revision, keysOnly } = request;
  return Buffer.concat([
    ...octetsField(1, key),
    ...octetsField(2, rangeEnd),
    numberField(3, limit),
    numberField(4, revision),
    numberField(8, keysOnly ? 1 : 0),
  ]);
}

/** Throws RangeError for octets that are no such message. */
export function decodeRangeReply(octets: Buffer): RangeReply {
  const reader = new FieldReader(octets, 0, octets.length);
  const pairs: [string, StoredValue][] = [];
  let revision = 0;
  let more = false;
  while (reader.next()) {
    if (reader.isOctets(1)) revision = revisionOf(reader.inner());
    else if (reader.isOctets(2)) pairs.push(pairOf(reader.inner()));
    else if (reader.isNumber(3)) more = reader.number() !== 0;
    else reader.skip();
  }
  return { revision, pairs, more };
}

/** ResponseHeader: revision = 3. */
function revisionOf(reader: FieldReader): number {
  let revision = 0;
  while (reader.next()) {
    if (reader.isNumber(3)) revision = reader.number();
    else reader.skip();
  }
  return revision;
}

/** KeyValue: key = 1, create_revision = 2, mod_revision = 3, value = 5, lease = 6. */
function pairOf(reader: FieldReader): [string, StoredValue] {
  let key = '';
  let value = '';
  let modRevision = 0;
  let createRevision = 0;
  let leaseId: string | undefined;
  while (reader.next()) {
    if (reader.isOctets(1)) key = reader.octets();
    else if (reader.isOctets(5)) value = reader.octets();
    else if (reader.isNumber(2)) createRevision = reader.number();
    else if (reader.isNumber(3)) modRevision = reader.number();
    else if (reader.isNumber(6)) leaseId = reader.bigNumber();
    else reader.skip();
  }
  const stored = { value, modRevision, createRevision };
  return [key, leaseId === undefined || leaseId === '0' ? stored : { ...stored, leaseId }];
}

const NUMBER = 0;
const EIGHT_OCTETS = 1;
const OCTETS = 2;
const FOUR_OCTETS = 5;

/** One message's fields in turn; each is read or skipped before the next. */
class FieldReader {
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

  /** Any 64 bits, in decimal: lease ids are random. */
  bigNumber(): string {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const octet = this.#octet();
      value |= BigInt(octet & 0x7f) << shift;
      if (octet < 0x80) return BigInt.asIntN(64, value).toString();
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

function octetsField(field: number, octets: Buffer): Buffer[] {
  return [varint(field * 8 + OCTETS), varint(octets.length), octets];
}

/** 0 is what an absent field says. */
function numberField(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([varint(field * 8), varint(value)]);
}

function varint(value: number): Buffer {
  const octets: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80);
  octets.push(rest);
  return Buffer.from(octets);
}
