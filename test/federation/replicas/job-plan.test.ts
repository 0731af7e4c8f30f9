/** How a Job is shared: Federation v1's rules, and what holds of every plan. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planJob } from '../../../src/federation/replicas/job-planner.ts';
import { preferences } from './plan-words.ts';

/** Of this key the order among equals is C, B, A. */
const KEY = '';

interface Row {
  readonly what: string;
  readonly parallelism?: number;
  readonly completions?: number;
  readonly wish: string;
  /** Cluster, parallelism, completions. */
  readonly want: string;
}

function planned({ parallelism, completions, wish }: Row): string {
  const job = { parallelism, completions, preferences: preferences(wish), key: KEY };
  return [...planJob(['A', 'B', 'C'], job)]
    .map(([name, share]) => `${name}=${share.parallelism}/${share.completions ?? '-'}`)
    .join(' ');
}

describe('rows', () => {
  it.each<Row>([
    { what: 'evenly', parallelism: 6, completions: 9, wish: '* 1', want: 'A=2/3 B=2/3 C=2/3' },
    { what: 'odd ones', parallelism: 4, completions: 10, wish: '* 1', want: 'B=2/5 C=2/5' },
    { what: 'by weight', parallelism: 3, completions: 9, wish: 'A 1, B 2', want: 'A=1/3 B=2/6' },
    { what: 'a work queue', parallelism: 6, wish: '* 1', want: 'A=2/- B=2/- C=2/-' },
    { what: 'nothing said: one pod, once', wish: '* 1', want: 'C=1/1' },
    { what: 'no parallelism said: one pod', completions: 5, wish: '* 1', want: 'C=1/5' },
    { what: 'nothing may run', parallelism: 0, completions: 5, wish: '* 1', want: '' },
    { what: 'nowhere', parallelism: 4, completions: 5, wish: 'D 1', want: '' },
    {
      what: 'only where something runs something is to be done',
      parallelism: 1,
      completions: 10,
      wish: '* 1',
      want: 'C=1/10',
    },
    {
      what: 'limits are of parallelism alone',
      parallelism: 6,
      completions: 12,
      wish: '* 1 ..1',
      want: 'A=1/4 B=1/4 C=1/4',
    },
    {
      what: 'all by minimums: as many as run',
      parallelism: 6,
      completions: 9,
      wish: 'A 0 1.., B 0 2..',
      want: 'A=1/3 B=2/6',
    },
    {
      what: 'less to be done than could run',
      parallelism: 6,
      completions: 2,
      wish: '* 1',
      want: 'A=2/0 B=2/1 C=2/1',
    },
  ])('$what', (row) => {
    expect(planned(row)).toBe(row.want);
  });
});

it('all that is to be done is given, and only where something runs', () => {
  const weight = fc.nat(4);
  fc.assert(
    fc.property(
      fc.nat(30),
      fc.option(fc.nat(60), { nil: undefined }),
      fc.array(fc.record({ weight, minReplicas: fc.nat(4) }), { minLength: 1, maxLength: 5 }),
      (parallelism, completions, wishes) => {
        const names = wishes.map((_, index) => `c${index}`);
        const wish = new Map(
          wishes.map((one, index) => {
            return [`c${index}`, { ...one, maxReplicas: one.minReplicas + one.weight }];
          }),
        );
        const job = { parallelism, completions, preferences: wish, key: 'shop/import' };
        const plan = planJob(names, job);
        const shares = [...plan.values()];
        const sum = (counts: readonly number[]) => counts.reduce((total, one) => total + one, 0);
        expect(sum(shares.map((share) => share.parallelism))).toBeLessThanOrEqual(parallelism);
        for (const share of shares) expect(share.parallelism).toBeGreaterThan(0);
        const given = sum(shares.map((share) => share.completions ?? 0));
        expect(given).toBe(shares.length === 0 ? 0 : (completions ?? 0));
        expect(planJob(names.toReversed(), job)).toEqual(plan);
      },
    ),
  );
});
