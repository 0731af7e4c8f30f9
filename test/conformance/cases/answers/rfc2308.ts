/**
 * RFC 2308 with RFC 2181 7.1 and 6604: NXDOMAIN and NODATA, the SOA that they carry and for how long
 * it may be kept, also at the end of an alias.
 */
import { type Ask, expectAnswer, type Wanted } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { negativeSoa, rrset } from '../../zone.ts';

const negative = (
  rcode: 'NXDOMAIN' | 'NOERROR',
  answer: readonly string[] = [],
  apex = 'conf.example',
): Wanted => ({ rcode, aa: true, answer, authority: negativeSoa(apex), additional: [] });

const alias = (name: string) => rrset(`${name}.conf.example`, 'CNAME');

const rows: readonly (readonly [id: string, section: string, question: Ask, wanted: Wanted])[] = [
  ['name that is not there', '2.1', { name: 'missing.conf.example' }, negative('NXDOMAIN')],
  [
    'name far below',
    '2.1',
    { name: 'a.b.c.d.missing.conf.example', type: 'MX' },
    negative('NXDOMAIN'),
  ],
  ['below a name with data', '2.1', { name: 'under.www.conf.example' }, negative('NXDOMAIN')],
  [
    'below a missing type',
    '2.1',
    { name: 'missing.conf.example', type: 'TYPE1234' },
    negative('NXDOMAIN'),
  ],
  [
    'SOA asked below the apex',
    '2.1',
    { name: 'missing.conf.example', type: 'NS' },
    negative('NXDOMAIN'),
  ],
  ['type that is not there', '2.2', { name: 'text.conf.example' }, negative('NOERROR')],
  ['AAAA where A is', '2.2', { name: 'one.conf.example', type: 'AAAA' }, negative('NOERROR')],
  ['type missing at the apex', '2.2', { name: 'conf.example' }, negative('NOERROR')],
  ['unknown type', '2.2', { name: 'www.conf.example', type: 'TYPE1234' }, negative('NOERROR')],
  ['alias to nothing', '2.1', { name: 'tonx.conf.example' }, negative('NXDOMAIN', alias('tonx'))],
  [
    'alias to no such type',
    '2.2',
    { name: 'tonodata.conf.example' },
    negative('NOERROR', alias('tonodata')),
  ],
  [
    'alias to an empty non-terminal',
    '2.2',
    { name: 'toent.conf.example' },
    negative('NOERROR', alias('toent')),
  ],
  [
    'child zone, missing name',
    '3',
    { name: 'no.child.conf.example' },
    negative('NXDOMAIN', [], 'child.conf.example'),
  ],
  [
    'child zone, missing type',
    '3',
    { name: 'www.child.conf.example', type: 'TXT' },
    negative('NOERROR', [], 'child.conf.example'),
  ],
  [
    'reverse zone, missing name',
    '3',
    { name: '99.2.0.192.in-addr.arpa', type: 'PTR' },
    negative('NXDOMAIN', [], '2.0.192.in-addr.arpa'),
  ],
  [
    'reverse zone, missing type',
    '3',
    { name: '10.2.0.192.in-addr.arpa', type: 'A' },
    negative('NOERROR', [], '2.0.192.in-addr.arpa'),
  ],
  [
    'NS of a name that is no cut',
    '2.2',
    { name: 'www.conf.example', type: 'NS' },
    negative('NOERROR'),
  ],
];

export const cases: readonly Case[] = rows.flatMap(([id, section, question, wanted]) =>
  [undefined, {}].map(
    (edns): Case => ({
      id: `negative: ${id}${edns === undefined ? '' : ', EDNS'}`,
      rfc: `RFC 2308 ${section}`,
      level: 'MUST',
      run: (server) => expectAnswer(server, { ...question, edns }, wanted),
    }),
  ),
);
