/** How the limits of an autoscaler are shared: Federation v1's cases, and what holds of every plan. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AutoscalerLimits,
  type AutoscalerWish,
  type ClusterAutoscaler,
  planAutoscalers,
  SCALE_REST_MS_DEFAULT,
} from '../../../src/federation/replicas/autoscaler-planner.ts';

const NOW_MS = 1_800_000_000_000;
const MOMENT = { nowMs: NOW_MS, scaleRestMs: SCALE_REST_MS_DEFAULT };

/**
 * `A`, that has none; `B 1..9`, that has not yet decided; `C 1..9 5>6`, that runs 5 and wants 6 and
 * last scaled long ago; `D 1..9 5>6!`, just now. Of the empty key the order is D, C, B, A.
 */
function clusters(words: string): ClusterAutoscaler[] {
  return words.split(', ').map((one) => {
    const [, name = '', min, max, current, desired, lately] =
      /^(\w+)(?: (\d+)\.\.(\d+)(?: (\d+)>(\d+)(!)?)?)?$/.exec(one) ?? [];
    if (min === undefined) return { name, found: undefined };
    const rested = current === undefined ? undefined : NOW_MS - SCALE_REST_MS_DEFAULT;
    const found = {
      minReplicas: Number(min),
      maxReplicas: Number(max),
      currentReplicas: Number(current ?? 0),
      desiredReplicas: Number(desired ?? 0),
      lastScaleMs: lately === undefined ? rested : NOW_MS - SCALE_REST_MS_DEFAULT + 1,
    };
    return { name, found };
  });
}

const inWords = (plan: ReadonlyMap<string, AutoscalerLimits>) =>
  [...plan].map(([name, one]) => `${name} ${one.minReplicas}..${one.maxReplicas}`).join(', ');

interface Row {
  readonly what: string;
  readonly wish: readonly [min: number | undefined, max: number];
  readonly given: string;
  readonly want: string;
}

describe('rows', () => {
  it.each<Row>([
    { what: 'new everywhere', wish: [4, 10], given: 'A, B', want: 'A 2..5, B 2..5' },
    { what: 'no minimum said', wish: [undefined, 10], given: 'A, B', want: 'A 1..5, B 1..5' },
    { what: 'odd ones', wish: [4, 11], given: 'A, B, C', want: 'A 1..3, B 1..4, C 2..4' },
    {
      what: 'too few for all: share 0 gets none',
      wish: [1, 3],
      given: 'A, B, C',
      want: 'B 1..1, C 1..2',
    },
    { what: 'one for many', wish: [1, 1], given: 'A, B', want: 'B 1..1' },
    { what: 'to 0 where asked for', wish: [0, 4], given: 'A, B', want: 'A 0..2, B 0..2' },
    { what: 'alone', wish: [2, 9], given: 'A', want: 'A 2..9' },
    {
      what: 'a new cluster gets one that nobody uses',
      wish: [1, 10],
      given: 'A 1..10, B',
      want: 'A 1..9, B 1..1',
    },
    {
      what: 'a new cluster gets one of each',
      wish: [1, 30],
      given: 'A 1..10, B 1..10 9>4, C 1..10 7>7, D',
      want: 'A 1..9, B 1..9, C 1..9, D 1..3',
    },
    {
      what: 'a new cluster gets none while all are used',
      wish: [1, 10],
      given: 'A 1..10 10>10, B',
      want: 'A 1..10',
    },
    {
      what: 'the one that needs gets one of who does not use it, who just scaled is let alone',
      wish: [1, 10],
      given: 'A 1..7 5>5, B 1..1 1>1, C 1..2 1>1!',
      want: 'A 1..6, B 1..2, C 1..2',
    },
    {
      what: 'nobody has one to give',
      wish: [1, 10],
      given: 'A 1..9 9>9!, B 1..1 1>1',
      want: 'A 1..9, B 1..1',
    },
    {
      what: 'who just scaled takes none',
      wish: [1, 10],
      given: 'A 1..9 3>3, B 1..1 1>1!',
      want: 'A 1..9, B 1..1',
    },
    {
      what: 'nobody needs: nothing moves',
      wish: [1, 12],
      given: 'A 1..8 2>2, B 1..4 2>2',
      want: 'A 1..8, B 1..4',
    },
    {
      what: 'a minimum moves from who is stuck at it',
      wish: [4, 10],
      given: 'A 3..6 3>3, B 1..4 3>3',
      want: 'A 2..6, B 2..4',
    },
    {
      what: 'no minimum moves from who uses it',
      wish: [4, 10],
      given: 'A 3..6 4>4, B 1..4 3>3',
      want: 'A 3..6, B 1..4',
    },
    { what: 'more is wanted', wish: [4, 14], given: 'A 1..5, B 1..5', want: 'A 2..7, B 2..7' },
    {
      what: 'what is spare goes first to who needs',
      wish: [2, 11],
      given: 'A 1..5 5>5, B 1..5 2>2',
      want: 'A 1..6, B 1..5',
    },
    { what: 'less is wanted', wish: [3, 8], given: 'A 2..8, B 2..8', want: 'A 2..4, B 1..4' },
    {
      what: 'less is wanted: who has one to give gives first',
      wish: [2, 15],
      given: 'A 1..8 8>8, B 1..8 3>3',
      want: 'A 1..8, B 1..7',
    },
    {
      what: 'less is wanted than there are clusters',
      wish: [1, 2],
      given: 'A 1..4 4>4, B 1..4 4>4, C 1..4 4>4',
      want: 'B 1..1, C 1..1',
    },
    {
      what: 'a minimum follows its maximum down',
      wish: [4, 4],
      given: 'A 3..8 8>8, B 3..8 8>8',
      want: 'A 2..2, B 2..2',
    },
    {
      what: 'a cluster went: what it had goes to the others',
      wish: [2, 12],
      given: 'A 1..4 4>4, B 1..4 2>2',
      want: 'A 1..6, B 1..6',
    },
    {
      what: 'one that never had to scale gives too',
      wish: [1, 10],
      given: 'A 1..9, B 1..1 1>1',
      want: 'A 1..8, B 1..2',
    },
  ])('$what', ({ wish: [minReplicas, maxReplicas], given, want }) => {
    const plan = planAutoscalers(clusters(given), { minReplicas, maxReplicas, key: '', ...MOMENT });
    expect(inWords(plan)).toBe(want);
  });

  it('no cluster, no plan', () => {
    expect(planAutoscalers([], { minReplicas: 1, maxReplicas: 3, key: '', ...MOMENT }).size).toBe(
      0,
    );
  });

  it('very many are as quick as few', () => {
    const wish = { minReplicas: 1, maxReplicas: 2 ** 31 - 1, key: '', ...MOMENT };
    const plan = planAutoscalers(clusters('A 1..5 5>5, B 1..5 5>5, C'), wish);
    const less = planAutoscalers(
      [...plan].map(([name, limits]) => {
        const status = { currentReplicas: 9, desiredReplicas: 9, lastScaleMs: NOW_MS };
        return { name, found: { ...limits, ...status } };
      }),
      { ...wish, maxReplicas: 6 },
    );
    expect(inWords(less)).toBe('A 1..1, B 1..1, C 1..4');
  });
});

const anyFound = fc
  .record({ min: fc.nat(5), above: fc.nat(10), current: fc.nat(15), desired: fc.nat(15) })
  .chain(({ min, above, current, desired }) =>
    fc.record({
      minReplicas: fc.constantFrom(Math.max(1, min), undefined),
      maxReplicas: fc.constant(Math.max(1, min) + above),
      currentReplicas: fc.constantFrom(current, min, min + above),
      desiredReplicas: fc.constantFrom(desired, min, min + above, 0),
      lastScaleMs: fc.constantFrom(undefined, NOW_MS, 0),
    }),
  );
const anyClusters = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('A', 'B', 'C', 'D', 'E'),
    found: fc.option(anyFound, { nil: undefined }),
  }),
  { selector: ({ name }) => name, minLength: 1 },
);
const anyWish = fc.record({ min: fc.nat(12), above: fc.nat(40) }).map(({ min, above }) => ({
  minReplicas: Math.max(1, min),
  maxReplicas: Math.max(1, min) + above,
  key: 'shop/web',
  ...MOMENT,
}));

/** What is planned again and again, carried out while the members stand still. */
function rest(given: readonly ClusterAutoscaler[], wish: AutoscalerWish): string {
  let now = given;
  let before = '';
  for (let round = 0; round < 60; round++) {
    const plan = planAutoscalers(now, wish);
    if (inWords(plan) === before) return before;
    before = inWords(plan);
    now = now.map(({ name, found }) => {
      const limits = plan.get(name);
      if (limits === undefined) return { name, found: undefined };
      const { currentReplicas = 0, desiredReplicas = 0, lastScaleMs } = found ?? {};
      return { name, found: { ...limits, currentReplicas, desiredReplicas, lastScaleMs } };
    });
  }
  return `still moving: ${before}`;
}

describe('no replica goes to and fro', () => {
  it.each<Row>([
    {
      what: 'one above what it runs stays with it, a new cluster gets of who has more',
      wish: [6, 11],
      given: 'A 3..4 3>3, B 3..9 3>3, C',
      want: 'A 2..4, B 3..6, C 1..1',
    },
    {
      what: 'both at their maximum, and one to give',
      wish: [1, 7],
      given: 'A 1..1 1>1, E 3..5 5>5',
      want: 'A 1..2, E 1..5',
    },
    {
      what: 'a minimum is not given to who would be stuck at it',
      wish: [4, 10],
      given: 'A 3..6 3>3, B 1..4 2>2',
      want: 'A 3..6, B 1..4',
    },
  ])('$what', ({ wish: [minReplicas, maxReplicas], given, want }) => {
    const wish = { minReplicas, maxReplicas, key: 'shop/web', ...MOMENT };
    expect(rest(clusters(given), wish)).toBe(want);
  });
});

describe('laws', () => {
  it('maximums sum up to the maximum, minimums to the minimum or one each', () => {
    fc.assert(
      fc.property(anyClusters, anyWish, (given, wish) => {
        const plan = [...planAutoscalers(given, wish).values()];
        const sum = (field: keyof AutoscalerLimits) =>
          plan.reduce((total, one) => total + one[field], 0);
        expect(sum('maxReplicas')).toBe(wish.maxReplicas);
        expect(sum('minReplicas')).toBe(Math.max(wish.minReplicas, plan.length));
        for (const { minReplicas, maxReplicas } of plan) {
          expect(minReplicas).toBeGreaterThanOrEqual(1);
          expect(maxReplicas).toBeGreaterThanOrEqual(minReplicas);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('unless less is wanted no cluster gives more than one, and none that just scaled', () => {
    fc.assert(
      fc.property(anyClusters, anyWish, (given, wish) => {
        const all = given.reduce((total, { found }) => total + (found?.maxReplicas ?? 0), 0);
        const plan = planAutoscalers(given, wish);
        for (const { name, found } of all > wish.maxReplicas ? [] : given) {
          if (found === undefined) continue;
          const most = found.lastScaleMs === NOW_MS ? 0 : 1;
          expect(plan.get(name)?.maxReplicas).toBeGreaterThanOrEqual(found.maxReplicas - most);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('the order in which clusters are named says nothing', () => {
    fc.assert(
      fc.property(anyClusters, anyWish, (given, wish) => {
        const plan = inWords(planAutoscalers(given, wish));
        expect(inWords(planAutoscalers(given.toReversed(), wish))).toBe(plan);
      }),
    );
  });

  it('carried out while the members stand still, plans come to rest', () => {
    fc.assert(
      fc.property(anyClusters, anyWish, (given, wish) => {
        expect(rest(given, wish)).not.toMatch('still moving');
      }),
      { numRuns: 1000 },
    );
  });
});
