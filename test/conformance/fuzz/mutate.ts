/**
 * Good questions and their mutations, from a seed: bits, bytes, cuts, insertions, counts, pointers,
 * two messages grown together.
 */
import { buildQuery, buildRecord, FLAG } from '../wire/query.ts';
import type { Random } from '../wire/seeded-random.ts';
import { records } from '../zone.ts';

const TYPES = ['A', 'AAAA', 'TXT', 'MX', 'SRV', 'NS', 'SOA', 'CNAME', 'ANY', 'AXFR', 'TYPE65280'];
const NAMES = [
  ...new Set(records.map((each) => each.owner)),
  'missing.conf.example.',
  'x.wild.conf.example.',
  'a.b.sub.conf.example.',
  'www.other.example.',
  '.',
];

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;
const bytes = (random: Random, count: number) =>
  Buffer.from(Array.from({ length: count }, () => random(256)));

/** A question that servers must answer, with EDNS, cookies and flags now and then. */
function goodQuery(random: Random): Buffer {
  const options = [
    [10, bytes(random, pick(random, [8, 24]))],
    [3, Buffer.alloc(0)],
    [12, Buffer.alloc(random(40))],
    [8, Buffer.from('00011800c00002', 'hex')],
    [11, Buffer.alloc(0)],
  ] as const;
  const edns = {
    size: pick(random, [0, 512, 1232, 4096, 65535]),
    flags: pick(random, [0, 0x8000]),
    options: options.filter(() => random(3) === 0),
  };
  return buildQuery({
    name: pick(random, NAMES),
    type: pick(random, TYPES),
    flags: random(2) === 0 ? FLAG.rd : 0,
    opcode: random(12) === 0 ? random(16) : 0,
    edns: random(3) === 0 ? undefined : edns,
  });
}

type Mutation = (good: Buffer, random: Random) => Buffer;

const insert = (good: Buffer, at: number, what: Buffer) =>
  Buffer.concat([good.subarray(0, at), what, good.subarray(at)]);

const mutations: readonly Mutation[] = [
  (good, random) => {
    for (let left = 1 + random(8); left > 0; left--) {
      const at = random(good.length);
      good.writeUInt8(good.readUInt8(at) ^ (1 << random(8)), at);
    }
    return good;
  },
  (good, random) => {
    for (let left = 1 + random(4); left > 0; left--) {
      good.writeUInt8(
        pick(random, [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff, random(256)]),
        random(good.length),
      );
    }
    return good;
  },
  (good, random) => good.subarray(0, random(good.length)),
  (good, random) => Buffer.concat([good, bytes(random, 1 + random(300))]),
  (good, random) => insert(good, random(good.length), bytes(random, 1 + random(20))),
  (good, random) => {
    const at = 2 + random(10);
    good.writeUInt8(pick(random, [0, 1, 2, 255, random(256)]), at);
    return good;
  },
  (good, random) => {
    // A pointer anywhere behind the header, to anywhere.
    const at = 12 + random(Math.max(1, good.length - 13));
    good.writeUInt16BE(0xc000 | random(good.length + 8), Math.min(at, good.length - 2));
    return good;
  },
  (good, random) => {
    const other = goodQuery(random);
    return Buffer.concat([
      good.subarray(0, random(good.length)),
      other.subarray(random(other.length)),
    ]);
  },
  (good, random) => {
    const at = random(good.length);
    return insert(good, at, good.subarray(at, at + random(30)));
  },
  (good, random) => {
    // A true record where a question has none, counted in a section of its own choice.
    const rdata = bytes(random, random(30));
    const owner = pick(random, NAMES);
    const lying = random(2) === 0 ? {} : { rdataLength: random(70) };
    const record = buildRecord({ owner, type: pick(random, TYPES), rdata, ...lying });
    const at = 6 + 2 * random(3);
    good.writeUInt16BE((good.readUInt16BE(at) + 1) & 0xffff, at);
    return Buffer.concat([good, record]);
  },
  (_good, random) => bytes(random, random(700)),
];

/** One to three mutations, one after the other. The id is left to the caller. */
export function mutated(random: Random): Buffer {
  let packet = goodQuery(random);
  for (let left = 1 + random(3); left > 0 && packet.length > 14; left--) {
    packet = pick(random, mutations)(Buffer.from(packet), random);
  }
  return packet;
}
