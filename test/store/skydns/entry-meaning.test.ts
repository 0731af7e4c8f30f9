/** What one entry says: types, TTLs, groups, leases, and values that say nothing. */
import { describe, expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { makeA } from '../../../src/dns/rdata/index.ts';
import { leafOf } from '../../../src/store/skydns/own-leaf.ts';
import { POISON } from './poison.ts';
import { type Keys, onlyTypes, stateOf, storedText, textOf, viewOf } from './view-text.ts';

/** Values at web.example., each as a leaf with targetstrip 1. */
function web(...values: object[]): Keys {
  const keys = values.map((value, index) => [
    `/skydns/example/web/x${index}`,
    { targetstrip: 1, ...value },
  ]);
  return Object.fromEntries(keys);
}

interface Row {
  readonly name: string;
  readonly given: Keys;
  readonly types: readonly string[];
  readonly want: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: 'host text is A, AAAA or a name; v4-mapped IPv6 is A',
    given: web({ host: '192.0.2.1' }, { host: '2001:db8::1' }, { host: '::ffff:192.0.2.2' }),
    types: ['A', 'AAAA', 'CNAME'],
    want: ['A 192.0.2.1', 'A 192.0.2.2', 'AAAA 2001:db8::1'],
  },
  {
    name: 'a lone name is the CNAME, text beside it is served',
    given: web({ host: 'lb.example.net', text: 'hello' }),
    types: ['CNAME', 'TXT'],
    want: ['CNAME lb.example.net.', 'TXT "hello"'],
  },
  {
    name: 'of several names the first key wins',
    given: web({ host: 'a.example.net' }, { host: 'b.example.net' }),
    types: ['CNAME'],
    want: ['CNAME a.example.net.'],
  },
  {
    name: 'a name beside addresses serves only SRV',
    given: web({ host: '192.0.2.1' }, { host: 'b.example.net', port: 80 }),
    types: ['A', 'CNAME', 'SRV'],
    want: ['A 192.0.2.1', 'SRV 10 50 0 web.example.', 'SRV 10 50 80 example.net.'],
  },
  {
    name: 'text beside an address is served (CoreDNS drops it)',
    given: web({ host: '192.0.2.1', text: 'hello' }),
    types: ['A', 'TXT'],
    want: ['A 192.0.2.1', 'TXT "hello"'],
  },
  {
    name: "a backslash quotes, as in a zone file: CoreDNS's reading",
    given: web({ text: 'a\\\\b \\065 \\c\\' }),
    types: ['TXT'],
    want: ['TXT "a\\\\b A c"'],
  },
  {
    name: 'text is cut every 255 octets; a length divisible by 255 adds an empty string',
    given: web({ text: 'x'.repeat(255) }),
    types: ['TXT'],
    want: [`TXT "${'x'.repeat(255)}" ""`],
  },
  {
    name: 'SRV weights are shares of 100 within a priority, at least 1; 0 counts 100',
    given: {
      '/skydns/example/web/a': { host: '192.0.2.1', port: 80, weight: 10 },
      '/skydns/example/web/b': { host: '192.0.2.2', port: 80, weight: 30 },
      '/skydns/example/web/c': { host: 'c.example.net', port: 81, priority: 20 },
      '/skydns/example/web/d': { host: '192.0.2.4', port: -1 },
    },
    types: ['SRV'],
    want: [
      'SRV 10 25 80 a.web.example.',
      'SRV 10 75 80 b.web.example.',
      'SRV 20 100 81 c.example.net.',
    ],
  },
  {
    name: 'mail makes MX, the address host under its stripped name',
    given: web({ host: '192.0.2.1', mail: true, priority: 5 }),
    types: ['MX', 'A'],
    want: ['A 192.0.2.1', 'MX 5 web.example.'],
  },
  {
    name: 'SRV and MX strings of ExternalDNS are read by shape',
    given: web({ host: '0 50 5060 sip.example.' }, { host: '10 mail.example.' }),
    types: ['SRV', 'MX', 'CNAME', 'A'],
    want: ['MX 10 mail.example.', 'SRV 0 50 5060 sip.example.'],
  },
  {
    name: 'the group of the shallowest key chooses, group-less entries stay',
    given: {
      '/skydns/example/web/a': { host: '192.0.2.1', group: 'one' },
      '/skydns/example/web/b': { host: '192.0.2.2', group: 'one' },
      '/skydns/example/web/c/x': { host: '192.0.2.3', group: 'two', targetstrip: 2 },
      '/skydns/example/web/d/x': { host: '192.0.2.4', targetstrip: 2 },
    },
    types: ['A'],
    want: ['A 192.0.2.1', 'A 192.0.2.2', 'A 192.0.2.4'],
  },
  {
    name: 'two groups at the same depth: no filtering',
    given: web({ host: '192.0.2.1', group: 'one' }, { host: '192.0.2.2', group: 'two' }),
    types: ['A'],
    want: ['A 192.0.2.1', 'A 192.0.2.2'],
  },
  {
    name: 'field names match without regard to case, unknown ones and __proto__ are nothing',
    given: { '/skydns/example/web/x': '{"Host":"192.0.2.1","TargetStrip":1,"__proto__":{"a":1}}' },
    types: ['A'],
    want: ['A 192.0.2.1'],
  },
];

describe('what an entry says', () => {
  test.each(rows)('$name', ({ given, types, want }) => {
    const lines = onlyTypes(textOf(viewOf(given)), ...types);
    const atWeb = lines.filter((line) => line.startsWith('web.example. '));
    expect(atWeb.map((line) => line.split(' ').slice(2).join(' '))).toEqual(want);
  });

  const ttls: [unknown, number][] = [
    [undefined, 300],
    [0, 300],
    [1, 1],
    [180, 180],
    [86_401, 86_400],
    [4_294_967_295, 86_400],
  ];
  test.each(ttls)('ttl %s is served as %i', (ttl, want) => {
    const view = viewOf(web({ host: '192.0.2.1', ttl }));
    expect(textOf(view)).toContain(`web.example. ${want} A 192.0.2.1`);
  });

  test('the 20 poisonous values harm only themselves', () => {
    const view = viewOf({ ...POISON, '/skydns/example/p/99': { host: '192.0.2.9' } });
    expect(onlyTypes(textOf(view), 'A', 'CNAME', 'TXT')).toEqual([
      '99.p.example. 300 A 192.0.2.9',
      'p.example. 300 A 192.0.2.9',
    ]);
    expect(view.skipped()).toHaveLength(20);
    expect([...view.counts().skipped].sort()).toEqual([
      ['bad-host', 6],
      ['bad-key', 3],
      ['not-json', 2],
      ['not-object', 2],
      ['out-of-range', 3],
      ['too-large', 1],
      ['wrong-type', 3],
    ]);
  });

  test.each([
    ['strings that are none', { text: 'x', strings: [{ toString: 1 }] }],
    ['strings nested deep', `{"text":"x","strings":${'['.repeat(9000)}${']'.repeat(9000)}}`],
    ['no strings for a lone backslash', { text: '\\', strings: [] }],
    ['a text above what one record holds', { text: 'a'.repeat(65_300) }],
    ['octets that grow as text', `{"text":"${'\xff'.repeat(30_000)}"}`],
  ])('%s: harms nobody, not even the next event', (_, value) => {
    const view = viewOf({ ...web(value as object), '/skydns/example/db/x': { host: '192.0.2.9' } });
    expect(onlyTypes(textOf(view), 'A')).toContain('db.example. 300 A 192.0.2.9');
    const stored = { value: storedText(value), modRevision: 200, createRevision: 200 };
    const changes = [
      { key: '/skydns/example/new/x', stored },
      { key: '/skydns/example/late/x', stored: { ...stored, value: '{"host":"192.0.2.8"}' } },
    ];
    view.apply({ kind: 'revision', revision: 200, changes });
    expect(onlyTypes(textOf(view), 'A')).toContain('late.example. 300 A 192.0.2.8');
  });

  test('odd but legal labels are names', () => {
    const view = viewOf({
      '/skydns/example/__proto__/x': { host: '192.0.2.1', targetstrip: 1 },
      '/skydns/example/constructor/x': { host: '192.0.2.2', targetstrip: 1 },
      '/skydns/example/a\0b/x': { host: '192.0.2.3', targetstrip: 1 },
    });
    expect(onlyTypes(textOf(view), 'A')).toEqual([
      '__proto__.example. 300 A 192.0.2.1',
      'a\\000b.example. 300 A 192.0.2.3',
      'constructor.example. 300 A 192.0.2.2',
    ]);
  });

  test('a name that our ladder publishes answers our entries only', () => {
    const leaf = leafOf('ladder', { type: 1, rdata: makeA('192.0.2.1') });
    const ours = { host: '192.0.2.1', targetstrip: 1, owner: 'ladder' };
    const given = {
      [`/skydns/example/web/${leaf}`]: ours,
      '/skydns/example/web/x1': { host: '192.0.2.66', targetstrip: 1 },
      // Bears our owner field, but is not written by us: its leaf says nothing of its content.
      '/skydns/example/web/0123456789abcdef': { ...ours, host: '192.0.2.67' },
    };
    const view = viewOf(given, { writers: ['ladder'] });
    expect(textOf(view)).toEqual(['web.example. 300 A 192.0.2.1']);
    expect(view.counts().ignored).toBe(2);
    expect(view.explain(parseName('web.example.')).ignored).toHaveLength(2);
    expect(onlyTypes(textOf(viewOf(given)), 'A')).toHaveLength(3);
  });

  test('leases: floor, ceiling, and the smaller of lease and ttl', () => {
    const state = stateOf(web({ host: '192.0.2.1' }, { host: '2001:db8::1', ttl: 40 }));
    const values = new Map(
      [...state.state.values].map(([key, stored]) => [key, { ...stored, leaseId: '7' }]),
    );
    const view = viewOf({});
    view.apply({ ...state, state: { ...state.state, values } });
    const ttls = () =>
      ['A', 'AAAA'].map((type) => Number(onlyTypes(textOf(view), type)[0]?.split(' ')[1]));
    expect(ttls()).toEqual([300, 40]);
    expect([...view.leases()]).toEqual([['7', undefined]]);
    expect(view.setLeaseSeconds('7', 90).zones[0]?.changes).toHaveLength(1);
    expect(ttls()).toEqual([90, 40]);
    view.setLeaseSeconds('7', 3);
    expect(ttls()).toEqual([30, 30]);
    view.setLeaseSeconds('7', 1_000_000);
    expect(ttls()).toEqual([86_400, 40]);
  });
});
