/** FlatTexts behaves as a Map does, whatever comes and goes, and gives back what is waste. */

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FlatTexts } from '../../src/runtime/tables/flat-texts.ts';

const octets = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 0, max: 255 }), { maxLength })
    .map((codes) => String.fromCharCode(...codes));
const key = fc.oneof(octets(3), octets(90), fc.integer({ min: 0, max: 40 }).map(String));
const value = fc.oneof(
  octets(20),
  octets(3000),
  fc.nat(40_000).map((length) => 'v'.repeat(length)),
);
const step = fc.oneof(
  { weight: 60, arbitrary: fc.tuple(fc.constant('set' as const), key, value) },
  { weight: 40, arbitrary: fc.tuple(fc.constant('delete' as const), key, fc.constant('')) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant('clear' as const), fc.constant(''), fc.constant('')),
  },
);

type Step = readonly ['set' | 'delete' | 'clear', string, string];

function isLikeMap(texts: FlatTexts, steps: readonly Step[]): void {
  const like = new Map<string, string>();
  for (const [what, which, said] of steps) {
    if (what === 'set') {
      texts.set(which, said);
      like.set(which, said);
    } else if (what === 'delete') expect(texts.delete(which)).toBe(like.delete(which));
    else {
      texts.clear();
      like.clear();
    }
    expect(texts.size).toBe(like.size);
    expect(texts.get(which)).toBe(like.get(which));
    expect(texts.has(which)).toBe(like.has(which));
  }
  expect(new Map(texts)).toEqual(like);
  expect(new Set(texts.keys())).toEqual(new Set(like.keys()));
}

describe('FlatTexts', () => {
  it('holds what a Map would hold', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => isLikeMap(new FlatTexts(), steps)),
      { numRuns: 150 },
    );
  });

  it('holds two texts of one hash', async () => {
    vi.resetModules();
    vi.doMock('../../src/runtime/tables/text-hash.ts', () => ({
      textHash: (text: string) => [text.length & 1, 1],
    }));
    const { FlatTexts: OneHash } = await import('../../src/runtime/tables/flat-texts.ts');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => isLikeMap(new OneHash(), steps)),
    );
    vi.doUnmock('../../src/runtime/tables/text-hash.ts');
  });

  it('holds what is larger than a block, and gives it back', () => {
    const texts = new FlatTexts();
    const large = 'l'.repeat(3_000_000);
    texts.set('large', large);
    texts.set('small', 's');
    expect(texts.get('large')).toBe(large);
    texts.set('large', `${large}r`);
    texts.delete('large');
    for (let at = 0; at < 50_000; at++) texts.set(`k${at}`, 'of the usual length');
    expect(texts.get('small')).toBe('s');
    expect(texts.octetCount).toBeLessThan(4_000_000);
  });

  it('gives back what came and went, of every size', () => {
    const sizes = [
      [10, 1_100_000],
      [450_000, 620_000],
      [10, 700_000, 1_048_560],
    ];
    for (const some of sizes) {
      const texts = new FlatTexts();
      for (let at = 0; at < 2000; at++) texts.set(`stays ${at}`, 'a usual length');
      for (let round = 0; round < 60; round++) {
        for (const size of some) texts.set(`comes ${size}`, 'c'.repeat(size - (round % 7)));
        for (const size of some) texts.delete(`comes ${size}`);
      }
      expect(texts.octetCount).toBeLessThan(6_000_000);
      for (let at = 0; at < 2000; at++) texts.delete(`stays ${at}`);
      expect(texts.octetCount).toBe(0);
    }
  });

  it('keeps no room for what values once were', () => {
    const texts = new FlatTexts();
    for (let at = 0; at < 5000; at++) {
      texts.set(`key ${at}`, 'x'.repeat(6000));
      texts.set(`key ${at}`, 'short by now');
    }
    expect(texts.octetCount).toBeLessThan(3_000_000);
  });

  it('takes no more room for what changes again and again', () => {
    const texts = new FlatTexts();
    for (let round = 0; round < 200; round++) {
      for (let at = 0; at < 2000; at++)
        texts.set(`key ${at}`, 'x'.repeat(20 + ((at + round) % 90)));
      for (let at = round % 2; at < 2000; at += 2) texts.delete(`key ${at}`);
    }
    // Of 2,000 entries of at most 140 octets, half of them waste, and the block that is written to.
    expect(texts.octetCount).toBeLessThan(2_500_000);
  });

  it('comes once to what is there all the time while it is gone over', () => {
    const texts = new FlatTexts();
    for (let at = 0; at < 5000; at++) texts.set(`key ${at}`, `value ${at}`);
    const seen = new Map<string, number>();
    let count = 0;
    for (const [name] of texts) {
      seen.set(name, (seen.get(name) ?? 0) + 1);
      count++;
      texts.set(`key ${(count * 7) % 5000}`, 'longer than it was before '.repeat(count % 40));
      if (count % 3 === 0) texts.delete(`key ${5000 + count}`);
      else texts.set(`key ${5000 + count}`, 'new');
      if (count > 100_000) throw new Error('it never ends');
    }
    for (let at = 0; at < 5000; at++) expect(seen.get(`key ${at}`)).toBe(1);
  });
});
