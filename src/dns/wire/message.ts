/**
 * A whole message both ways. Cold: tools, tests, transfers. Throws WireError for bytes that lie;
 * the query path uses query.ts. RFC 1035 section 4.
 */

import { RRType } from '../codes.ts';
import { WireError } from '../errors.ts';
import { MESSAGE_OCTETS_MAX } from '../limits.ts';
import { type DomainName, ROOT } from '../name.ts';
import { rdataFromWire } from '../rdata/index.ts';
import type { Rdata } from '../rrset.ts';
import { DO_FLAG } from './edns.ts';
import { HEADER_OCTETS, writeUint16 } from './header.ts';
import { Reader } from './reader.ts';
import { MessageWriter } from './writer.ts';

export interface MessageQuestion {
  readonly name: DomainName;
  readonly type: number;
  readonly class: number;
}

export interface MessageRecord {
  readonly name: DomainName;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  readonly rdata: Rdata;
}

/** The OPT record, apart from the other additional records. */
export interface MessageEdns {
  readonly udpOctets: number;
  readonly extendedRcode: number;
  readonly version: number;
  readonly hasDo: boolean;
  /** Data as octets. */
  readonly options: readonly { readonly code: number; readonly data: string }[];
}

export interface Message {
  readonly id: number;
  /** The second 16 bits of the header, lower rcode bits included. */
  readonly flags: number;
  readonly questions: readonly MessageQuestion[];
  readonly answers: readonly MessageRecord[];
  readonly authorities: readonly MessageRecord[];
  readonly additionals: readonly MessageRecord[];
  readonly edns: MessageEdns | undefined;
}

/** The whole rcode, its upper bits from OPT. */
export function rcodeOf(message: Message): number {
  return ((message.edns?.extendedRcode ?? 0) << 4) | (message.flags & 0xf);
}

/** Throws WireError WIRE_SHORT, WIRE_NAME, WIRE_RDATA, WIRE_OPT, WIRE_TRAILING. */
export function decodeMessage(octets: Uint8Array): Message {
  const reader = new Reader(octets);
  const id = reader.uint16();
  const flags = reader.uint16();
  const counts = [reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16()];
  const questions: MessageQuestion[] = [];
  for (let left = counts[0] as number; left > 0; left--) {
    questions.push({ name: reader.name(), type: reader.uint16(), class: reader.uint16() });
  }
  const answers = readRecords(reader, counts[1] as number);
  const authorities = readRecords(reader, counts[2] as number);
  const rest = readRecords(reader, counts[3] as number);
  if (reader.offset !== octets.length) throw new WireError('WIRE_TRAILING', reader.offset);
  const opts = rest.filter((record) => record.type === RRType.OPT);
  if (opts.length > 1) throw new WireError('WIRE_OPT', reader.offset);
  const additionals = rest.filter((record) => record.type !== RRType.OPT);
  const edns = opts[0] && readEdns(opts[0]);
  return { id, flags, questions, answers, authorities, additionals, edns };
}

/** Owner names are compressed, names in RDATA are not. Throws WireError WIRE_TOO_LONG. */
export function encodeMessage(message: Message): Uint8Array {
  const out = new Uint8Array(MESSAGE_OCTETS_MAX);
  const writer = new MessageWriter();
  writer.start(out, HEADER_OCTETS, MESSAGE_OCTETS_MAX);
  const additionals =
    message.edns === undefined
      ? message.additionals
      : [...message.additionals, optRecord(message.edns)];
  const { questions, answers, authorities } = message;
  const header = [message.id, message.flags];
  for (const section of [questions, answers, authorities, additionals]) header.push(section.length);
  for (const [index, value] of header.entries()) writeUint16(out, index * 2, value);
  for (const question of questions) {
    writer.name(question.name);
    writer.uint16(question.type);
    writer.uint16(question.class);
  }
  for (const record of [...answers, ...authorities, ...additionals]) writeRecord(writer, record);
  if (writer.hasOverflowed) throw new WireError('WIRE_TOO_LONG', writer.offset);
  return out.slice(0, writer.offset);
}

function readRecords(reader: Reader, count: number): MessageRecord[] {
  const records: MessageRecord[] = [];
  for (let left = count; left > 0; left--) {
    const name = reader.name();
    const type = reader.uint16();
    const recordClass = reader.uint16();
    const ttlSeconds = reader.uint32();
    const length = reader.uint16();
    const start = reader.offset;
    reader.skip(length);
    const rdata = rdataFromWire(type, reader.message, start, length);
    if (rdata === undefined) throw new WireError('WIRE_RDATA', start);
    records.push({ name, type, class: recordClass, ttlSeconds, rdata });
  }
  return records;
}

function writeRecord(writer: MessageWriter, record: MessageRecord): void {
  writer.name(record.name);
  writer.uint16(record.type);
  writer.uint16(record.class);
  writer.uint32(record.ttlSeconds);
  writer.uint16(record.rdata.length);
  const octets = Uint8Array.from(record.rdata, (char) => char.charCodeAt(0));
  writer.copy(octets, 0, octets.length);
}

function readEdns(opt: MessageRecord): MessageEdns {
  const options: { code: number; data: string }[] = [];
  const { rdata, ttlSeconds } = opt;
  for (let at = 0; at < rdata.length; ) {
    if (at + 4 > rdata.length) throw new WireError('WIRE_OPT', at);
    const code = rdata.charCodeAt(at) * 256 + rdata.charCodeAt(at + 1);
    const end = at + 4 + rdata.charCodeAt(at + 2) * 256 + rdata.charCodeAt(at + 3);
    if (end > rdata.length) throw new WireError('WIRE_OPT', at);
    options.push({ code, data: rdata.slice(at + 4, end) });
    at = end;
  }
  return {
    udpOctets: opt.class,
    extendedRcode: Math.floor(ttlSeconds / 0x1000000),
    version: Math.floor(ttlSeconds / 0x10000) & 0xff,
    hasDo: (ttlSeconds & DO_FLAG) !== 0,
    options,
  };
}

function optRecord(edns: MessageEdns): MessageRecord {
  let rdata = '';
  for (const { code, data } of edns.options) {
    rdata += String.fromCharCode(code >>> 8, code & 255, data.length >>> 8, data.length & 255);
    rdata += data;
  }
  return {
    name: ROOT,
    type: RRType.OPT,
    class: edns.udpOctets,
    ttlSeconds:
      edns.extendedRcode * 0x1000000 + edns.version * 0x10000 + (edns.hasDo ? DO_FLAG : 0),
    rdata: rdata as Rdata,
  };
}
