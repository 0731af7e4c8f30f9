/**
 * RFC 9619: a query has one question. Others get FORMERR; which is an answer, not silence (RFC
 * 8906), as long as the header can be read.
 */
import { check, RCODES } from '../../expect.ts';
import type { Case, Level } from '../../runner.ts';
import { openTcp, udpExchange } from '../../wire/exchange.ts';
import { buildOpt, buildQuery } from '../../wire/query.ts';
import { textToWire } from '../../wire/rdata-text.ts';

const one = 'one.conf.example';
const second = Buffer.concat([textToWire('www.conf.example'), Buffer.of(0, 1, 0, 1)]);

const twoQuestions = () =>
  buildQuery({ name: one, type: 'A', counts: [2, 0, 0, 0], records: second });

const counted = (questions: number) =>
  buildQuery({ name: one, type: 'A', counts: [questions, 0, 0, 0] });

/** Where the questions themselves cannot be read, silence breaks no MUST. */
const wrong: readonly (readonly [id: string, level: Level, query: () => Buffer])[] = [
  ['two questions', 'MUST', twoQuestions],
  [
    'twice the same',
    'MUST',
    () =>
      buildQuery({ name: 'www.conf.example', type: 'A', counts: [2, 0, 0, 0], records: second }),
  ],
  ['two counted, one there', 'SHOULD', () => counted(2)],
  ['65535 counted', 'SHOULD', () => counted(65535)],
  ['none', 'SHOULD', () => counted(0).subarray(0, 12)],
];

export const cases: readonly Case[] = [
  ...wrong.map(
    ([id, level, query]): Case => ({
      id: `question count: ${id}`,
      rfc: 'RFC 9619 4',
      level,
      run: async (server) => {
        const reply = await udpExchange(server, query(), 500);
        check(reply !== undefined, () => 'no reply');
        const rcode = (reply[3] ?? 0) & 15;
        check(rcode === RCODES.FORMERR, () => `rcode ${rcode}`);
        check(reply.readUInt16BE(6) === 0, () => 'an answer to a malformed query');
      },
    }),
  ),
  {
    id: 'question count: none, and OPT without a cookie',
    rfc: 'RFC 7873 5.4',
    level: 'SHOULD',
    run: async (server) => {
      const head = buildQuery({ name: one, type: 'A', counts: [0, 0, 0, 1] }).subarray(0, 12);
      const reply = await udpExchange(server, Buffer.concat([head, buildOpt({})]), 500);
      check(reply !== undefined, () => 'no reply');
      // FORMERR, or the empty NOERROR that a cookie would get; never records.
      check([0, 1].includes((reply[3] ?? 0) & 15), () => `rcode ${(reply[3] ?? 0) & 15}`);
      check(reply.readUInt16BE(6) + reply.readUInt16BE(8) === 0, () => 'records');
    },
  },
  {
    id: 'question count: two questions over TCP',
    rfc: 'RFC 9619 4',
    level: 'SHOULD',
    when: 'stream',
    run: async (server) => {
      const client = await openTcp(server);
      try {
        await client.send(twoQuestions());
        const reply = await client.receive(2000);
        check(reply !== 'silence', () => 'neither an answer nor an end');
        if (!Buffer.isBuffer(reply)) return;
        check(((reply[3] ?? 0) & 15) === RCODES.FORMERR, () => 'not FORMERR');
      } finally {
        client.destroy();
      }
    },
  },
];
