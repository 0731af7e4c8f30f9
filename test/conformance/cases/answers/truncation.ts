/**
 * RFC 1035 4.2.1, RFC 2181 9, RFC 6891 6.2: what does not fit says so, whole RRsets or none, and TC
 * only where something that was asked for is missing.
 */
import { check, expectAnswer } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { rrset } from '../../zone.ts';

const big = 'big.conf.example';

const tooBig = [
  ['100 A without EDNS', { name: big }],
  ['100 A in 1232', { name: big, edns: { size: 1232 } }],
  ['30 AAAA without EDNS', { name: 'mid.conf.example', type: 'AAAA' }],
  ['30 AAAA in 800', { name: 'mid.conf.example', type: 'AAAA', edns: { size: 800 } }],
  ['30 KB of TXT in 4096', { name: 'huge.conf.example', type: 'TXT', edns: { size: 4096 } }],
] as const;

const truncated = tooBig.map(
  ([id, question]): Case => ({
    id: `truncation: ${id}`,
    rfc: 'RFC 2181 9',
    level: 'MUST',
    run: (server) => expectAnswer(server, question, { rcode: 'NOERROR', aa: true, tc: true }),
  }),
);

const wholeOrNone = tooBig.map(
  ([id, question]): Case => ({
    id: `truncation: no part of an RRset, ${id}`,
    rfc: 'RFC 2181 9',
    level: 'SHOULD',
    run: async (server) => {
      const got = await expectAnswer(server, question, { tc: true });
      check(got.answer.length === 0, () => `${got.answer.length} records of a cut RRset`);
    },
  }),
);

const fits: readonly Case[] = [
  {
    id: 'truncation: what fits is whole',
    rfc: 'RFC 6891 6.2.3',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'mid.conf.example', type: 'AAAA', edns: { size: 1232 } },
        {
          rcode: 'NOERROR',
          aa: true,
          answer: rrset('mid.conf.example', 'AAAA'),
        },
      ),
  },
  {
    id: 'truncation: lost additional data is not TC',
    rfc: 'RFC 2181 9',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'bytes.conf.example', type: 'TXT' },
        {
          rcode: 'NOERROR',
          tc: false,
          answer: rrset('bytes.conf.example', 'TXT'),
        },
      ),
  },
  {
    id: 'truncation: a UDP reply stays within 1232 octets',
    rfc: 'RFC 9715 3',
    level: 'SHOULD',
    run: async (server) => {
      const got = await expectAnswer(server, { name: big, edns: { size: 4096 } }, { tc: true });
      check(got.size <= 1232, () => `${got.size} bytes`);
    },
  },
];

export const cases: readonly Case[] = [...truncated, ...wholeOrNone, ...fits];
