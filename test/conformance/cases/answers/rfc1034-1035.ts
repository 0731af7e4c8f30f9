/**
 * RFC 1034 and 1035: data of every type, names that are not ours, sizes; RFC 2782, 3597, 4343, 8659
 * for the types and the case of names.
 */
import { type Ask, check, expectAnswer } from '../../expect.ts';
import type { Case } from '../../runner.ts';
import { FLAG } from '../../wire/query.ts';
import { LABEL_63, NAME_255, rrset } from '../../zone.ts';
import { good, type Row, rows } from './row.ts';

const at = rrset;

const data: readonly Row[] = [
  ['A', 'RFC 1034 4.3.2', { name: 'one.conf.example' }, good(at('one.conf.example', 'A'))],
  ['whole RRset', 'RFC 2181 5', { name: 'www.conf.example' }, good(at('www.conf.example', 'A'))],
  [
    'AAAA',
    'RFC 3596 2',
    { name: 'www.conf.example', type: 'AAAA' },
    good(at('www.conf.example', 'AAAA')),
  ],
  [
    'case of the question',
    'RFC 4343 4',
    { name: 'wWw.CONF.eXample' },
    good(at('www.conf.example', 'A')),
  ],
  [
    'RD is copied',
    'RFC 1035 4.1.1',
    { name: 'one.conf.example', flags: FLAG.rd },
    good(at('one.conf.example', 'A')),
  ],
  [
    'AD and CD asked',
    'RFC 4035 3.1.6',
    { name: 'one.conf.example', flags: FLAG.ad | FLAG.cd },
    good(at('one.conf.example', 'A')),
  ],
  [
    'SOA at the apex',
    'RFC 1035 3.3.13',
    { name: 'conf.example', type: 'SOA' },
    good(at('conf.example', 'SOA')),
  ],
  [
    'NS at the apex',
    'RFC 1034 4.2.1',
    { name: 'conf.example', type: 'NS' },
    good(at('conf.example', 'NS')),
  ],
  [
    'MX',
    'RFC 1035 3.3.9',
    { name: 'exchange.conf.example', type: 'MX' },
    good(at('exchange.conf.example', 'MX')),
  ],
  [
    'SRV',
    'RFC 2782',
    { name: '_sip._tcp.conf.example', type: 'SRV' },
    good(at('_sip._tcp.conf.example', 'SRV')),
  ],
  [
    'TXT',
    'RFC 1035 3.3.14',
    { name: 'text.conf.example', type: 'TXT' },
    good(at('text.conf.example', 'TXT')),
  ],
  [
    'TXT of any bytes',
    'RFC 1035 3.3.14',
    { name: 'bytes.conf.example', type: 'TXT', edns: {} },
    good(at('bytes.conf.example', 'TXT')),
  ],
  ['CAA', 'RFC 8659 4', { name: 'conf.example', type: 'CAA' }, good(at('conf.example', 'CAA'))],
  [
    'PTR',
    'RFC 1035 3.5',
    { name: '10.2.0.192.in-addr.arpa', type: 'PTR' },
    good(at('10.2.0.192.in-addr.arpa', 'PTR')),
  ],
  [
    'type nobody knows',
    'RFC 3597 3',
    { name: 'odd.conf.example', type: 'TYPE65280' },
    good(at('odd.conf.example', 'TYPE65280')),
  ],
  [
    'RDATA of no bytes',
    'RFC 3597 5',
    { name: 'odd.conf.example', type: 'TYPE65281' },
    good(at('odd.conf.example', 'TYPE65281')),
  ],
  [
    'label of any bytes',
    'RFC 2181 11',
    { name: '\\000\\255\\032.conf.example' },
    good(at('\\000\\255\\032.conf.example', 'A')),
  ],
  [
    'dot inside a label',
    'RFC 1035 5.1',
    { name: 'dot\\046dot.conf.example' },
    good(at('dot\\046dot.conf.example', 'A')),
  ],
  [
    'label of 63 octets',
    'RFC 1035 2.3.4',
    { name: `${LABEL_63}.conf.example` },
    good(at(`${LABEL_63}.conf.example`, 'A')),
  ],
  [
    'name of 255 octets',
    'RFC 1035 2.3.4',
    { name: NAME_255 },
    good(at(NAME_255.slice(0, -1), 'A')),
  ],
  [
    'zone below a zone',
    'RFC 1034 4.3.2',
    { name: 'www.child.conf.example' },
    good(at('www.child.conf.example', 'A')),
  ],
  [
    'apex below a zone',
    'RFC 1034 4.3.2',
    { name: 'child.conf.example', type: 'SOA' },
    good(at('child.conf.example', 'SOA')),
  ],
];
const outside: readonly (readonly [string, Ask])[] = [
  ['another domain', { name: 'www.other.example' }],
  ['our parent', { name: 'example' }],
  ['the root', { name: '.', type: 'NS' }],
  ['a name that only ends like ours', { name: 'xconf.example' }],
  ['another reverse zone', { name: '1.113.0.203.in-addr.arpa', type: 'PTR' }],
];

const refused: readonly Case[] = [
  ...outside.map(
    ([id, question]): Case => ({
      id: `outside: ${id}`,
      rfc: 'RFC 1035 4.1.1',
      level: 'MUST',
      run: (server) =>
        expectAnswer(server, question, {
          rcode: 'REFUSED',
          aa: false,
          answer: [],
          authority: [],
          additional: [],
        }),
    }),
  ),
];

const additional: readonly Case[] = [
  ...(
    [
      ['addresses of MX', { name: 'conf.example', type: 'MX' }, at('mail.conf.example', 'A')],
      [
        'addresses of SRV',
        { name: '_sip._tcp.conf.example', type: 'SRV' },
        [...at('one.conf.example', 'A'), ...at('ns1.conf.example', 'AAAA')],
      ],
      [
        'addresses of NS',
        { name: 'conf.example', type: 'NS' },
        [...at('ns1.conf.example', 'A'), ...at('ns2.conf.example', 'A')],
      ],
    ] as const
  ).map(
    ([id, question, additional]): Case => ({
      id: `data: ${id}`,
      rfc: 'RFC 1035 3.3',
      level: 'SHOULD',
      run: (server) => expectAnswer(server, question, { rcode: 'NOERROR', aa: true, additional }),
    }),
  ),
];

const compression: Case = {
  id: 'sizes: repeated names are compressed',
  rfc: 'RFC 1035 4.1.4',
  level: 'SHOULD',
  run: async (server) => {
    const question = { name: 'mid.conf.example', type: 'AAAA', edns: {} };
    const got = await expectAnswer(server, question, {});
    check(got.size <= 12 + 22 + 30 * 28 + 200, () => `${got.size} bytes for 30 AAAA`);
  },
};

const pointers: Case = {
  id: 'sizes: no pointer leads to a pointer',
  rfc: 'RFC 9267 2',
  level: 'SHOULD',
  run: async (server) => {
    for (const name of ['sub', 'alias', 'chain1', 'x.cwild', 'tocut', 'tonx', 'big']) {
      const got = await expectAnswer(
        server,
        { name: `${name}.conf.example`, edns: {} },
        { tc: name === 'big' },
      );
      check(got.chainedPointers === 0, () => `${got.chainedPointers} in the reply for ${name}`);
    }
  },
};

/** The number itself is the server's own affair (it may raise the zone file's); that it is one. */
const serial: Case = {
  id: 'data: one serial in every answer',
  rfc: 'RFC 1034 4.3.5',
  level: 'MUST',
  run: async (server) => {
    const serials = new Set<string>();
    for (const name of [
      'conf.example',
      'missing.conf.example',
      'text.conf.example',
      'conf.example',
    ]) {
      const type = name === 'text.conf.example' ? 'A' : 'SOA';
      const got = await expectAnswer(server, { name, type }, {});
      const soa = [...got.answer, ...got.authority].find((each) => each.type === 6);
      serials.add(soa?.rdata.split(' ')[2] ?? 'none');
    }
    check(serials.size === 1, () => `serials ${[...serials].join(', ')}`);
  },
};

export const cases: readonly Case[] = [
  ...rows(data),
  ...refused,
  ...additional,
  compression,
  pointers,
  serial,
];
