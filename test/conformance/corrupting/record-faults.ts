/**
 * Faults in records: data, TTLs, owners, lengths, compression, a record too many or too few.
 */
import { buildRecord } from '../wire/query.ts';
import { labelsToText, textToWire, typeName } from '../wire/rdata-text.ts';
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

const turnByte = (at: (field: Field) => number) => (reply: Buffer, field: Field) => {
  reply.writeUInt8(reply.readUInt8(at(field)) ^ 1, at(field));
  return reply;
};

const setTtl = (turn: (ttl: number) => number) => (reply: Buffer, field: Field) => {
  reply.writeUInt32BE(turn(reply.readUInt32BE(field.fixed + 4)) >>> 0, field.fixed + 4);
  return reply;
};

/** Puts a record at the end of a section. */
const extra = (name: string, section: number, record: Buffer): Corruption =>
  fault(name, (reply) => {
    const { fields, questionEnd } = layout(reply);
    const before = fields.filter((each) => each.section <= section && each.type !== 41);
    const at = before.at(-1)?.end ?? questionEnd;
    bump(reply, section, 1);
    return splice(reply, at, at, record);
  });

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

const inData: readonly Corruption[] = [
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

export const recordFaults: readonly Corruption[] = [...inData, ...pointers];
