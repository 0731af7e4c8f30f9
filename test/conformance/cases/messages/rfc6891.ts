/**
 * RFC 6891: sizes, versions, flags and options that we know and that nobody knows, and OPT records
 * that are wrong; RFC 5001 (NSID) and RFC 3225 (DO).
 */
import { ask, check, expectAnswer, RCODES } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { udpExchange } from '../../wire/exchange.ts';
import { buildOpt, buildQuery, type QueryEdns } from '../../wire/query.ts';
import { negativeSoa, rrset } from '../../zone.ts';

const one = 'one.conf.example';
const answer = rrset(one, 'A');

const tolerated: readonly (readonly [id: string, section: string, edns: QueryEdns])[] = [
  ['plain', '6.1.1', {}],
  ['size 4096', '6.2.3', { size: 4096 }],
  ['size 65535', '6.2.3', { size: 65535 }],
  ['size 512', '6.2.3', { size: 512 }],
  ['size 511 means 512', '6.2.3', { size: 511 }],
  ['size 0 means 512', '6.2.3', { size: 0 }],
  ['size 1 means 512', '6.2.3', { size: 1 }],
  ['DO', '6.1.4', { flags: 0x8000 }],
  ['undefined flags', '6.1.4', { flags: 0x7fff }],
  ['undefined flags and DO', '6.1.4', { flags: 0xffff }],
  ['unknown option', '6.1.2', { options: [[65001, Buffer.from('0102', 'hex')]] }],
  ['unknown empty option', '6.1.2', { options: [[65002, Buffer.alloc(0)]] }],
  [
    'twenty unknown options',
    '6.1.2',
    { options: Array.from({ length: 20 }, (_, i) => [65100 + i, Buffer.alloc(3)] as const) },
  ],
  ['padding', '6.1.2', { options: [[12, Buffer.alloc(300)]] }],
  ['client subnet', '6.1.2', { options: [[8, Buffer.from('00011800c00002', 'hex')]] }],
  ['keepalive over UDP', '6.1.2', { options: [[11, Buffer.alloc(0)]] }],
  ['expire', '6.1.2', { options: [[9, Buffer.alloc(0)]] }],
  ['extended error from a client', '6.1.2', { options: [[15, Buffer.from('0000', 'hex')]] }],
  ['extended rcode in a question', '6.1.3', { extendedRcode: 7 }],
];

const good: readonly Case[] = tolerated.map(([id, section, edns]) => ({
  id: `edns: ${id}`,
  rfc: `RFC 6891 ${section}`,
  level: 'MUST',
  run: (server) =>
    expectAnswer(server, { name: one, edns }, { rcode: 'NOERROR', aa: true, answer }),
}));

/** A wrong OPT gets FORMERR; silence is no answer to a header that could be read. */
const broken: readonly (readonly [id: string, query: () => Buffer])[] = [
  [
    'two OPT records',
    () =>
      buildQuery({ name: one, type: 'A', counts: [1, 0, 0, 2], edns: {}, trailing: buildOpt({}) }),
  ],
  [
    'OPT not owned by the root',
    () => buildQuery({ name: one, type: 'A', edns: { owner: Buffer.from('\u0001a\0', 'latin1') } }),
  ],
  [
    'option longer than OPT',
    () => buildQuery({ name: one, type: 'A', edns: { rdata: Buffer.from('fde80009aa', 'hex') } }),
  ],
  [
    'option header cut',
    () => buildQuery({ name: one, type: 'A', edns: { rdata: Buffer.from('fde8', 'hex') } }),
  ],
  [
    'OPT longer than the message',
    () => buildQuery({ name: one, type: 'A', edns: { rdataLength: 40 } }),
  ],
];

const wrong: readonly Case[] = broken.map(([id, query]) => ({
  id: `edns: ${id}`,
  rfc: 'RFC 6891 6.1',
  // Two are a MUST (6.1.1); the owner and the options' lengths are a MUST for the sender only.
  level: id === 'two OPT records' ? 'MUST' : 'SHOULD',
  run: async (server) => {
    const reply = await udpExchange(server, query());
    check(reply !== undefined, () => `${id}: no reply`);
    const rcode = (reply[3] ?? 0) & 15;
    check(rcode === RCODES.FORMERR, () => `${id}: rcode ${rcode}`);
  },
}));

const versions = [1, 2, 255].map(
  (version): Case => ({
    id: `edns: version ${version}`,
    rfc: 'RFC 6891 6.1.3',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: one, edns: { version, options: [[65001, Buffer.alloc(2)]] } },
        {
          rcode: 'BADVERS',
          answer: [],
          authority: [],
          additional: [],
        },
      ),
  }),
);

const elsewhere: readonly Case[] = [
  {
    id: 'edns: with NXDOMAIN',
    rfc: 'RFC 6891 6.1.1',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'missing.conf.example', edns: {} },
        {
          rcode: 'NXDOMAIN',
          authority: negativeSoa(),
        },
      ),
  },
  {
    id: 'edns: with REFUSED',
    rfc: 'RFC 6891 6.1.1',
    level: 'MUST',
    run: (server) =>
      expectAnswer(server, { name: 'www.other.example', edns: {} }, { rcode: 'REFUSED' }),
  },
  {
    id: 'edns: with TC',
    rfc: 'RFC 6891 7',
    level: 'MUST',
    run: (server) => expectAnswer(server, { name: 'big.conf.example', edns: {} }, { tc: true }),
  },
  {
    id: 'edns: our own size is offered, not the asker’s',
    rfc: 'RFC 6891 6.2.3',
    level: 'SHOULD',
    run: async (server) => {
      const got = await ask(server, { name: one, edns: { size: 4095 } });
      check(got.edns?.size !== 4095, () => 'the asker’s size is echoed');
    },
  },
  {
    id: 'edns: NSID is given when asked or not at all',
    rfc: 'RFC 5001 2.1',
    level: 'SHOULD',
    run: async (server) => {
      const got = await ask(server, { name: one, edns: { options: [[3, Buffer.alloc(0)]] } });
      check(got.edns?.options.some((option) => option.code === 3) === true, () => 'no NSID');
    },
  },
];

export const cases: readonly Case[] = [...good, ...wrong, ...versions, ...elsewhere];
