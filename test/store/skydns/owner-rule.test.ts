/** Which owner names an entry answers at, in both modes of a zone. */
import { describe, expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { type Keys, onlyTypes, textOf, viewOf } from './view-text.ts';

const A1 = { host: '192.0.2.1' };
const A2 = { host: '192.0.2.2' };

interface Row {
  readonly name: string;
  readonly given: Keys;
  readonly want: readonly string[];
  readonly apex?: string;
  readonly types?: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: 'targetstrip takes the leaf off',
    given: { '/skydns/example/web/1a2b3c4d': { ...A1, targetstrip: 1 } },
    want: ['web.example. 300 A 192.0.2.1'],
  },
  {
    name: 'leaves of one name are one RRset with the smallest TTL',
    given: {
      '/skydns/example/web/x1': { ...A1, targetstrip: 1, ttl: 60 },
      '/skydns/example/web/x2': { ...A2, targetstrip: 1 },
    },
    want: ['web.example. 60 A 192.0.2.1', 'web.example. 60 A 192.0.2.2'],
  },
  {
    name: 'an entry without targetstrip answers at its name and one level up, not two',
    given: { '/skydns/example/db/web/x1': A1 },
    want: ['web.db.example. 300 A 192.0.2.1', 'x1.web.db.example. 300 A 192.0.2.1'],
  },
  {
    name: 'not one level up where an entry sits at that name itself',
    given: { '/skydns/example/web': A1, '/skydns/example/web/db': A2 },
    want: ['db.web.example. 300 A 192.0.2.2', 'web.example. 300 A 192.0.2.1'],
  },
  {
    name: 'an unreadable value sits nowhere',
    given: { '/skydns/example/web': 'not json', '/skydns/example/web/x1': A1 },
    want: ['web.example. 300 A 192.0.2.1', 'x1.web.example. 300 A 192.0.2.1'],
  },
  {
    name: 'never one level up to the apex',
    given: { '/skydns/example/web': A1 },
    want: ['web.example. 300 A 192.0.2.1'],
  },
  {
    name: 'never for * or _ as the last label',
    given: {
      '/skydns/example/web/*': A1,
      '/skydns/example/web/_tcp': { ...A2, port: -1 },
    },
    want: ['*.web.example. 300 A 192.0.2.1', '_tcp.web.example. 300 A 192.0.2.2'],
  },
  {
    name: 'a targetstrip above the apex is ignored',
    given: { '/skydns/example/web/x1': { ...A1, targetstrip: 3 } },
    want: ['x1.web.example. 300 A 192.0.2.1'],
  },
  {
    name: 'targetstrip may reach the apex',
    given: { '/skydns/example/1a2b3c4d': { ...A1, targetstrip: 1 } },
    want: ['example. 300 A 192.0.2.1'],
  },
  {
    name: 'dns/apex gives the addresses of the apex, others only without it',
    given: {
      '/skydns/example/1a2b3c4d': { ...A1, targetstrip: 1, text: 'hello' },
      '/skydns/example/dns/apex/x': { ...A2 },
    },
    want: [
      'example. 300 A 192.0.2.2',
      'example. 300 TXT "hello"',
      'x.apex.dns.example. 300 A 192.0.2.2',
    ],
    types: ['A', 'TXT'],
  },
  {
    name: 'dns/ns gives the name servers, by address or by name',
    given: {
      '/skydns/example/dns/ns/ns1': A1,
      '/skydns/example/dns/ns/far': { host: 'ns.example.net' },
    },
    want: [
      'example. 300 NS ns.example.net.',
      'example. 300 NS ns1.ns.dns.example.',
      'far.ns.dns.example. 300 CNAME ns.example.net.',
      'ns1.ns.dns.example. 300 A 192.0.2.1',
    ],
    types: ['NS', 'A', 'CNAME'],
  },
  {
    name: 'reverse zones hold PTR at the exact key, or under a leaf of ExternalDNS',
    apex: '2.0.192.in-addr.arpa.',
    given: {
      '/skydns/arpa/in-addr/192/0/2/1': { host: 'web.example' },
      '/skydns/arpa/in-addr/192/0/2/2/1a2b3c4d': { host: 'db.example.', targetstrip: 1 },
    },
    want: [
      '1.2.0.192.in-addr.arpa. 300 PTR web.example.',
      '2.2.0.192.in-addr.arpa. 300 PTR db.example.',
    ],
  },
  {
    name: 'a leaf without host says that the name exists and holds nothing',
    given: { '/skydns/example/web/0000000000000000': { targetstrip: 1 } },
    want: ['web.example. NODATA'],
  },
  {
    name: 'upper case in a key is folded',
    given: { '/skydns/example/Web/x1': { ...A1, targetstrip: 1 } },
    want: ['web.example. 300 A 192.0.2.1'],
  },
  {
    name: 'keys of other zones and SkyDNS configuration are not ours',
    given: { '/skydns/config': { ttl: 5 }, '/skydns/example-two/web': A1, '/skydns/net/web': A1 },
    want: [],
  },
];

describe('which name an entry answers at', () => {
  test.each(rows)('$name', ({ given, want, apex = 'example.', types = ['A', 'PTR'] }) => {
    const view = viewOf(given, { zones: [{ apex: parseName(apex), mode: 'owner' }] });
    expect(onlyTypes(textOf(view, apex), ...types)).toEqual(want);
  });

  test('a prefix of several components, written with or without slashes', () => {
    const given = { '/a/b/example/web/x1': { ...A1, targetstrip: 1 } };
    for (const prefix of ['a/b', '/a/b', '/a/b/']) {
      expect(onlyTypes(textOf(viewOf(given, { prefix })), 'A')).toEqual([
        'web.example. 300 A 192.0.2.1',
      ]);
    }
  });

  test('the closest of two nested zones takes an entry', () => {
    const zones = ['example.', 'sub.example.'].map((apex) => ({
      apex: parseName(apex),
      mode: 'owner' as const,
    }));
    const view = viewOf({ '/skydns/example/sub/web/x1': { ...A1, targetstrip: 1 } }, { zones });
    expect(textOf(view)).toEqual([]);
    expect(onlyTypes(textOf(view, 'sub.example.'), 'A')).toEqual([
      'web.sub.example. 300 A 192.0.2.1',
    ]);
    expect(view.ranges()).toEqual([
      { from: '/skydns/example', to: '/skydns/example0' },
      { from: '/fedns/', to: '/fedns0' },
    ]);
  });
});

describe('subtree mode', () => {
  const subtree = { zones: [{ apex: parseName('example.'), mode: 'subtree' as const }] };

  test('a name holds all its descendants, and they hide its own entry', () => {
    const view = viewOf(
      {
        '/skydns/example/db': { host: '192.0.2.9' },
        '/skydns/example/db/x1': A1,
        '/skydns/example/db/deep/x2': { ...A2, targetstrip: 1 },
      },
      subtree,
    );
    expect(onlyTypes(textOf(view), 'A')).toEqual([
      'db.example. 300 A 192.0.2.1',
      'db.example. 300 A 192.0.2.2',
      'deep.db.example. 300 A 192.0.2.2',
      'example. 300 A 192.0.2.1',
      'example. 300 A 192.0.2.2',
      'example. 300 A 192.0.2.9',
      'x1.db.example. 300 A 192.0.2.1',
      'x2.deep.db.example. 300 A 192.0.2.2',
    ]);
  });

  test('dns/apex keeps the subtree out of the apex', () => {
    const view = viewOf({ '/skydns/example/db': A1, '/skydns/example/dns/apex': A2 }, subtree);
    expect(onlyTypes(textOf(view), 'A')).toContain('example. 300 A 192.0.2.2');
    expect(textOf(view)).not.toContain('example. 300 A 192.0.2.1');
  });
});
