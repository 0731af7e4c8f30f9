/**
 * RFC 1034 3.6.2, 4.2.1 and 4.3.2, RFC 9471: aliases and chains of them, zone cuts, glue and what a
 * parent still answers itself.
 */
import { check, expectAnswer, type Rcode, recordLine, type Wanted } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { negativeSoa, rrset } from '../../zone.ts';
import { good, type Row, rows } from './row.ts';

const at = rrset;

const chain = ['chain1', 'chain2', 'chain3'].flatMap((each) => at(`${each}.conf.example`, 'CNAME'));

const aliases: readonly Row[] = [
  [
    'alias followed',
    'RFC 1034 3.6.2',
    { name: 'alias.conf.example' },
    good([...at('alias.conf.example', 'CNAME'), ...at('www.conf.example', 'A')]),
  ],
  [
    'chain followed',
    'RFC 1034 3.6.2',
    { name: 'chain1.conf.example' },
    good([...chain, ...at('one.conf.example', 'A')]),
  ],
  [
    'CNAME asked',
    'RFC 1034 3.6.2',
    { name: 'chain1.conf.example', type: 'CNAME' },
    good(at('chain1.conf.example', 'CNAME')),
  ],
  [
    'alias out of our zones',
    'RFC 1034 4.3.2',
    { name: 'out.conf.example' },
    good(at('out.conf.example', 'CNAME')),
  ],
  [
    'alias to a wildcard',
    'RFC 4592 3.3.3',
    { name: 'towild.conf.example' },
    good([
      ...at('towild.conf.example', 'CNAME'),
      ...at('*.wild.conf.example', 'A', 'any.wild.conf.example'),
    ]),
  ],
];
const subNs = at('sub.conf.example', 'NS');
const glue = [...at('ns1.sub.conf.example', 'A'), ...at('ns1.sub.conf.example', 'AAAA')];
const referral = (authority: readonly string[], additional: readonly string[]): Wanted => ({
  rcode: 'NOERROR',
  aa: false,
  answer: [],
  authority,
  additional,
});

const cuts: readonly Row[] = [
  ['at a cut', 'RFC 1034 4.3.2', { name: 'sub.conf.example' }, referral(subNs, glue)],
  [
    'NS asked at a cut',
    'RFC 1034 4.2.1',
    { name: 'sub.conf.example', type: 'NS' },
    referral(subNs, glue),
  ],
  [
    'MX asked at a cut',
    'RFC 1034 4.3.2',
    { name: 'sub.conf.example', type: 'MX' },
    referral(subNs, glue),
  ],
  [
    'below a cut',
    'RFC 1034 4.3.2',
    { name: 'a.b.sub.conf.example', type: 'TXT' },
    referral(subNs, glue),
  ],
  ['glue is not data', 'RFC 2181 6.1', { name: 'ns1.sub.conf.example' }, referral(subNs, glue)],
  [
    'no glue to give',
    'RFC 1034 4.2.1',
    { name: 'x.bare.cut.conf.example' },
    referral(at('bare.cut.conf.example', 'NS'), []),
  ],
];

const extra: readonly Case[] = [
  {
    id: 'data: alias into a cut',
    rfc: 'RFC 1034 4.3.2',
    level: 'MUST',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'tocut.conf.example' },
        {
          rcode: 'NOERROR',
          aa: true,
          answer: at('tocut.conf.example', 'CNAME'),
          authority: subNs,
          additional: glue,
        },
      ),
  },
  ...[['glue of a sibling', at('sibling.conf.example', 'NS')] as const].map(
    ([id, authority]): Case => ({
      id: `data: ${id}`,
      rfc: 'RFC 9471 3.2',
      level: 'SHOULD',
      run: (server) =>
        expectAnswer(server, { name: 'sibling.conf.example' }, referral(authority, glue)),
    }),
  ),
  {
    id: 'data: DS at a cut is the parent’s',
    rfc: 'RFC 4035 3.1.4.1',
    level: 'SHOULD',
    run: (server) =>
      expectAnswer(
        server,
        { name: 'sub.conf.example', type: 'DS' },
        {
          rcode: 'NOERROR',
          aa: true,
          answer: [],
          authority: negativeSoa(),
        },
      ),
  },
  ...(['loop1', 'selfloop'] as const).map(
    (label): Case => ({
      id: `data: ${label} is answered finitely`,
      rfc: 'RFC 1034 3.6.2',
      level: 'MUST',
      run: async (server) => {
        const got = await expectAnswer(
          server,
          { name: `${label}.conf.example` },
          {
            rcode: ['NOERROR', 'SERVFAIL'] as readonly Rcode[],
          },
        );
        check(got.answer.length <= 17, () => `${label}: ${got.answer.length} records`);
        check(
          got.answer.every((each) => each.type === 5),
          () => `${label}: something beside CNAME`,
        );
      },
    }),
  ),
];

/** Limits differ (Knot's is 5 aliases, ours 16): what comes must be the chain's own beginning, in order. */
const longChain: Case = {
  id: 'data: a chain of twenty is answered truly',
  rfc: 'RFC 1034 3.6.2',
  level: 'MUST',
  run: async (server) => {
    const got = await expectAnswer(
      server,
      { name: 'long1.conf.example', edns: {} },
      { rcode: ['NOERROR', 'SERVFAIL'] },
    );
    for (const [index, each] of got.answer.entries()) {
      const name = `long${index + 1}.conf.example`;
      const wanted = rrset(name, index === 20 ? 'A' : 'CNAME');
      check(recordLine(each) === wanted[0], () => `${recordLine(each)} in place ${index}`);
    }
    check(got.rcode !== 0 || got.answer.length >= 1, () => `${got.answer.length} aliases`);
  },
};

/** The target's zone is ours as well: its data, the cut above it, or the alias alone. */
const acrossZones: Case = {
  id: 'data: alias into another zone of ours',
  rfc: 'RFC 1034 4.3.2',
  level: 'MUST',
  run: async (server) => {
    const got = await expectAnswer(server, { name: 'tochild.conf.example' }, { rcode: 'NOERROR' });
    const lines = got.answer.map(recordLine).join();
    const alias = at('tochild.conf.example', 'CNAME');
    const followed = [...alias, ...at('www.child.conf.example', 'A')];
    check(lines === alias.join() || lines === followed.join(), () => lines);
  },
};

const childDs: Case = {
  id: 'data: DS of a child that is ours too is the parent’s',
  rfc: 'RFC 4035 3.1.4.1',
  level: 'SHOULD',
  run: (server) =>
    expectAnswer(
      server,
      { name: 'child.conf.example', type: 'DS' },
      { rcode: 'NOERROR', aa: true, answer: [], authority: negativeSoa() },
    ),
};

export const cases: readonly Case[] = [
  ...rows(aliases),
  ...rows(cuts),
  ...extra,
  longChain,
  acrossZones,
  childDs,
];
