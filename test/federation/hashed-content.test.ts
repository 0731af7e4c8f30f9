/** The texts that PropagatedVersion's hashes are of, as Go writes them; and hashes of labels. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../src/federation/canonical-json.ts';
import { hashOfLabels } from '../../src/federation/copies/copy-facts.ts';

it.each([
  [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
  [{ a: '<b>&' }, '{"a":"\\u003cb\\u003e\\u0026"}'],
  [{ a: '\u2028\u2029' }, '{"a":"\\u2028\\u2029"}'],
  [{ a: undefined, b: {} }, '{"b":{}}'],
  [{ '\u{1f600}': 1, '\uffff': 2 }, '{"\uffff":2,"\u{1f600}":1}'],
  [undefined, 'null'],
])('%j is %s', (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

it('is the same for the same value, and says all of it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

it('labels hash alike in any order, and differ where they differ', () => {
  const labels = fc.dictionary(fc.string(), fc.string());
  fc.assert(
    fc.property(labels, labels, (left, right) => {
      const of = (entries: [string, string][]) => hashOfLabels(new Map(entries));
      const entries = Object.entries(left);
      expect(of(entries.toReversed())).toBe(of(entries));
      expect(Number.isSafeInteger(of(entries))).toBe(true);
      const isSame = canonicalJson(left) === canonicalJson(right);
      expect(of(Object.entries(right)) === of(entries)).toBe(isSame);
    }),
  );
});
