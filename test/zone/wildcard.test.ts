/** Wildcards and what blocks them, RFC 4592. */

import { describe, test } from 'vitest';
import { expectRow, type Row, SOA } from './answer-row.ts';

const WILD = `
  *.w.example.com. A 192.0.2.9
  *.w.example.com. MX 5 mail.example.com.
  real.w.example.com. TXT "here"
  deep.ent.w.example.com. TXT "below"
  *.alias.example.com. CNAME x.w.example.com.
  *.loop.example.com. CNAME x.loop.example.com.
`;

const ROWS: readonly Row[] = [
  {
    rule: 'a wildcard that aliases into itself ends',
    zone: WILD,
    ask: 'y.loop.example.com. A',
    answer: [
      'y.loop.example.com. 180 IN CNAME x.loop.example.com.',
      'x.loop.example.com. 180 IN CNAME x.loop.example.com.',
    ],
  },
  {
    rule: 'a wildcard speaks for what does not exist, RFC 4592 3.3',
    zone: WILD,
    ask: 'any.w.example.com. A',
    answer: ['any.w.example.com. 180 IN A 192.0.2.9'],
  },
  {
    rule: 'a wildcard covers several labels',
    zone: WILD,
    ask: 'x.y.z.w.example.com. A',
    answer: ['x.y.z.w.example.com. 180 IN A 192.0.2.9'],
  },
  {
    rule: 'a wildcard does not speak for a name that exists',
    zone: WILD,
    ask: 'real.w.example.com. A',
    authority: [SOA],
  },
  {
    rule: 'nor for one below it, RFC 4592 2.2.1',
    zone: WILD,
    ask: 'x.real.w.example.com. A',
    rcode: 'NXDOMAIN',
    authority: [SOA],
  },
  {
    rule: 'nor below an empty non-terminal',
    zone: WILD,
    ask: 'x.ent.w.example.com. A',
    rcode: 'NXDOMAIN',
    authority: [SOA],
  },
  {
    rule: 'a wildcard without the type is NODATA',
    zone: WILD,
    ask: 'any.w.example.com. TXT',
    authority: [SOA],
  },
  {
    rule: 'the wildcard itself may be asked',
    zone: WILD,
    ask: '*.w.example.com. A',
    answer: ['*.w.example.com. 180 IN A 192.0.2.9'],
  },
  {
    rule: 'a wildcard alias into a wildcard',
    zone: WILD,
    ask: 'q.alias.example.com. A',
    answer: [
      'q.alias.example.com. 180 IN CNAME x.w.example.com.',
      'x.w.example.com. 180 IN A 192.0.2.9',
    ],
  },
  {
    rule: 'SRV: addresses of the target come along, from a wildcard too',
    zone: `_x._tcp.example.com. SRV 1 2 3 any.w.example.com.\n${WILD}`,
    ask: '_x._tcp.example.com. SRV',
    answer: ['_x._tcp.example.com. 180 IN SRV 1 2 3 any.w.example.com.'],
    additional: ['any.w.example.com. 180 IN A 192.0.2.9'],
  },
];

describe('wildcards', () => {
  test.each(ROWS)('$ask: $rule', expectRow);
});
