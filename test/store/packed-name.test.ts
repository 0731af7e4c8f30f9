/** A name at rest is what it was at work, whatever octets and numbers it holds. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
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
const whole = fc.oneof(fc.nat(300), fc.maxSafeNat());

it('law: packed and unpacked, nothing is another', () => {
  const path = octets(20);
  const fact = fc.record({
    isBelow: fc.boolean(),
    text: octets(300),
    value: octets(300),
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
