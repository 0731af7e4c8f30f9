/** Names: any octet, labels not strings, only A-Z fold, limits to the last octet. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  childName,
  compareNames,
  foldAscii,
  formatName,
  isAtOrBelow,
  labelCount,
  labelsOf,
  nameFromLabels,
  parentName,
  parseName,
  ROOT,
  stripLabels,
} from '../../src/dns/name.ts';

const octet = fc.nat(255).map((code) => String.fromCharCode(code));
const label = fc.array(octet, { minLength: 1, maxLength: 20 }).map((octets) => octets.join(''));
const labels = fc.array(label, { maxLength: 8 });
const name = labels.map(nameFromLabels);

describe('names', () => {
  test('parse(format(x)) = x; labels come back folded', () => {
    fc.assert(
      fc.property(labels, (given) => {
        const made = nameFromLabels(given);
        expect(parseName(formatName(made))).toBe(made);
        expect(labelsOf(made)).toEqual(given.map(foldAscii));
        expect(labelCount(made)).toBe(given.length);
      }),
    );
  });

  test('a child is below its parent and every ancestor, and nothing else is', () => {
    fc.assert(
      fc.property(name, label, (parent, first) => {
        const child = childName(first, parent);
        expect(parentName(child)).toBe(parent);
        for (let at = 0; at <= labelCount(child); at++) {
          expect(isAtOrBelow(child, stripLabels(child, at))).toBe(true);
        }
        expect(isAtOrBelow(parent, child)).toBe(false);
      }),
    );
  });

  test.each([
    ['web.example.', 'example.', true],
    ['example.', 'example.', true],
    ['notexample.', 'example.', false],
    // The octets of "\x07example\x00" are there, but inside of a longer label.
    ['ab\\007example.', 'example.', false],
    ['web.example.', '.', true],
    ['.', 'example.', false],
  ])('%s at or below %s: %s', (below, apex, want) => {
    expect(isAtOrBelow(parseName(below), parseName(apex))).toBe(want);
  });

  test('canonical order, the example of RFC 4034 section 6.1', () => {
    const sorted = [
      'example.',
      'a.example.',
      'yljkjljk.a.example.',
      'Z.a.example.',
      'zABC.a.EXAMPLE.',
      'z.example.',
      '\\001.z.example.',
      '*.z.example.',
      '\\200.z.example.',
    ].map((text) => parseName(text));
    expect([...sorted].reverse().sort(compareNames)).toEqual(sorted);
  });

  test('limits: 63 octets a label, 255 a name', () => {
    expect(() => parseName('a'.repeat(63))).not.toThrow();
    expect(() => parseName('a'.repeat(64))).toThrow('label over 63');
    const three = `${'a'.repeat(63)}.`.repeat(3);
    expect(parseName(`${three}${'b'.repeat(61)}`)).toHaveLength(255);
    expect(() => parseName(`${three}${'b'.repeat(62)}`)).toThrow('name over 255');
  });

  test.each(['', 'a..b', '.a', '..', '\\', '\\25', '\\256', 'caf\u00e9'])('refused: %j', (text) => {
    expect(() => parseName(text)).toThrow();
  });

  test('only A-Z fold', () => {
    expect(parseName('A[Z`\\195.')).toBe('\x05a[z`\xc3\0');
    expect(parseName('.')).toBe(ROOT);
    expect(parseName('@', parseName('Example.'))).toBe(parseName('example.'));
  });
});
