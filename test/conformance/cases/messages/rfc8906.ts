/**
 * RFC 8906: an answer, never silence, to what is legal and unusual: types, opcodes, flags, classes
 * that the server does not know; and headers built new instead of echoed.
 */
import { ask, check, compare, expectAnswer, RCODES, type Rcode } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { udpExchange, udpReplies } from '../../wire/exchange.ts';
import { buildQuery, FLAG } from '../../wire/query.ts';
import { negativeSoa, rrset } from '../../zone.ts';

const one = 'one.conf.example';

const types = [
  3, 11, 13, 17, 24, 29, 35, 39, 42, 44, 46, 47, 48, 50, 51, 52, 59, 60, 62, 64, 65, 99, 108, 256,
  258, 1000, 32768, 65279, 65534,
];

const unusualTypes = types.map(
  (type): Case => ({
    id: `unusual: TYPE${type}`,
    rfc: 'RFC 8906 3.1.1',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: one, type: `TYPE${type}` },
        {
          rcode: 'NOERROR',
          aa: true,
          answer: [],
          authority: negativeSoa(),
        },
      ),
  }),
);

/** Meta types and type 0 may be refused or answered (reliability: allowed to differ), not ignored. */
const metaTypes = [0, 41, 128, 249, 250, 253, 254, 65535].map(
  (type): Case => ({
    id: `unusual: meta TYPE${type} is answered`,
    rfc: 'RFC 8906 3.1.1',
    level: 'MUST',
    run: async (server) => {
      const reply = await udpExchange(server, buildQuery({ name: one, type: `TYPE${type}` }));
      check(reply !== undefined, () => 'no reply');
    },
  }),
);

const flags = (
  [
    ['Z', FLAG.z],
    ['AD', FLAG.ad],
    ['CD', FLAG.cd],
    ['RD', FLAG.rd],
    ['RA', FLAG.ra],
    ['AA', FLAG.aa],
    ['TC', FLAG.tc],
    ['all', FLAG.z | FLAG.ad | FLAG.cd | FLAG.rd | FLAG.ra | FLAG.aa],
  ] as const
).map(
  ([name, bits]): Case => ({
    id: `unusual: flag ${name} in a question`,
    rfc: 'RFC 8906 3.1.3',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: one, flags: bits },
        {
          rcode: 'NOERROR',
          aa: true,
          answer: rrset(one, 'A'),
        },
      ),
  }),
);

const opcodes = [1, 2, 3, 6, 7, 11, 15].flatMap((opcode): Case[] => [
  {
    id: `unusual: opcode ${opcode} is NOTIMP`,
    rfc: 'RFC 8906 3.1.4',
    level: 'MUST',
    run: async (server) => {
      const reply = await udpExchange(server, buildQuery({ name: one, type: 'A', opcode }));
      check(reply !== undefined, () => 'no reply');
      check(((reply[3] ?? 0) & 15) === RCODES.NOTIMP, () => `rcode ${(reply[3] ?? 0) & 15}`);
      check((((reply[2] ?? 0) >> 3) & 15) === opcode, () => 'another opcode');
      check((reply[2] ?? 0) >> 7 === 1, () => 'QR is 0');
    },
  },
]);

const echoed: Case = {
  id: 'unusual: an error’s header is built, not echoed',
  rfc: 'RFC 1035 4.1.1',
  level: 'SHOULD',
  run: async (server) => {
    const bits = FLAG.z | FLAG.ra | FLAG.aa | FLAG.ad;
    const query = buildQuery({ name: one, type: 'A', opcode: 15, flags: bits });
    const reply = await udpExchange(server, query);
    check(reply !== undefined, () => 'no reply');
    const word = reply.readUInt16BE(2);
    check((word & bits) === 0, () => `flags ${(word & bits).toString(16)} came back`);
  },
};

const changing = (
  [
    ['UPDATE', 5, ['NOTIMP', 'REFUSED', 'NOTAUTH', 'FORMERR']],
    ['NOTIFY', 4, ['NOTIMP', 'REFUSED', 'NOTAUTH', 'NOERROR']],
  ] as const
).map(
  ([name, opcode, allowed]): Case => ({
    id: `unusual: ${name} from a stranger`,
    rfc: 'RFC 8906 3.1.4',
    level: 'MUST',
    run: async (server) => {
      const query = buildQuery({ name: 'conf.example', type: 'SOA', opcode });
      const reply = await udpExchange(server, query);
      check(reply !== undefined, () => 'no reply');
      const rcode = (reply[3] ?? 0) & 15;
      const codes: readonly Rcode[] = allowed;
      check(
        codes.some((each) => RCODES[each] === rcode),
        () => `rcode ${rcode}`,
      );
    },
  }),
);

const transfers = ['AXFR', 'IXFR'].map(
  (type): Case => ({
    id: `unusual: ${type} gives no zone away`,
    rfc: 'RFC 5936 5',
    level: 'MUST',
    run: async (server) => {
      const reply = await udpExchange(server, buildQuery({ name: 'conf.example', type }));
      check(reply !== undefined, () => 'no reply');
      check(reply.readUInt16BE(6) <= 1, () => `${reply.readUInt16BE(6)} records`);
      check(((reply[3] ?? 0) & 15) !== RCODES.NXDOMAIN, () => 'NXDOMAIN at the apex');
    },
  }),
);

const classes = [2, 3, 4, 254, 255, 4096].map(
  (klass): Case => ({
    id: `unusual: class ${klass} is answered`,
    rfc: 'RFC 8906 3.1',
    level: 'MUST',
    run: async (server) => {
      const reply = await udpExchange(server, buildQuery({ name: one, type: 'A', class: klass }));
      check(reply !== undefined, () => 'no reply');
      const rcode = (reply[3] ?? 0) & 15;
      // NXDOMAIN would say that the name does not exist, which nobody asked in that class.
      check(rcode !== RCODES.NXDOMAIN && rcode !== RCODES.SERVFAIL, () => `rcode ${rcode}`);
    },
  }),
);

const single: Case = {
  id: 'unusual: one question, one reply',
  rfc: 'RFC 1035 7.3',
  level: 'MUST',
  run: async (server) => {
    for (const name of [one, 'missing.conf.example', 'www.other.example', 'big.conf.example']) {
      const query = buildQuery({ name, type: 'A' });
      const replies = await udpReplies(server, query, { limitMs: 1500, lingerMs: 60 });
      check(replies.length === 1, () => `${replies.length} replies for ${name}`);
    }
  },
};

const ids: Case = {
  id: 'unusual: ids 0 and 65535',
  rfc: 'RFC 1035 4.1.1',
  level: 'MUST',
  run: async (server) => {
    for (const id of [0, 65535, 1]) {
      compare(await ask(server, { name: one, id }), { answer: rrset(one, 'A') }, `id ${id}`);
    }
  },
};

export const cases: readonly Case[] = [
  ...unusualTypes,
  ...metaTypes,
  ...flags,
  ...opcodes,
  echoed,
  ...changing,
  ...transfers,
  ...classes,
  single,
  ids,
];
