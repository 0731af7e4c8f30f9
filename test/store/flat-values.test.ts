/** What a store holds is the same, few or many: as a Map has it, in the order in which it came. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlatValues, GrowingValues } from '../../src/store/flat-values.ts';
import type { StoredValue } from '../../src/store/record-store.ts';

const octets = fc
  .array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 })
  .map((codes) => String.fromCharCode(...codes));
const revision = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const stored: fc.Arbitrary<StoredValue> = fc
  .record({
    value: octets,
    modRevision: revision,
    createRevision: revision,
    leaseId: fc.option(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String), { nil: undefined }),
  })
  .map(({ leaseId, ...one }) => (leaseId === undefined ? one : { ...one, leaseId }));

describe('values of a store', () => {
  it('flat ones are what a Map holds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(octets, stored), { maxLength: 60 }), (entries) => {
        const [flat, like] = [new FlatValues(), new Map(entries)];
        for (const [key, one] of entries) flat.set(key, one);
        expect([...flat]).toEqual([...like]);
        expect([...flat.keys()]).toEqual([...like.keys()]);
        expect(flat.size).toBe(like.size);
        for (const [key, one] of like) expect(flat.get(key)).toEqual(one);
        expect(flat.has('none')).toBe(like.has('none'));
        expect(flat.get('none')).toEqual(like.get('none'));
      }),
    );
  });

  it('growing ones lose nothing where they become flat, and begin anew', () => {
    const growing = new GrowingValues();
    const said = (at: number) => ({ value: `value ${at}`, modRevision: at, createRevision: 1 });
    for (const count of [10, 50_000]) {
      growing.clear();
      for (let at = 0; at < count; at++) growing.set(`key ${at}`, said(at));
      growing.set('key 3', said(7));
      expect(growing.values.size).toBe(count);
      expect(growing.values.get('key 3')).toEqual(said(7));
      expect(growing.values.get(`key ${count - 1}`)).toEqual(said(count - 1));
    }
    expect(growing.values).toBeInstanceOf(FlatValues);
  });
});
