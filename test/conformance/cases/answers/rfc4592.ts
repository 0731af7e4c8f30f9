/**
 * RFC 4592: what a wildcard answers, what blocks it, and that `*` is a name like others when asked
 * for itself.
 */
import { type Ask, check, expectAnswer, type Wanted } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { negativeSoa, rrset } from '../../zone.ts';

const star = '*.wild.conf.example';

const expanded = (owner: string, type = 'A'): Wanted => ({
  rcode: 'NOERROR',
  aa: true,
  answer: rrset(star, type, owner),
  authority: 'apex',
});

const negative = (rcode: 'NOERROR' | 'NXDOMAIN'): Wanted => ({
  rcode,
  aa: true,
  answer: [],
  authority: negativeSoa(),
});

const throughAlias = (owner: string): Wanted => ({
  rcode: 'NOERROR',
  aa: true,
  answer: [...rrset('*.cwild.conf.example', 'CNAME', owner), ...rrset('www.conf.example', 'A')],
});

const rows: readonly (readonly [id: string, section: string, question: Ask, wanted: Wanted])[] = [
  ['one label', '3.3.1', { name: 'x.wild.conf.example' }, expanded('x.wild.conf.example')],
  [
    'several labels',
    '3.3.1',
    { name: 'a.b.c.wild.conf.example' },
    expanded('a.b.c.wild.conf.example'),
  ],
  [
    'another type',
    '3.3.1',
    { name: 'x.wild.conf.example', type: 'TXT' },
    expanded('x.wild.conf.example', 'TXT'),
  ],
  ['case of the asker', '3.3.1', { name: 'X.WILD.conf.example' }, expanded('x.wild.conf.example')],
  [
    'any bytes',
    '3.3.1',
    { name: '\\000\\255.wild.conf.example' },
    expanded('\\000\\255.wild.conf.example'),
  ],
  ['underscore', '3.3.1', { name: '_x._y.wild.conf.example' }, expanded('_x._y.wild.conf.example')],
  [
    'type not at the wildcard',
    '2.2.1',
    { name: 'x.wild.conf.example', type: 'MX' },
    negative('NOERROR'),
  ],
  ['asked for itself', '2.1.1', { name: star }, expanded(star)],
  ['itself, type not there', '2.1.1', { name: star, type: 'MX' }, negative('NOERROR')],
  [
    'blocked by a name without the type',
    '2.2.1',
    { name: 'blocked.wild.conf.example' },
    negative('NOERROR'),
  ],
  ['blocked below a name', '2.2.1', { name: 'x.blocked.wild.conf.example' }, negative('NXDOMAIN')],
  [
    'blocked by an empty non-terminal',
    '2.2.2',
    { name: 'ent.wild.conf.example' },
    negative('NOERROR'),
  ],
  [
    'blocked below an empty non-terminal',
    '2.2.2',
    { name: 'x.ent.wild.conf.example' },
    negative('NXDOMAIN'),
  ],
  ['blocked far below', '2.2.2', { name: 'x.deep.ent.wild.conf.example' }, negative('NXDOMAIN')],
  ['below the asterisk itself', '4.6', { name: 'x.*.wild.conf.example' }, negative('NXDOMAIN')],
  ['not its parent', '3.3', { name: 'wild.conf.example' }, negative('NOERROR')],
  [
    'asterisk in the middle is no wildcard',
    '2.1.2',
    { name: 'q.a.b.swild.conf.example' },
    negative('NOERROR'),
  ],
  ['alias', '3.3.3', { name: 'x.cwild.conf.example' }, throughAlias('x.cwild.conf.example')],
  [
    'alias, deep',
    '3.3.3',
    { name: 'x.y.cwild.conf.example' },
    throughAlias('x.y.cwild.conf.example'),
  ],
  [
    'alias asked for',
    '3.3.3',
    { name: 'x.cwild.conf.example', type: 'CNAME' },
    {
      rcode: 'NOERROR',
      aa: true,
      answer: rrset('*.cwild.conf.example', 'CNAME', 'x.cwild.conf.example'),
    },
  ],
];

const loop: Case = {
  id: 'wildcard: alias to itself is answered finitely',
  rfc: 'RFC 4592 3.3.3',
  level: 'MUST',
  run: async (server) => {
    const got = await expectAnswer(
      server,
      { name: 'a.lwild.conf.example' },
      {
        rcode: ['NOERROR', 'SERVFAIL'],
      },
    );
    check(got.answer.length <= 17, () => `${got.answer.length} records`);
    check(
      got.answer.every((each) => each.type === 5),
      () => 'something beside CNAME',
    );
  },
};

export const cases: readonly Case[] = [
  ...rows.map(
    ([id, section, question, wanted]): Case => ({
      id: `wildcard: ${id}`,
      rfc: `RFC 4592 ${section}`,
      level: 'MUST',
      run: (server) => expectAnswer(server, question, wanted),
    }),
  ),
  loop,
];
