/** A name at rest is what it was at work, whatever octets and numbers it holds. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  heldEntries,
  NOTHING_HELD,
  withEntry,
} from '../../src/store/skydns/packed/held-entries.ts';
import type { Fact } from '../../src/store/skydns/view/fact.ts';
import {
  hasLeases,
  packName,
  saidOf,
  unpackName,
} from '../../src/store/skydns/view/packed-name.ts';

const octets = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 0, max: 255 }), { maxLength })
    .map((codes) => String.fromCharCode(...codes));
/** Of our own form, nearly so, and any other. */
const number = fc.constantFrom('0', '7', '007', '30', '999999999', '1234567890', '-1', '1e3');
const byte = fc.constantFrom('0', '1', '01', '255', '256', '1000', '');
const host = fc.oneof(
  fc.array(byte, { minLength: 4, maxLength: 4 }).map((bytes) => bytes.join('.')),
  fc.constantFrom('2001:db8::1', 'web.example', 'a"b', 'a\\b', ''),
  octets(20),
);
const value = fc.oneof(
  octets(300),
  fc
    .tuple(host, number, fc.constantFrom('fedns', 'fedns2', 'a"b', ''))
    .map(([at, ttl, owner]) => `{"host":"${at}","ttl":${ttl},"targetstrip":1,"owner":"${owner}"}`),
);
const leaf = fc
  .array(fc.constantFrom(...'0123456789abcdefF'), { minLength: 15, maxLength: 17 })
  .map((digits) => `/${digits.join('')}`);
const whole = fc.oneof(fc.nat(300), fc.maxSafeNat());

it('law: packed and unpacked, nothing is another', () => {
  const path = octets(20);
  const fact = fc.record({
    isBelow: fc.boolean(),
    text: fc.oneof(octets(300), leaf),
    value,
    modRevision: whole,
    ttlSeconds: fc.nat(2 ** 31),
    marks: fc.nat(0x7ff),
    leaseId: fc.option(fc.bigInt({ min: 1n, max: 2n ** 63n }).map(String), { nil: undefined }),
  });
  const raised = fc.option(fc.array(octets(20), { minLength: 1 }), { nil: undefined });
  fc.assert(
    fc.property(path, fc.array(fact), raised, fc.nat(2), (at, given, raisedKeys, said) => {
      const facts = given.map(({ isBelow, text, ...rest }): Fact => {
        return { key: isBelow ? at + text : text, ...rest, entry: undefined };
      });
      const slot = { path: at, facts, raised: raisedKeys, said, isDirty: false };
      const packed = packName(slot);
      expect(unpackName(at, packed)).toEqual(slot);
      expect(saidOf(packed)).toBe(said);
      expect(hasLeases(packed)).toBe(facts.some(({ leaseId }) => leaseId !== undefined));
    }),
  );
});

it('law: a value that rests with its writer comes back', () => {
  const entry = fc.record({ value, modRevision: whole }, { noNullPrototype: true });
  const stray = fc.record(
    { value, modRevision: whole, strayKey: octets(30) },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(entry, stray)), (entries) => {
      expect([...heldEntries(entries.reduce(withEntry, NOTHING_HELD))]).toEqual(entries);
    }),
  );
});
