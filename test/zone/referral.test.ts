/** Cuts: referrals, glue, DS and what lies below, RFC 1034 4.3.2, RFC 9471. */

import { describe, test } from 'vitest';
import { expectRow, type Row, SOA } from './answer-row.ts';

const CUT = `
  sub.example.com. NS ns.sub.example.com.
  sub.example.com. NS ns.other.example.com.
  sub.example.com. NS far.example.net.
  ns.sub.example.com. A 192.0.2.50
  ns.sub.example.com. AAAA 2001:db8::50
  other.example.com. NS ns.other.example.com.
  ns.other.example.com. A 192.0.2.51
  into.example.com. CNAME host.sub.example.com.
`;
const SUB_NS = [
  'sub.example.com. 180 IN NS ns.sub.example.com.',
  'sub.example.com. 180 IN NS ns.other.example.com.',
  'sub.example.com. 180 IN NS far.example.net.',
];
const SUB_GLUE = [
  'ns.sub.example.com. 180 IN A 192.0.2.50',
  'ns.sub.example.com. 180 IN AAAA 2001:db8::50',
  'ns.other.example.com. 180 IN A 192.0.2.51',
];

const ROWS: readonly Row[] = [
  {
    rule: 'below a cut: referral, required glue first, no AA, RFC 9471',
    zone: CUT,
    ask: 'host.sub.example.com. A',
    aa: false,
    authority: SUB_NS,
    additional: SUB_GLUE,
  },
  {
    rule: 'at a cut: referral, for NS too',
    zone: CUT,
    ask: 'sub.example.com. NS',
    aa: false,
    authority: SUB_NS,
    additional: SUB_GLUE,
  },
  {
    rule: 'glue is not data',
    zone: CUT,
    ask: 'ns.sub.example.com. A',
    aa: false,
    authority: SUB_NS,
    additional: SUB_GLUE,
  },
  {
    rule: 'DS at a cut is the parent’s to answer, RFC 4035 3.1.4.1',
    zone: CUT,
    ask: 'sub.example.com. DS',
    authority: [SOA],
  },
  {
    rule: 'DS below a cut is not',
    zone: CUT,
    ask: 'x.sub.example.com. DS',
    aa: false,
    authority: SUB_NS,
    additional: SUB_GLUE,
  },
  {
    rule: 'an alias into a cut ends in the referral, AA of the alias',
    zone: CUT,
    ask: 'into.example.com. A',
    answer: ['into.example.com. 180 IN CNAME host.sub.example.com.'],
    authority: SUB_NS,
    additional: SUB_GLUE,
  },
  {
    rule: 'DS of a child apex comes from the child when the parent knows nothing of it',
    zone: '',
    ask: 'child.example.com. DS',
    authority: [
      'child.example.com. 30 IN SOA ns.dns.child.example.com. hostmaster.child.example.com. 7 7200 1800 86400 30',
    ],
  },
  {
    rule: 'DS of a child apex comes from the parent that delegates it',
    zone: 'child.example.com. NS ns.example.net.',
    ask: 'child.example.com. DS',
    authority: [SOA],
  },
];

describe('referrals', () => {
  test.each(ROWS)('$ask: $rule', expectRow);
});
