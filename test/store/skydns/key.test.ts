/** Owner names and keys, both ways. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatName, nameFromLabels, parseName, ROOT } from '../../../src/dns/name.ts';
import { keyOfName, nameOfKey, normalPrefix, rangeOfZone } from '../../../src/store/skydns/key.ts';

describe('owner name and key', () => {
  test.each([
    ['/skydns/', 'web.example.', '/skydns/example/web'],
    ['/a/b/', '*._tcp.example.', '/a/b/example/_tcp/*'],
    ['/skydns/', '1.2.0.192.in-addr.arpa.', '/skydns/arpa/in-addr/192/0/2/1'],
    ['/', 'example.', '/example'],
  ])('prefix %s: %s is %s', (prefix, name, key) => {
    expect(keyOfName(prefix, parseName(name))).toBe(key);
    expect(formatName(nameOfKey(prefix, key)!)).toBe(name);
  });

  test.each(['a\\.b.example.', 'a/b.example.', '\\..example.', '\\.\\..example.'])(
    '%s has no key',
    (name) => {
      expect(() => keyOfName('/skydns/', parseName(name))).toThrow(/"\/" or "\."/);
    },
  );

  test.each([
    '/skydns/',
    '/skydns/example/',
    '/skydns//example',
    '/skydns/example/a.b',
    '/skydns/example/..',
    `/skydns/example/${'l'.repeat(64)}`,
    `/skydns/${Array(130).fill('a').join('/')}`,
    '/other/example',
    '/skydns',
  ])('%s is no name', (key) => {
    expect(nameOfKey('/skydns/', key)).toBeUndefined();
  });

  test('the longest name of all has a key', () => {
    const name = nameFromLabels(Array(127).fill('a'));
    expect(nameOfKey('/skydns/', keyOfName('/skydns/', name))).toBe(name);
  });

  test('every name without "/" or "." in a label comes back', () => {
    const label = fc
      .string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 })
      .filter((text) => !/[./]/.test(text));
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 8 }), (labels) => {
        const name = nameFromLabels(labels);
        expect(nameOfKey('/a/b/', keyOfName('/a/b/', name))).toBe(name);
      }),
    );
  });

  test('prefixes are one, however they are written; nonsense is refused', () => {
    for (const text of ['skydns', '/skydns', 'skydns/', '//skydns//']) {
      expect(normalPrefix(text)).toBe('/skydns/');
    }
    for (const text of ['/a/../b', '/a b', '/ü']) expect(() => normalPrefix(text)).toThrow();
    expect(normalPrefix('/')).toBe('/');
  });

  test('a zone is its apex and what lies below', () => {
    expect(rangeOfZone('/skydns/', parseName('example.'))).toEqual({
      from: '/skydns/example',
      to: '/skydns/example0',
    });
    expect(rangeOfZone('/skydns/', ROOT)).toEqual({ from: '/skydns/', to: '/skydns0' });
  });
});
