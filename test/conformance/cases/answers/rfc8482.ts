/**
 * RFC 8482: ANY is answered, truly and with little: some RRset of the name, or HINFO, never more
 * than UDP should carry and never a lie about what exists.
 */
import { ask, check, expectAnswer, RCODES, recordLine } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { line, negativeSoa, records, rrset } from '../../zone.ts';

const HINFO = 13;

const subset = ['www.conf.example', 'conf.example', 'text.conf.example', 'odd.conf.example'].map(
  (name): Case => ({
    id: `any: ${name} gets some of its data`,
    rfc: 'RFC 8482 4',
    level: 'MUST',
    run: async (server) => {
      const got = await ask(server, { name, type: 'ANY', edns: {} });
      check(got.rcode === RCODES.NOERROR && got.flags.aa, () => `rcode ${got.rcode}`);
      check(got.answer.length > 0 || got.flags.tc, () => 'nothing, as if the name were empty');
      const own = new Set(records.filter((each) => each.owner === `${name}.`).map(line));
      for (const each of got.answer) {
        check(
          each.type === HINFO || own.has(recordLine(each)),
          () => `foreign ${recordLine(each)}`,
        );
      }
    },
  }),
);

export const cases: readonly Case[] = [
  ...subset,
  {
    id: 'any: NXDOMAIN stays NXDOMAIN',
    rfc: 'RFC 8482 4',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'missing.conf.example', type: 'ANY' },
        {
          rcode: 'NXDOMAIN',
          aa: true,
          answer: [],
          authority: negativeSoa(),
        },
      ),
  },
  {
    id: 'any: an empty non-terminal stays empty',
    rfc: 'RFC 8482 4',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'ent.conf.example', type: 'ANY' },
        {
          rcode: 'NOERROR',
          aa: true,
          answer: [],
          authority: negativeSoa(),
        },
      ),
  },
  {
    id: 'any: an alias answers with itself',
    rfc: 'RFC 8482 4.3',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'alias.conf.example', type: 'ANY' },
        {
          rcode: 'NOERROR',
          aa: true,
          answer: rrset('alias.conf.example', 'CNAME'),
        },
      ),
  },
  {
    id: 'any: at a cut it is a referral',
    rfc: 'RFC 1034 4.3.2',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'sub.conf.example', type: 'ANY' },
        {
          rcode: 'NOERROR',
          aa: false,
          answer: [],
          authority: rrset('sub.conf.example', 'NS'),
        },
      ),
  },
  {
    id: 'any: a wildcard answers it',
    rfc: 'RFC 8482 4',
    level: 'MUST',
    run: async (server) => {
      const got = await ask(server, { name: 'x.wild.conf.example', type: 'ANY' });
      check(got.rcode === RCODES.NOERROR && got.answer.length > 0, () => 'no data');
    },
  },
  {
    id: 'any: outside it is refused',
    rfc: 'RFC 1035 4.1.1',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'www.other.example', type: 'ANY' },
        { rcode: 'REFUSED', answer: [] },
      ),
  },
  {
    id: 'any: small over UDP',
    rfc: 'RFC 8482 4',
    level: 'SHOULD',
    run: async (server) => {
      const got = await ask(server, {
        name: 'big.conf.example',
        type: 'ANY',
        edns: { size: 4096 },
      });
      check(got.size <= 1232, () => `${got.size} bytes`);
    },
  },
];
