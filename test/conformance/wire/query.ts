/**
 * Builds questions byte by byte, right ones and wrong ones: every field can be set to a lie.
 */
import { textToWire, typeCode } from './rdata-text.ts';

export interface QueryEdns {
  readonly size?: number;
  readonly version?: number;
  readonly extendedRcode?: number;
  readonly flags?: number;
  readonly options?: readonly (readonly [code: number, data: Buffer])[];
  /** Replaces the options' bytes. */
  readonly rdata?: Buffer;
  /** Replaces the true RDATA length. */
  readonly rdataLength?: number;
  readonly owner?: Buffer;
}

export interface QueryFields {
  readonly name: string;
  readonly type: string;
  readonly class?: number;
  readonly id?: number;
  readonly opcode?: number;
  /** Bits of the second header word besides opcode, for example 0x0100 for RD. */
  readonly flags?: number;
  readonly edns?: QueryEdns | undefined;
  /** The name's bytes, in place of `name`. */
  readonly nameWire?: Buffer;
  /** Header counts that need not be true. */
  readonly counts?: readonly [number, number, number, number];
  /** Put between the question and OPT. */
  readonly records?: Buffer;
  readonly trailing?: Buffer;
}

export const FLAG = {
  qr: 0x8000,
  aa: 0x400,
  tc: 0x200,
  rd: 0x100,
  ra: 0x80,
  z: 0x40,
  ad: 0x20,
  cd: 0x10,
};

let nextId = 0x1000;

export function buildQuery(fields: QueryFields): Buffer {
  const head = Buffer.alloc(12);
  nextId = (nextId + 0x1d3) & 0xffff;
  head.writeUInt16BE(fields.id ?? nextId, 0);
  head.writeUInt16BE(((fields.opcode ?? 0) << 11) | (fields.flags ?? 0), 2);
  const counts = fields.counts ?? [1, 0, 0, fields.edns === undefined ? 0 : 1];
  for (const [index, count] of counts.entries()) head.writeUInt16BE(count, 4 + index * 2);
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(typeCode(fields.type), 0);
  tail.writeUInt16BE(fields.class ?? 1, 2);
  return Buffer.concat([
    head,
    fields.nameWire ?? textToWire(fields.name),
    tail,
    fields.records ?? Buffer.alloc(0),
    fields.edns === undefined ? Buffer.alloc(0) : buildOpt(fields.edns),
    fields.trailing ?? Buffer.alloc(0),
  ]);
}

export function buildOpt(edns: QueryEdns): Buffer {
  const options = (edns.options ?? []).map(([code, data]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(code, 0);
    head.writeUInt16BE(data.length, 2);
    return Buffer.concat([head, data]);
  });
  const rdata = edns.rdata ?? Buffer.concat(options);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(41, 0);
  fixed.writeUInt16BE(edns.size ?? 1232, 2);
  fixed.writeUInt8(edns.extendedRcode ?? 0, 4);
  fixed.writeUInt8(edns.version ?? 0, 5);
  fixed.writeUInt16BE(edns.flags ?? 0, 6);
  fixed.writeUInt16BE(edns.rdataLength ?? rdata.length, 8);
  return Buffer.concat([edns.owner ?? Buffer.of(0), fixed, rdata]);
}

export interface RecordFields {
  readonly owner: string;
  readonly type: string;
  readonly ttl?: number;
  readonly rdata: Buffer;
  readonly rdataLength?: number;
}

/** One uncompressed resource record, with a lying RDATA length when asked. */
export function buildRecord(fields: RecordFields): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(typeCode(fields.type), 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(fields.ttl ?? 0, 4);
  fixed.writeUInt16BE(fields.rdataLength ?? fields.rdata.length, 8);
  return Buffer.concat([textToWire(fields.owner), fixed, fields.rdata]);
}
