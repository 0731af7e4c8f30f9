/** What is answered to what, row by row. A new rule is a row. */

import { describe, expect, test } from 'vitest';
import { ask } from '../support/asking.ts';
import { zones } from '../support/records.ts';
import { expectRow, type Row, SOA } from './answer-row.ts';

const LADDER = `
  web.default.fed.svc.example.com. 30 A 192.0.2.1
  web.default.fed.svc.example.com. 30 A 192.0.2.2
  web.default.fed.svc.east.example.com. 30 A 192.0.2.1
  web.default.fed.svc.z1.east.example.com. 30 CNAME web.default.fed.svc.east.example.com.
  web.default.fed.svc.west.example.com. 30 CNAME web.default.fed.svc.example.com.
  web.default.fed.svc.z2.west.example.com. 30 CNAME web.default.fed.svc.west.example.com.
`;
const A1 = 'web.default.fed.svc.example.com. 30 IN A 192.0.2.1';
const A2 = 'web.default.fed.svc.example.com. 30 IN A 192.0.2.2';

const ROWS: readonly Row[] = [
  {
    rule: 'the records of the asked type, RFC 1034 4.3.2',
    zone: LADDER,
    ask: 'web.default.fed.svc.example.com. A',
    answer: [A1, A2],
  },
  {
    rule: 'a chain comes whole, to its end',
    zone: LADDER,
    ask: 'web.default.fed.svc.z2.west.example.com. A',
    answer: [
      'web.default.fed.svc.z2.west.example.com. 30 IN CNAME web.default.fed.svc.west.example.com.',
      'web.default.fed.svc.west.example.com. 30 IN CNAME web.default.fed.svc.example.com.',
      A1,
      A2,
    ],
  },
  {
    rule: 'a chain that ends in nothing carries the SOA, RFC 2308 2.2',
    zone: LADDER,
    ask: 'web.default.fed.svc.z1.east.example.com. AAAA',
    answer: [
      'web.default.fed.svc.z1.east.example.com. 30 IN CNAME web.default.fed.svc.east.example.com.',
    ],
    authority: [SOA],
  },
  {
    rule: 'an asked CNAME is not followed',
    zone: LADDER,
    ask: 'web.default.fed.svc.west.example.com. CNAME',
    answer: ['web.default.fed.svc.west.example.com. 30 IN CNAME web.default.fed.svc.example.com.'],
  },
  {
    rule: 'an empty non-terminal is NODATA, RFC 8020',
    zone: LADDER,
    ask: 'svc.example.com. A',
    authority: [SOA],
  },
  {
    rule: 'what does not exist is NXDOMAIN, TTL min(SOA TTL, minimum)',
    zone: LADDER,
    ask: 'nothing.example.com. A',
    rcode: 'NXDOMAIN',
    authority: [SOA],
  },
  {
    rule: 'an alias to a name that does not exist is NXDOMAIN, RFC 2308 2.1',
    zone: 'here.example.com. CNAME gone.example.com.',
    ask: 'here.example.com. A',
    rcode: 'NXDOMAIN',
    answer: ['here.example.com. 180 IN CNAME gone.example.com.'],
    authority: [SOA],
  },
  {
    rule: 'a CNAME out of our zones is returned alone',
    zone: 'out.example.com. CNAME www.example.net.',
    ask: 'out.example.com. A',
    answer: ['out.example.com. 180 IN CNAME www.example.net.'],
  },
  {
    rule: 'a chain goes on in another of our zones',
    zone: 'over.example.com. CNAME host.example.org.',
    ask: 'over.example.com. A',
    answer: [
      'over.example.com. 180 IN CNAME host.example.org.',
      'host.example.org. 180 IN A 192.0.2.77',
    ],
  },
  {
    rule: 'a loop is answered with the CNAMEs seen, each once',
    zone: 'l1.example.com. CNAME l2.example.com.\nl2.example.com. CNAME l1.example.com.',
    ask: 'l1.example.com. A',
    answer: [
      'l1.example.com. 180 IN CNAME l2.example.com.',
      'l2.example.com. 180 IN CNAME l1.example.com.',
    ],
  },
  {
    rule: 'a name that is its own alias is answered once',
    zone: 'self.example.com. CNAME self.example.com.',
    ask: 'self.example.com. A',
    answer: ['self.example.com. 180 IN CNAME self.example.com.'],
  },
  {
    rule: 'ANY gets one small RRset, RFC 8482',
    zone: 'many.example.com. TXT "a long text"\nmany.example.com. A 192.0.2.5',
    ask: 'many.example.com. ANY',
    answer: ['many.example.com. 180 IN A 192.0.2.5'],
  },
  {
    rule: 'ANY of an alias is the alias',
    zone: LADDER,
    ask: 'web.default.fed.svc.west.example.com. ANY',
    answer: ['web.default.fed.svc.west.example.com. 30 IN CNAME web.default.fed.svc.example.com.'],
  },
  {
    rule: 'unknown types are data like any, RFC 3597',
    zone: 'odd.example.com. TYPE65280 \\# 3 010203',
    ask: 'odd.example.com. TYPE65280',
    answer: ['odd.example.com. 180 IN TYPE65280 \\# 3 010203'],
  },
  {
    rule: 'meta types are asked like others, as NSD and Knot have it',
    zone: 'odd.example.com. A 192.0.2.5',
    ask: 'odd.example.com. MAILB',
    authority: [SOA],
  },
  {
    rule: 'transfers are refused',
    zone: LADDER,
    ask: 'example.com. AXFR',
    rcode: 'REFUSED',
    aa: false,
  },
  {
    rule: 'outside of our zones: REFUSED',
    zone: LADDER,
    ask: '. NS',
    rcode: 'REFUSED',
    aa: false,
  },
  {
    rule: 'the longest apex wins',
    zone: 'host.child.example.com. A 192.0.2.66',
    ask: 'host.child.example.com. A',
    answer: ['host.child.example.com. 180 IN A 192.0.2.88'],
  },
  {
    rule: 'MX: addresses of the exchange come along',
    zone: 'm.example.com. MX 10 in.example.com.\nin.example.com. A 192.0.2.25',
    ask: 'm.example.com. MX',
    answer: ['m.example.com. 180 IN MX 10 in.example.com.'],
    additional: ['in.example.com. 180 IN A 192.0.2.25'],
  },
  {
    rule: 'foreign data: beside addresses a CNAME is left out',
    zone: 'f.example.com. A 192.0.2.1\nf.example.com. CNAME web.default.fed.svc.example.com.',
    ask: 'f.example.com. AAAA',
    authority: [SOA],
  },
  {
    rule: 'foreign data: beside text the CNAME answers what has no data',
    zone: `f.example.com. TXT "t"\nf.example.com. CNAME web.default.fed.svc.example.com.\n${LADDER}`,
    ask: 'f.example.com. A',
    answer: ['f.example.com. 180 IN CNAME web.default.fed.svc.example.com.', A1, A2],
  },
  {
    rule: 'foreign data: and the text is answered directly',
    zone: 'f.example.com. TXT "t"\nf.example.com. CNAME web.default.fed.svc.example.com.',
    ask: 'f.example.com. TXT',
    answer: ['f.example.com. 180 IN TXT "t"'],
  },
  {
    rule: 'any octet may be in a label',
    zone: 'a\\.b\\000\\255.example.com. A 192.0.2.4',
    ask: 'A\\.B\\000\\255.example.com. A',
    answer: ['a\\.b\\000\\255.example.com. 180 IN A 192.0.2.4'],
  },
];

describe('answers', () => {
  test.each(ROWS)('$ask: $rule', expectRow);

  test('a chain is followed 16 CNAMEs long', () => {
    const links = Array.from(
      { length: 40 },
      (_, at) => `c${at}.example.com. CNAME c${at + 1}.example.com.`,
    );
    const reply = ask(zones({ 'example.com.': links.join('\n') }), 'c0.example.com. A', {
      context: { transport: 'tcp' },
    });
    expect(reply.rcode).toBe('NOERROR');
    expect(reply.answer).toHaveLength(16);
    expect(reply.authority).toEqual([]);
  });

  test('addresses of a target that two records name come once', () => {
    const text = 'm.example.com. MX 1 t.example.com.\nm.example.com. MX 2 t.example.com.';
    const served = zones({ 'example.com.': `${text}\nt.example.com. A 192.0.2.1` });
    expect(ask(served, 'm.example.com. MX').additional).toEqual([
      't.example.com. 180 IN A 192.0.2.1',
    ]);
  });

  test('negative TTLs are at least 5 s', () => {
    const soa = 'example.com. 300 SOA ns.example.com. h.example.com. 1 1 1 1 0';
    const reply = ask(zones({ 'example.com.': soa }), 'no.example.com. A');
    expect(reply.authority[0]).toContain('example.com. 5 IN SOA');
    expect(ask(zones({ 'example.com.': soa }), 'example.com. SOA').answer[0]).toContain(
      ' 300 IN SOA',
    );
  });
});
