/**
 * The table of issue and README, all its cells: what follows from the member's API, the probe of
 * the addresses and the owner's policy.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideLiveness,
  LIVENESS_CAUSES,
  type LivenessInput,
  WHEN_UNREACHABLE,
  type WhenUnreachable,
} from '../../src/discovery/health/liveness.ts';

const DEAD = 'member lost, addresses do not answer';
const UNKNOWN = 'member lost, addresses unknown';
/** No shard would be in the answers. */
const ALONE = { hasOtherHealthy: false, isLastHope: true } as const;
const GRACES = { lostMs: 30_000, unknownMs: 300_000, deathMs: 1000 };
const BASE: LivenessInput = {
  policy: 'withdraw-if-probe-fails',
  api: 'fresh',
  apiSinceMs: 0,
  probe: 'up',
  probeSinceMs: 0,
  probeOverridesApi: false,
  hasOtherHealthy: true,
  suspectsSelf: false,
  wasOut: undefined,
  isLastHope: false,
  heldUntilMs: Number.NEGATIVE_INFINITY,
  graces: GRACES,
  nowMs: 0,
};

/** `out@T`: keeps its state until T ms after the signals turned, then out. */
type Cell = 'follow' | 'keep' | `out@${number}`;

const CELLS: readonly (readonly [string, string, readonly [Cell, Cell, Cell, Cell]])[] = [
  ['fresh', 'up', ['follow', 'follow', 'follow', 'keep']],
  ['fresh', 'unknown', ['follow', 'follow', 'follow', 'keep']],
  ['fresh', 'down', ['follow', 'follow', 'follow', 'keep']],
  ['lost', 'up', ['keep', 'out@30000', 'keep', 'keep']],
  ['lost', 'unknown', ['out@300000', 'out@30000', 'keep', 'keep']],
  ['lost', 'down', ['out@1000', 'out@0', 'keep', 'keep']],
];

describe('every cell', () => {
  for (const [api, probe, columns] of CELLS) {
    for (const [index, want] of columns.entries()) {
      const policy = WHEN_UNREACHABLE[index] as WhenUnreachable;
      it(`api ${api}, probe ${probe}, ${policy}: ${want}`, () => {
        const input = { ...BASE, api, probe, policy } as LivenessInput;
        const endsMs = want.startsWith('out@') ? Number(want.slice(4)) : undefined;
        if (endsMs === undefined) {
          for (const nowMs of [0, 1e9]) {
            const { kind, changesAtMs } = decideLiveness({ ...input, nowMs });
            expect({ kind, changesAtMs }).toEqual({ kind: want, changesAtMs: undefined });
          }
          return;
        }
        if (endsMs > 0) {
          const before = decideLiveness({ ...input, nowMs: endsMs - 1 });
          expect(before).toMatchObject({ kind: 'keep', changesAtMs: endsMs });
        }
        expect(decideLiveness({ ...input, nowMs: endsMs }).kind).toBe('out');
      });
    }
  }
});

describe('beside the table', () => {
  const rows: readonly (readonly [string, Partial<LivenessInput>, string])[] = [
    ['unknown for long, no other healthy: stays', { hasOtherHealthy: false }, 'keep'],
    ['unknown for long, another healthy: out', {}, 'out'],
    ['never', { graces: { ...GRACES, unknownMs: Number.POSITIVE_INFINITY } }, 'keep'],
    ['most are lost together', { suspectsSelf: true }, 'keep'],
    ['most are lost together, withdraw', { suspectsSelf: true, policy: 'withdraw' }, 'keep'],
    ['was out, and most are lost together', { suspectsSelf: true, wasOut: DEAD }, 'out'],
    ['was out, after a restart of ours', { nowMs: 0, wasOut: DEAD }, 'out'],
    ['was out, its addresses answer again', { wasOut: DEAD, probe: 'up' }, 'keep'],
    [
      'was out by withdraw, addresses answer',
      { wasOut: DEAD, probe: 'up', policy: 'withdraw', nowMs: 0 },
      'out',
    ],
    ['was out for others, who went', { ...ALONE, wasOut: UNKNOWN }, 'keep'],
    ['was out for others, who are there', { ...ALONE, wasOut: UNKNOWN, isLastHope: false }, 'out'],
    ['was out for its silence, others went', { ...ALONE, wasOut: DEAD }, 'out'],
    ['was out for others, silent since', { ...ALONE, wasOut: UNKNOWN, probe: 'down' }, 'out'],
    ['was out by withdraw, others went', { ...ALONE, wasOut: UNKNOWN, policy: 'withdraw' }, 'out'],
    [
      'was out by withdraw, others went, after a restart of ours',
      { ...ALONE, wasOut: UNKNOWN, policy: 'withdraw', nowMs: 0 },
      'out',
    ],
    ['was out, member is back', { wasOut: DEAD, api: 'fresh' }, 'follow'],
    ['was out, and frozen since', { wasOut: DEAD, policy: 'freeze', api: 'fresh' }, 'out'],
  ];
  it.each(rows)('%s: %s', (_name, changed, want) => {
    const input = { ...BASE, api: 'lost', probe: 'unknown', nowMs: 1e9, ...changed } as const;
    expect(decideLiveness(input).kind).toBe(want);
  });

  it('a probe may override a fresh member, unless we suspect ourselves', () => {
    const input = { ...BASE, probe: 'down', probeOverridesApi: true } as const;
    expect(decideLiveness(input)).toMatchObject({ kind: 'out', cause: 'addresses do not answer' });
    expect(decideLiveness({ ...input, suspectsSelf: true }).kind).toBe('follow');
  });

  it.each(WHEN_UNREACHABLE)('after we suspected ourselves no grace began before: %s', (policy) => {
    for (const probe of ['up', 'unknown', 'down'] as const) {
      const input = { ...BASE, api: 'lost', policy, probe, heldUntilMs: 1e9 } as const;
      expect(decideLiveness({ ...input, nowMs: 1e9 - 1 }).kind).toBe('keep');
    }
  });

  it('both lost: the grace begins with the later of the two', () => {
    const input = {
      ...BASE,
      api: 'lost',
      apiSinceMs: 500,
      probe: 'down',
      probeSinceMs: 200,
    } as const;
    expect(decideLiveness({ ...input, nowMs: 1499 })).toMatchObject({ changesAtMs: 1500 });
  });
});

const anyInput: fc.Arbitrary<LivenessInput> = fc.record({
  policy: fc.constantFrom(...WHEN_UNREACHABLE),
  api: fc.constantFrom('fresh', 'lost'),
  apiSinceMs: fc.nat(1000),
  probe: fc.constantFrom('up', 'unknown', 'down'),
  probeSinceMs: fc.nat(1000),
  probeOverridesApi: fc.boolean(),
  hasOtherHealthy: fc.boolean(),
  suspectsSelf: fc.boolean(),
  wasOut: fc.option(fc.constantFrom(...LIVENESS_CAUSES), { nil: undefined }),
  isLastHope: fc.boolean(),
  heldUntilMs: fc.constantFrom(Number.NEGATIVE_INFINITY, 2000),
  graces: fc.constant(GRACES),
  nowMs: fc.nat(400_000),
});

describe('laws', () => {
  it('losing the API alone never takes anything out, but by withdraw', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const lost = { ...input, api: 'lost', probe: 'up', wasOut: undefined } as const;
        if (lost.policy !== 'withdraw') expect(decideLiveness(lost).kind).toBe('keep');
      }),
    );
  });

  it('a time that is told is in the future, and something changes then', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { changesAtMs, kind } = decideLiveness(input);
        if (changesAtMs === undefined) return;
        expect(changesAtMs).toBeGreaterThan(input.nowMs);
        expect(decideLiveness({ ...input, nowMs: changesAtMs }).kind).not.toBe(kind);
      }),
    );
  });

  it('where no time is told, time alone changes nothing', () => {
    fc.assert(
      fc.property(anyInput, fc.nat(1e9), (input, laterMs) => {
        const now = decideLiveness(input);
        if (now.changesAtMs !== undefined) return;
        const later = decideLiveness({ ...input, nowMs: input.nowMs + laterMs });
        expect(later.kind).toBe(now.kind);
      }),
    );
  });
});
