/**
 * Faults for the corrupting proxy, each a single one: a bit, a count, a field, a record too many or
 * too few. A corruption answers undefined where a reply gives it nothing to break.
 */
import { buildOpt, buildRecord } from './wire/query.ts';
import { labelsToText, textToWire, typeName } from './wire/rdata-text.ts';

export interface Corruption {
  readonly name: string;
  readonly change: (reply: Buffer, query: Buffer) => Buffer | readonly Buffer[] | undefined;
}

interface Field {
  readonly section: number;
  readonly type: number;
  readonly start: number;
  /** Where type, class, TTL and RDATA length begin. */
  readonly fixed: number;
  readonly rdata: number;
  readonly end: number;
}

interface Layout {
  readonly questionEnd: number;
  readonly fields: readonly Field[];
}

const HEADER = 12;

function skipName(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const length = bytes.readUInt8(at);
    if (length >= 192) return at + 2;
    at += 1 + length;
    if (length === 0) return at;
  }
}

function layout(bytes: Buffer): Layout {
  let at = HEADER;
  for (let left = bytes.readUInt16BE(4); left > 0; left--) at = skipName(bytes, at) + 4;
  const questionEnd = at;
  const fields: Field[] = [];
  for (const section of [1, 2, 3]) {
    for (let left = bytes.readUInt16BE(4 + section * 2); left > 0; left--) {
      const start = at;
      const fixed = skipName(bytes, at);
      const rdata = fixed + 10;
      at = rdata + bytes.readUInt16BE(fixed + 8);
      fields.push({ section, type: bytes.readUInt16BE(fixed), start, fixed, rdata, end: at });
    }
  }
  return { questionEnd, fields };
}

type Change = Corruption['change'];

const fault = (name: string, change: Change): Corruption => ({ name, change });

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

/** Changes the first record of a type in a section (0: any section). */
const inRecord = (
  name: string,
  which: { readonly type?: number; readonly section?: number },
  change: (reply: Buffer, field: Field) => Buffer | undefined,
): Corruption =>
  fault(name, (reply) => {
    const found = layout(reply).fields.find(
      (each) =>
        (which.type === undefined ? each.type !== 41 : each.type === which.type) &&
        (which.section === undefined || each.section === which.section),
    );
    return found === undefined ? undefined : change(reply, found);
  });

const turnByte = (at: (field: Field) => number) => (reply: Buffer, field: Field) => {
  reply.writeUInt8(reply.readUInt8(at(field)) ^ 1, at(field));
  return reply;
};

const setTtl = (turn: (ttl: number) => number) => (reply: Buffer, field: Field) => {
  reply.writeUInt32BE(turn(reply.readUInt32BE(field.fixed + 4)) >>> 0, field.fixed + 4);
  return reply;
};

function splice(reply: Buffer, from: number, to: number, insert: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([reply.subarray(0, from), insert, reply.subarray(to)]);
}

function bump(reply: Buffer, section: number, by: number): void {
  reply.writeUInt16BE(reply.readUInt16BE(4 + section * 2) + by, 4 + section * 2);
}

/** Puts a record at the end of a section. */
const extra = (name: string, section: number, record: Buffer): Corruption =>
  fault(name, (reply) => {
    const { fields, questionEnd } = layout(reply);
    const before = fields.filter((each) => each.section <= section && each.type !== 41);
    const at = before.at(-1)?.end ?? questionEnd;
    bump(reply, section, 1);
    return splice(reply, at, at, record);
  });

const remove = (reply: Buffer, field: Field): Buffer => {
  bump(reply, field.section, -1);
  return splice(reply, field.start, field.end);
};

/** Replaces the only answer by records written in full, when nothing but OPT follows it. */
const rewrite = (
  name: string,
  make: (owner: string, rdata: Buffer, ttl: number) => readonly Buffer[] | undefined,
): Corruption =>
  fault(name, (reply) => {
    const { fields, questionEnd } = layout(reply);
    const [only, next] = fields;
    if (only?.section !== 1 || only.type !== 1) return undefined;
    if (next !== undefined && next.type !== 41) return undefined;
    const owner = questionName(reply, questionEnd);
    const made = make(
      owner,
      reply.subarray(only.rdata, only.end),
      reply.readUInt32BE(only.fixed + 4),
    );
    if (made === undefined) return undefined;
    bump(reply, 1, made.length - 1);
    return splice(reply, only.start, only.end, Buffer.concat(made));
  });

function questionName(reply: Buffer, end: number): string {
  const labels: Buffer[] = [];
  for (let at = HEADER; at < end - 5; at += 1 + reply.readUInt8(at)) {
    labels.push(reply.subarray(at + 1, at + 1 + reply.readUInt8(at)));
  }
  return labelsToText(labels);
}

const inOpt = (name: string, change: (reply: Buffer, field: Field) => Buffer): Corruption =>
  inRecord(`OPT: ${name}`, { type: 41 }, change);

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

const foreign = buildRecord({
  owner: 'evil.example.',
  type: 'A',
  ttl: 300,
  rdata: Buffer.of(203, 0, 113, 66),
});
const inZone = buildRecord({
  owner: 'mail.conf.example.',
  type: 'A',
  ttl: 300,
  rdata: Buffer.of(192, 0, 2, 3),
});

let serial = 0;

const recordFaults: readonly Corruption[] = [
  ...[1, 28, 5, 2, 6, 12, 15, 16, 33, 257, 65280].map((type) =>
    inRecord(`last RDATA byte of ${typeName(type)}`, { type }, (reply, field) => {
      // A name ends in its root or in a pointer: break a letter of it, or its field, instead.
      const names = [5, 2, 12].includes(type);
      if (type === 6) return turnByte((each) => each.end - 1)(reply, field);
      if (type === 15 || type === 33) return turnByte((each) => each.rdata + 1)(reply, field);
      return turnByte((each) => (names ? each.rdata + 1 : each.end - 1))(reply, field);
    }),
  ),
  inRecord(
    'SRV weight',
    { type: 33 },
    turnByte((field) => field.rdata + 3),
  ),
  inRecord(
    'SRV port',
    { type: 33 },
    turnByte((field) => field.rdata + 5),
  ),
  inRecord('SOA serial, another in each reply', { type: 6 }, (reply, field) => {
    serial++;
    reply.writeUInt32BE(serial, field.end - 20);
    return reply;
  }),
  inRecord(
    'SOA expire',
    { type: 6 },
    turnByte((field) => field.end - 5),
  ),
  inRecord(
    'SOA TTL of a negative answer is the SOA’s own',
    { type: 6, section: 2 },
    setTtl(() => 3600),
  ),
  inRecord(
    'TTL plus one',
    { section: 1 },
    setTtl((ttl) => ttl + 1),
  ),
  inRecord(
    'TTL zero',
    { section: 1 },
    setTtl(() => 0),
  ),
  inRecord(
    'TTL above 2^31',
    { section: 1 },
    setTtl((ttl) => ttl + 0x80000000),
  ),
  inRecord(
    'TTL of the referral',
    { type: 2, section: 2 },
    setTtl((ttl) => ttl - 1),
  ),
  inRecord(
    'TTL in additional',
    { type: 1, section: 3 },
    setTtl((ttl) => ttl * 2),
  ),
  inRecord('class CH', {}, (reply, field) => {
    reply.writeUInt16BE(3, field.fixed + 2);
    return reply;
  }),
  inRecord('type changed', { section: 1, type: 1 }, (reply, field) => {
    reply.writeUInt16BE(11, field.fixed);
    return reply;
  }),
  inRecord('RDATA length one more', {}, (reply, field) => {
    reply.writeUInt16BE(field.end - field.rdata + 1, field.fixed + 8);
    return reply;
  }),
  inRecord('RDATA length one less', {}, (reply, field) => {
    reply.writeUInt16BE(Math.max(0, field.end - field.rdata - 1), field.fixed + 8);
    return reply;
  }),
  inRecord('RDATA length 65535', {}, (reply, field) => {
    reply.writeUInt16BE(65535, field.fixed + 8);
    return reply;
  }),
  inRecord('SOA missing', { type: 6, section: 2 }, remove),
  inRecord('an answer missing', { section: 1, type: 1 }, remove),
  inRecord('an NS of a referral missing', { section: 2, type: 2 }, remove),
  inRecord('glue missing', { section: 3, type: 28 }, remove),
  fault('last answer missing', (reply) => {
    const last = layout(reply)
      .fields.filter((each) => each.section === 1)
      .at(-1);
    return last === undefined ? undefined : remove(reply, last);
  }),
  inRecord('a record twice', { section: 1 }, (reply, field) => {
    bump(reply, 1, 1);
    return splice(reply, field.end, field.end, Buffer.from(reply.subarray(field.start, field.end)));
  }),
  extra('foreign record in the answer', 1, foreign),
  extra('foreign record in authority', 2, foreign),
  extra('foreign record in additional', 3, foreign),
  extra('our own record where nobody asked', 1, inZone),
  extra('our own record in additional', 3, inZone),
  rewrite('owner is the wildcard itself', (owner, rdata, ttl) =>
    owner.endsWith('.wild.conf.example.')
      ? [buildRecord({ owner: '*.wild.conf.example.', type: 'A', ttl, rdata })]
      : undefined,
  ),
  rewrite('owner is the parent', (owner, rdata, ttl) => [
    buildRecord({ owner: owner.replace(/^[^.]*\./, ''), type: 'A', ttl, rdata }),
  ]),
  rewrite('a second address with another TTL', (owner, rdata, ttl) => [
    buildRecord({ owner, type: 'A', ttl, rdata }),
    buildRecord({ owner, type: 'A', ttl: ttl + 5, rdata: Buffer.of(203, 0, 113, 67) }),
  ]),
  rewrite('a CNAME to the name itself added', (owner, rdata, ttl) => [
    buildRecord({ owner, type: 'A', ttl, rdata }),
    buildRecord({ owner, type: 'CNAME', ttl, rdata: textToWire(owner) }),
  ]),
];

/** The owner of the first record, which servers write as a pointer. */
const ownerPointer = (name: string, target: (field: Field, reply: Buffer) => number): Corruption =>
  inRecord(`owner pointer: ${name}`, { section: 1 }, (reply, field) => {
    if (reply.readUInt8(field.start) < 192) return undefined;
    reply.writeUInt16BE(0xc000 | target(field, reply), field.start);
    return reply;
  });

const pointers: readonly Corruption[] = [
  ownerPointer('to itself', (field) => field.start),
  ownerPointer('forward', (field) => field.rdata),
  ownerPointer('into the header', () => 0),
  ownerPointer('into a label', () => HEADER + 1),
  ownerPointer('to the parent', (_field, reply) => HEADER + 1 + reply.readUInt8(HEADER)),
  ownerPointer('behind the end', (_field, reply) => Math.min(0x3fff, reply.length + 5)),
  inRecord('owner of label type 01', { section: 1 }, (reply, field) => {
    reply.writeUInt8(0x41, field.start);
    return reply;
  }),
];

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

export const corruptions: readonly Corruption[] = [
  ...header,
  ...question,
  ...recordFaults,
  ...pointers,
  ...sizes,
  ...opt,
];
