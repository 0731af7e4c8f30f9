/**
 * Reads a whole DNS message and refuses whatever is not exactly right: lies in counts and lengths,
 * bytes left over, pointers to anything but an earlier label, two OPT records, compression where
 * none is allowed. Own code, so that our codec never judges itself (RFC 1035 4, 2181, 3597, 6891).
 */
import { aaaaToText, labelsToText, stringsToText, typeName } from './rdata-text.ts';

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question's bytes as they stand in the message. */
  readonly bytes: Buffer;
}

export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly rdata: string;
}

export interface EdnsOption {
  readonly code: number;
  readonly data: Buffer;
}

export interface Edns {
  readonly size: number;
  readonly extendedRcode: number;
  readonly version: number;
  readonly flags: number;
  readonly options: readonly EdnsOption[];
}

export interface Message {
  readonly id: number;
  readonly opcode: number;
  /** With the upper bits of OPT. */
  readonly rcode: number;
  readonly flags: {
    readonly qr: boolean;
    readonly aa: boolean;
    readonly tc: boolean;
    readonly rd: boolean;
    readonly ra: boolean;
    readonly z: boolean;
    readonly ad: boolean;
    readonly cd: boolean;
  };
  readonly question: readonly Question[];
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Without OPT. */
  readonly additional: readonly ResourceRecord[];
  readonly edns: Edns | undefined;
  readonly size: number;
  /** Pointers that lead to a pointer: legal, but some parsers stumble over them. */
  readonly chainedPointers: number;
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
  chainedPointers: number;
  /** Where names begin that are a pointer and nothing else. */
  readonly pointerStarts: Set<number>;
  /** Where labels of earlier names begin: the only places a pointer may lead to. */
  readonly labelStarts: Set<number>;
}

const TTL_TOP = 0x7fffffff;

export function readMessage(bytes: Buffer): Message {
  if (bytes.length < 12) throw new Error(`message of ${bytes.length} bytes, a header has 12`);
  const cursor: Cursor = {
    bytes,
    at: 12,
    labelStarts: new Set(),
    pointerStarts: new Set(),
    chainedPointers: 0,
  };
  const word = bytes.readUInt16BE(2);
  const bit = (place: number) => ((word >> place) & 1) === 1;
  const question = times(bytes.readUInt16BE(4), () => readQuestion(cursor));
  const answer = times(bytes.readUInt16BE(6), () => readRecord(cursor)).map(plain);
  const authority = times(bytes.readUInt16BE(8), () => readRecord(cursor)).map(plain);
  const tail = times(bytes.readUInt16BE(10), () => readRecord(cursor));
  if (cursor.at !== bytes.length) throw new Error(`${bytes.length - cursor.at} bytes left over`);
  const opts = tail.filter(isEdns);
  if (opts.length > 1) throw new Error('more than one OPT record');
  const edns = opts[0];
  return {
    id: bytes.readUInt16BE(0),
    opcode: (word >> 11) & 15,
    rcode: (word & 15) | ((edns?.extendedRcode ?? 0) << 4),
    flags: {
      qr: bit(15),
      aa: bit(10),
      tc: bit(9),
      rd: bit(8),
      ra: bit(7),
      z: bit(6),
      ad: bit(5),
      cd: bit(4),
    },
    question,
    answer,
    authority,
    additional: tail.filter((each): each is ResourceRecord => !isEdns(each)),
    edns,
    size: bytes.length,
    chainedPointers: cursor.chainedPointers,
  };
}

function isEdns(record: ResourceRecord | Edns): record is Edns {
  return 'options' in record;
}

function plain(record: ResourceRecord | Edns): ResourceRecord {
  if (isEdns(record)) throw new Error('OPT outside the additional section');
  return record;
}

function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read);
}

function take(cursor: Cursor, count: number): Buffer {
  const end = cursor.at + count;
  if (end > cursor.bytes.length) throw new Error(`message ends inside a field at ${cursor.at}`);
  const taken = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return taken;
}

function readQuestion(cursor: Cursor): Question {
  const start = cursor.at;
  const name = readName(cursor, false);
  const type = take(cursor, 2).readUInt16BE();
  const klass = take(cursor, 2).readUInt16BE();
  return { name, type, class: klass, bytes: cursor.bytes.subarray(start, cursor.at) };
}

function readRecord(cursor: Cursor): ResourceRecord | Edns {
  const name = readName(cursor, true);
  const head = take(cursor, 10);
  const [type, klass, ttl] = [head.readUInt16BE(0), head.readUInt16BE(2), head.readUInt32BE(4)];
  const end = cursor.at + head.readUInt16BE(8);
  if (end > cursor.bytes.length) throw new Error(`RDATA at ${cursor.at} leaves the message`);
  if (type === 41) {
    if (name !== '.') throw new Error(`OPT owned by ${name}`);
    return readEdns(take(cursor, end - cursor.at), klass, ttl);
  }
  if (ttl > TTL_TOP) throw new Error(`TTL ${ttl} above 2^31-1 (RFC 2181 8)`);
  const rdata = readRdata(cursor, type, end);
  if (cursor.at !== end) throw new Error(`RDATA of ${typeName(type)} is not as long as it says`);
  return { name, type, class: klass, ttl, rdata };
}

function readEdns(rdata: Buffer, size: number, ttl: number): Edns {
  const options: EdnsOption[] = [];
  for (let at = 0; at < rdata.length; ) {
    if (at + 4 > rdata.length) throw new Error('an EDNS option is cut');
    const length = rdata.readUInt16BE(at + 2);
    if (at + 4 + length > rdata.length) throw new Error('an EDNS option leaves OPT');
    options.push({ code: rdata.readUInt16BE(at), data: rdata.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  const [extendedRcode, version, flags] = [ttl >>> 24, (ttl >>> 16) & 255, ttl & 0xffff];
  return { size, extendedRcode, version, flags, options };
}

function readName(cursor: Cursor, mayCompress: boolean): string {
  const labels: Buffer[] = [];
  const own: number[] = [];
  const { bytes } = cursor;
  let at = cursor.at;
  let after = -1;
  let total = 1;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) throw new Error('a name leaves the message');
    if (length >= 192) {
      const target = bytes.readUInt16BE(at) & 0x3fff;
      if (!mayCompress) throw new Error(`compression at ${at} where none may be`);
      if (cursor.pointerStarts.has(target)) cursor.chainedPointers++;
      else if (!cursor.labelStarts.has(target)) throw new Error(`pointer at ${at} to ${target}`);
      if (target >= at) throw new Error(`pointer at ${at} forward`);
      if (after < 0) after = at + 2;
      at = target;
      continue;
    }
    if (length >= 64) throw new Error(`label type ${length >> 6} at ${at}`);
    if (after < 0 && length > 0) own.push(at);
    at++;
    if (length === 0) break;
    total += 1 + length;
    if (total > 255) throw new Error('name above 255 octets');
    if (at + length > bytes.length) throw new Error('a label leaves the message');
    labels.push(bytes.subarray(at, at + length));
    at += length;
  }
  if ((bytes[cursor.at] ?? 0) >= 192) cursor.pointerStarts.add(cursor.at);
  cursor.at = after < 0 ? at : after;
  for (const start of own) cursor.labelStarts.add(start);
  return labelsToText(labels);
}

/** Compression is allowed in the types of RFC 1035 alone (RFC 3597 4); SRV's target is not one. */
function readRdata(cursor: Cursor, type: number, end: number): string {
  const u16 = () => take(cursor, 2).readUInt16BE();
  const u32 = () => take(cursor, 4).readUInt32BE();
  switch (type) {
    case 1:
      return [...take(cursor, 4)].join('.');
    case 28:
      return aaaaToText(take(cursor, 16));
    case 2:
    case 5:
    case 12:
      return readName(cursor, true);
    case 6:
      return `${readName(cursor, true)} ${readName(cursor, true)} ${times(5, u32).join(' ')}`;
    case 15:
      return `${u16()} ${readName(cursor, true)}`;
    case 33:
      return `${u16()} ${u16()} ${u16()} ${readName(cursor, false)}`;
    case 16:
    case 13:
      return stringsToText(take(cursor, end - cursor.at));
    case 257: {
      const [flags, length] = take(cursor, 2);
      const tag = take(cursor, length ?? 0).toString('latin1');
      return `${flags} ${tag} "${take(cursor, end - cursor.at).toString('latin1')}"`;
    }
    default:
      return `\\# ${end - cursor.at} ${take(cursor, end - cursor.at).toString('hex')}`.trim();
  }
}
