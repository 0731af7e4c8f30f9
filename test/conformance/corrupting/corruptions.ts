/**
 * All faults of the corrupting proxy, each a single one: those of header, question, sizes, EDNS and
 * streams are here.
 */
import { buildOpt } from '../wire/query.ts';
import {
  bump,
  type Corruption,
  type Field,
  fault,
  HEADER,
  inRecord,
  layout,
  remove,
  splice,
} from './fault.ts';
import { recordFaults } from './record-faults.ts';

/** Sets, clears or turns bits of a header word, and nothing when that changes nothing. */
const word = (name: string, at: number, turn: (value: number) => number): Corruption =>
  fault(name, (reply) => {
    reply.writeUInt16BE(turn(reply.readUInt16BE(at)) & 0xffff, at);
    return reply;
  });

const rcode = (from: number, to: number): Corruption =>
  fault(`rcode ${from} becomes ${to}`, (reply) => {
    if ((reply.readUInt8(3) & 15) !== from) return undefined;
    reply.writeUInt8((reply.readUInt8(3) & 0xf0) | to, 3);
    return reply;
  });

const count = (name: string, index: number, by: number): Corruption =>
  fault(`${name} ${by > 0 ? 'one more' : 'one less'}`, (reply) => {
    const at = 4 + index * 2;
    const now = reply.readUInt16BE(at);
    if (now + by < 0) return undefined;
    reply.writeUInt16BE(now + by, at);
    return reply;
  });

const swapCounts = (name: string, left: number, right: number): Corruption =>
  fault(name, (reply) => {
    const [a, b] = [reply.readUInt16BE(left), reply.readUInt16BE(right)];
    reply.writeUInt16BE(b, left);
    reply.writeUInt16BE(a, right);
    return reply;
  });

const header: readonly Corruption[] = [
  word('id plus one', 0, (id) => id + 1),
  word('id bytes swapped', 0, (id) => (id >> 8) | (id << 8)),
  word('id zero', 0, () => 0),
  word('QR clear', 2, (bits) => bits & ~0x8000),
  ...[0, 1, 2, 3].map((bit) => word(`opcode bit ${bit}`, 2, (bits) => bits ^ (0x800 << bit))),
  word('AA turned', 2, (bits) => bits ^ 0x400),
  word('AA set always', 2, (bits) => bits | 0x400),
  word('AA clear always', 2, (bits) => bits & ~0x400),
  word('TC set always', 2, (bits) => bits | 0x200),
  word('TC clear always', 2, (bits) => bits & ~0x200),
  word('RD turned', 2, (bits) => bits ^ 0x100),
  word('RD set always', 2, (bits) => bits | 0x100),
  word('RA set', 2, (bits) => bits | 0x80),
  word('Z set', 2, (bits) => bits | 0x40),
  word('AD set', 2, (bits) => bits | 0x20),
  word('CD set', 2, (bits) => bits | 0x10),
  ...[
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 5],
    [3, 0],
    [3, 2],
    [5, 0],
    [5, 2],
    [5, 3],
    [5, 9],
    [1, 0],
    [1, 2],
    [4, 0],
    [4, 5],
  ].map(([from = 0, to = 0]) => rcode(from, to)),
  ...['QDCOUNT', 'ANCOUNT', 'NSCOUNT', 'ARCOUNT'].flatMap((name, index) => [
    count(name, index, 1),
    count(name, index, -1),
  ]),
  swapCounts('answer and authority swapped', 6, 8),
  swapCounts('authority and additional swapped', 8, 10),
  swapCounts('answer and additional swapped', 6, 10),
];

const question: readonly Corruption[] = [
  fault('question: first letter', (reply) => {
    reply.writeUInt8(reply.readUInt8(HEADER + 1) ^ 1, HEADER + 1);
    return reply;
  }),
  fault('question: case folded', (reply) => {
    const { questionEnd } = layout(reply);
    for (let at = HEADER; at < questionEnd - 4; at++) {
      const byte = reply.readUInt8(at);
      if (byte >= 65 && byte <= 90) reply.writeUInt8(byte + 32, at);
    }
    return reply;
  }),
  fault('question: type', (reply) => {
    const at = layout(reply).questionEnd - 3;
    reply.writeUInt8(reply.readUInt8(at) ^ 2, at);
    return reply;
  }),
  fault('question: class', (reply) => {
    reply.writeUInt8(3, layout(reply).questionEnd - 1);
    return reply;
  }),
  fault('question: left out', (reply) => {
    if (layout(reply).fields.length > 0) return undefined;
    bump(reply, 0, -1);
    return reply.subarray(0, HEADER);
  }),
  fault('question: twice', (reply) => {
    const { questionEnd, fields } = layout(reply);
    if (fields.length > 0) return undefined;
    bump(reply, 0, 1);
    return Buffer.concat([reply, reply.subarray(HEADER, questionEnd)]);
  }),
];

const inOpt = (name: string, change: (reply: Buffer, field: Field) => Buffer): Corruption =>
  inRecord(`OPT: ${name}`, { type: 41 }, change);

const sizes: readonly Corruption[] = [
  fault('last byte cut', (reply) => reply.subarray(0, -1)),
  fault('cut in half', (reply) => reply.subarray(0, reply.length >> 1)),
  fault('header alone', (reply) => reply.subarray(0, HEADER)),
  fault('eleven bytes', (reply) => reply.subarray(0, 11)),
  fault('empty', () => Buffer.alloc(0)),
  fault('one byte more', (reply) => Buffer.concat([reply, Buffer.of(0)])),
  fault('twice in one datagram', (reply) => Buffer.concat([reply, reply])),
  fault('sent twice', (reply) => [reply, reply]),
  fault('not sent', () => []),
  fault('the question is sent back', (_reply, query) => query),
];

const opt: readonly Corruption[] = [
  inOpt('left out', remove),
  inOpt('version 1', (reply, field) => {
    reply.writeUInt8(1, field.fixed + 5);
    return reply;
  }),
  inOpt('extended rcode', (reply, field) => {
    reply.writeUInt8(reply.readUInt8(field.fixed + 4) ^ 1, field.fixed + 4);
    return reply;
  }),
  inOpt('DO turned', turnFlag(0x80)),
  inOpt('undefined flag', turnFlag(0x40)),
  inOpt('size 100', (reply, field) => {
    reply.writeUInt16BE(100, field.fixed + 2);
    return reply;
  }),
  inOpt('twice', (reply, field) => {
    bump(reply, 3, 1);
    return Buffer.concat([reply, reply.subarray(field.start, field.end)]);
  }),
  inOpt('owner is not the root', (reply, field) =>
    splice(reply, field.start, field.start + 1, Buffer.of(1, 97, 0)),
  ),
  inOpt('RDATA length lies', (reply, field) => {
    reply.writeUInt16BE(field.end - field.rdata + 4, field.fixed + 8);
    return reply;
  }),
  inOpt('an option nobody asked', (reply, field) => {
    if (field.end !== field.rdata) return reply;
    return splice(reply, field.start, field.end, buildOpt({ options: [[10, Buffer.alloc(16)]] }));
  }),
  inOpt('a cut option', (reply, field) =>
    splice(reply, field.start, field.end, buildOpt({ rdata: Buffer.of(0, 3, 0, 9) })),
  ),
  fault('OPT: came unasked', (reply) => {
    if (layout(reply).fields.some((each) => each.type === 41)) return undefined;
    bump(reply, 3, 1);
    return Buffer.concat([reply, buildOpt({})]);
  }),
];

function turnFlag(bits: number): (reply: Buffer, field: Field) => Buffer {
  return (reply, field) => {
    reply.writeUInt8(reply.readUInt8(field.fixed + 6) ^ bits, field.fixed + 6);
    return reply;
  };
}

/** What can go wrong with a stream and not with a datagram. */
const streams: readonly Corruption[] = [
  {
    name: 'TCP: length one more',
    stream: (bytes) => {
      bytes.writeUInt16BE(bytes.length - 1, 0);
      return bytes;
    },
  },
  {
    name: 'TCP: length one less',
    stream: (bytes) => {
      bytes.writeUInt16BE(bytes.length - 3, 0);
      return bytes;
    },
  },
  {
    name: 'TCP: length bytes swapped',
    stream: (bytes) =>
      Buffer.concat([bytes.subarray(1, 2), bytes.subarray(0, 1), bytes.subarray(2)]),
  },
  { name: 'TCP: no length', stream: (bytes) => bytes.subarray(2) },
  { name: 'TCP: reply twice', stream: (bytes) => Buffer.concat([bytes, bytes]) },
  { name: 'TCP: nothing sent', stream: () => Buffer.alloc(0) },
  {
    name: 'TCP: half sent, then the end',
    stream: (bytes) => bytes.subarray(0, bytes.length >> 1),
    closes: true,
  },
  { name: 'TCP: one reply a connection', stream: (bytes) => bytes, closes: true },
  {
    name: 'TCP: an empty message before each',
    stream: (bytes) => Buffer.concat([Buffer.of(0, 0), bytes]),
  },
  {
    name: 'TCP: truncated as if over UDP',
    stream: (bytes) => {
      bytes.writeUInt8(bytes.readUInt8(4) | 2, 4);
      return bytes;
    },
  },
  { name: 'TCP: the end never comes', stream: (bytes) => bytes, keepsOpen: true },
];

export const corruptions: readonly Corruption[] = [
  ...header,
  ...question,
  ...recordFaults,
  ...sizes,
  ...opt,
  ...streams,
];
