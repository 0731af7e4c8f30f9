/** Rows of targets: as objects would be, whatever comes and goes; numbers are never given again. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MirroredTargets } from '../../src/probe/mirrored-targets.ts';
import { type ProbeTarget, probeKey } from '../../src/probe/probe-target.ts';
import type { ProbeState } from '../../src/probe/verdict.ts';

const target: fc.Arbitrary<ProbeTarget> = fc.record({
  address: fc.nat(300).map((last) => `192.0.${last >> 8}.${last & 255}`),
  port: fc.constantFrom(80, 443),
  check: fc.constantFrom(
    { kind: 'tcp' } as const,
    {
      kind: 'http',
      path: '/',
      statuses: [200, 399],
    } as const,
  ),
});
const state: fc.Arbitrary<ProbeState> = fc.record({
  verdict: fc.constantFrom('up' as const, 'down' as const, 'unknown' as const),
  sinceMs: fc.nat(),
  reason: fc.nat(3000).map((number) => `status ${number}`),
  lastMs: fc.constant(undefined),
  everUp: fc.boolean(),
  isInDoubt: fc.boolean(),
});

it('law: as a Map of objects', () => {
  const step = fc.record({ target, state, isOrdered: fc.boolean(), goes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 400 }), (steps) => {
      const targets = new MirroredTargets();
      const naive = new Map<string, { target: ProbeTarget; state: ProbeState; id: number }>();
      const given = new Set<number>();
      for (const one of steps) {
        const key = probeKey(one.target);
        const row = targets.rowOf(key);
        expect(row === undefined).toBe(!naive.has(key));
        if (row === undefined) {
          const entered = targets.enter(key, one.target, one.state);
          const id = targets.idAt(entered);
          expect(given.has(id)).toBe(false);
          given.add(id);
          naive.set(key, { target: one.target, state: one.state, id });
          expect(targets.isOrdered(entered)).toBe(false);
        } else if (one.goes) {
          targets.leave(row);
          expect(targets.rowOfId(naive.get(key)?.id ?? -1)).toBeUndefined();
          naive.delete(key);
        } else {
          targets.setOrdered(row, one.isOrdered);
          targets.setState(row, one.state);
          expect(targets.isOrdered(row)).toBe(one.isOrdered);
          naive.set(key, { ...naive.get(key), state: one.state } as never);
        }
      }
      expect(targets.size).toBe(naive.size);
      for (const [key, one] of naive) {
        const row = targets.rowOfId(one.id) ?? -1;
        expect(targets.keyAt(row)).toBe(key);
        expect(targets.targetAt(row)).toEqual(one.target);
        expect(targets.stateAt(row)).toEqual(one.state);
      }
    }),
  );
});

it('a reason is kept, however many others there are', () => {
  const targets = new MirroredTargets();
  const of = (number: number): ProbeTarget => {
    return { address: `198.51.${number >> 8}.${number & 255}`, port: 80, check: { kind: 'tcp' } };
  };
  const said = (reason: string): ProbeState => {
    const flags = { everUp: false, isInDoubt: false, lastMs: undefined };
    return { verdict: 'unknown', sinceMs: 1, reason, ...flags };
  };
  const rows = Array.from({ length: 3000 }, (_, number) =>
    targets.enter(probeKey(of(number)), of(number), said(`status ${number}`)),
  );
  expect(rows.map((row) => targets.stateAt(row).reason)).toEqual(
    rows.map((_, number) => `status ${number}`),
  );
});
