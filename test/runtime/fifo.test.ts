/** Fifo against a plain list, on any order of calls. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from '../../src/runtime/tables/fifo.ts';

test('it gives what a list gives, however much was taken before', () => {
  const steps = fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (counts) => {
      const fifo = new Fifo<number>();
      const list: number[] = [];
      let next = 0;
      let at = 0;
      for (const count of counts) {
        for (let put = 0; put < count; put++) {
          fifo.put(next);
          list.push(next++);
        }
        for (let taken = 0; taken > count; taken--) {
          expect(fifo.take()).toBe(at < list.length ? list[at++] : undefined);
        }
        expect(fifo.size).toBe(list.length - at);
      }
    }),
    { numRuns: 50 },
  );
});
