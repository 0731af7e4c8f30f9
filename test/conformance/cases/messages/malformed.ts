/**
 * What is no query at all: short, foreign, random, replies. FORMERR or silence, never a reply to a
 * reply (RFC 1035 7.3, RFC 5452), never a crash.
 */
import { check, expectAnswer, RCODES } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { type Address, framed, openTcp, udpExchange } from '../../wire/exchange.ts';
import { buildQuery, FLAG } from '../../wire/query.ts';
import { seededRandom } from '../../wire/seeded-random.ts';
import { rrset } from '../../zone.ts';

const one = 'one.conf.example';
const good = () => buildQuery({ name: one, type: 'A', edns: {} });
const SILENCE_MS = 150;

async function alive(server: Address): Promise<void> {
  await expectAnswer(server, { name: one }, { rcode: 'NOERROR', answer: rrset(one, 'A') });
}

const packet = (id: string, bytes: () => Buffer): Case => ({
  id: `malformed: ${id}`,
  rfc: 'RFC 1035 4.1',
  level: 'MUST',
  run: async (server) => {
    const reply = await udpExchange(server, bytes(), SILENCE_MS);
    if (reply !== undefined) {
      check(reply.length >= 12, () => `reply of ${reply.length} bytes`);
      check((reply[2] ?? 0) >> 7 === 1, () => 'QR is 0');
      check(reply.readUInt16BE(6) === 0, () => 'an answer');
    }
    await alive(server);
  },
});

const short = [1, 2, 3, 11].map((length) =>
  packet(`${length} bytes`, () => good().subarray(0, length)),
);

const replies: readonly Case[] = [
  ...(
    [
      ['a reply', { flags: FLAG.qr }],
      ['an authoritative reply', { flags: FLAG.qr | FLAG.aa }],
      ['a NOTIFY reply', { flags: FLAG.qr, opcode: 4 }],
      ['a reply with EDNS', { flags: FLAG.qr, edns: {} }],
      ['a reply of an unknown opcode', { flags: FLAG.qr, opcode: 9 }],
      ['a FORMERR reply', { flags: FLAG.qr | 1 }],
    ] as const
  ).map(
    ([id, fields]): Case => ({
      id: `malformed: ${id} is not answered`,
      rfc: 'RFC 8906 3.1',
      level: 'MUST',
      run: async (server) => {
        const query = buildQuery({ name: one, type: 'A', ...fields });
        check((await udpExchange(server, query, SILENCE_MS)) === undefined, () => 'an answer');
        await alive(server);
      },
    }),
  ),
  {
    id: 'malformed: short replies are not answered',
    rfc: 'RFC 8906 3.1',
    level: 'MUST',
    run: async (server) => {
      const query = buildQuery({ name: one, type: 'A', flags: FLAG.qr });
      for (const length of [12, 15, 20]) {
        const reply = await udpExchange(server, query.subarray(0, length), SILENCE_MS);
        check(reply === undefined, () => `an answer to ${length} bytes`);
      }
    },
  },
];

const whole: readonly Case[] = [
  packet('header alone', () => good().subarray(0, 12)),
  packet('zeros', () => Buffer.alloc(40)),
  packet('ones', () => Buffer.alloc(40, 0xff)),
  packet('text', () => Buffer.from('GET / HTTP/1.1\r\nHost: www.conf.example\r\n\r\n')),
  packet('cut in OPT', () => good().subarray(0, -3)),
  {
    id: 'malformed: bytes after the message',
    rfc: 'RFC 1035 4.1',
    level: 'MUST',
    run: async (server) => {
      // Both are seen in the field: ignored (answered as if they were not there) or FORMERR.
      const query = buildQuery({ name: one, type: 'A', trailing: Buffer.alloc(9, 7) });
      const reply = await udpExchange(server, query, 500);
      const rcode = (reply?.[3] ?? 0) & 15;
      check(rcode === 0 || rcode === RCODES.FORMERR, () => `rcode ${rcode}`);
      await alive(server);
    },
  },
  {
    id: 'malformed: every prefix of a good question',
    rfc: 'RFC 1035 4.1',
    level: 'MUST',
    when: 'alone',
    run: async (server) => {
      const query = good();
      const waits = Array.from({ length: query.length - 1 }, (_, length) =>
        udpExchange(server, query.subarray(0, length), SILENCE_MS),
      );
      for (const reply of await Promise.all(waits)) {
        check(reply === undefined || reply.readUInt16BE(6) === 0, () => 'an answer to a part');
      }
      await alive(server);
    },
  },
  {
    id: 'malformed: five hundred random packets',
    rfc: 'RFC 9267 2',
    level: 'MUST',
    when: 'alone',
    run: async (server) => {
      const random = seededRandom(20260101);
      const bytes = (count: number) =>
        Buffer.from(Array.from({ length: count }, () => random(256)));
      for (let round = 0; round < 5; round++) {
        const packets = Array.from({ length: 100 }, () => bytes(1 + random(600)));
        await Promise.all(packets.map((each) => udpExchange(server, each, 100)));
        await alive(server);
      }
    },
  },
  {
    id: 'malformed: random bytes over TCP',
    rfc: 'RFC 7766 8',
    level: 'MUST',
    when: 'stream',
    run: async (server) => {
      const random = seededRandom(20260102);
      for (let round = 0; round < 10; round++) {
        const client = await openTcp(server);
        const bytes = Buffer.from(Array.from({ length: 200 }, () => random(256)));
        await client.write(round % 2 === 0 ? bytes : framed(bytes));
        await client.receive(50);
        client.destroy();
      }
      await alive(server);
    },
  },
  {
    id: 'malformed: a TCP message of 65535 bytes',
    rfc: 'RFC 7766 8',
    level: 'MUST',
    when: 'stream',
    run: async (server) => {
      const client = await openTcp(server);
      await client.send(Buffer.concat([good(), Buffer.alloc(65535 - good().length)]));
      await client.receive(300);
      client.destroy();
      await alive(server);
    },
  },
];

export const cases: readonly Case[] = [...short, ...replies, ...whole];
