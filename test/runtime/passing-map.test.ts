/** PassingMap behaves as a Map does, whatever comes and goes. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PassingMap } from '../../src/runtime/tables/passing-map.ts';

const key = fc.integer({ min: 0, max: 60 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant('set' as const), key) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('delete' as const), key) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clear' as const), key) },
);

describe('PassingMap', () => {
  it('holds what a Map would hold, in the same order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const [map, like] = [new PassingMap<number, number>(), new Map<number, number>()];
        steps.forEach(([what, which], index) => {
          if (what === 'set') {
            map.set(which, index);
            like.set(which, index);
          } else if (what === 'delete') expect(map.delete(which)).toBe(like.delete(which));
          else {
            map.clear();
            like.clear();
          }
          expect(map.size).toBe(like.size);
          expect(map.get(which)).toBe(like.get(which));
          expect(map.has(which)).toBe(like.has(which));
        });
        expect([...map]).toEqual([...like]);
        expect([...map.keys()]).toEqual([...like.keys()]);
        expect([...map.values()]).toEqual([...like.values()]);
      }),
    );
  });

  it('keeps what is left each time it is made anew', () => {
    const map = new PassingMap<number, number>();
    for (let at = 0; at < 1000; at++) {
      map.set(at, at);
      map.delete(at - 2);
    }
    expect([...map.keys()]).toEqual([998, 999]);
  });
});
