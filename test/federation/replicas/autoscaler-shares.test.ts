/** How clusters share the limits of a FederatedHorizontalPodAutoscaler, from what its copies say. */

import { expect, it } from 'vitest';
import { readFederatedObject } from '../../../src/api/kubefed/federated-object.ts';
import type { FoundAutoscaler } from '../../../src/federation/replicas/autoscaler-planner.ts';
import { shareAutoscaler } from '../../../src/federation/replicas/autoscaler-shares.ts';
import type { CandidateVerdict } from '../../../src/federation/replicas/candidates.ts';

const NOW_MS = 1_800_000_000_000;

interface Row {
  readonly what: string;
  readonly limits: readonly [min: number | undefined, max: unknown];
  readonly verdicts: Readonly<Record<string, CandidateVerdict>>;
  /** `a 1..3`: planned before. */
  readonly asked?: string;
  /** `a 1..3 2>3`: as its copy has it. */
  readonly copies?: string;
  readonly want: string;
}

const FORM = /(\w+) (\d+)\.\.(\d+)(?: (\d+)>(\d+))?/g;

function found(words: string): Map<string, FoundAutoscaler> {
  return new Map(
    [...words.matchAll(FORM)].map(([, name = '', min, max, current, desired]) => [
      name,
      {
        minReplicas: Number(min),
        maxReplicas: Number(max),
        currentReplicas: Number(current ?? 0),
        desiredReplicas: Number(desired ?? 0),
        lastScaleMs: undefined,
      },
    ]),
  );
}

function share({ limits, verdicts, asked = '', copies = '' }: Omit<Row, 'what' | 'want'>) {
  const [minReplicas, maxReplicas] = limits;
  const object = readFederatedObject({
    metadata: { namespace: 'shop', name: 'web' },
    spec: {
      template: { spec: { maxReplicas, ...(minReplicas !== undefined && { minReplicas }) } },
      overrides: [...found(asked)].map(([clusterName, one]) => ({
        clusterName,
        clusterOverrides: [
          { op: 'add', path: '/spec/minReplicas', value: one.minReplicas },
          { op: 'add', path: '/spec/maxReplicas', value: one.maxReplicas },
        ],
      })),
    },
  });
  return shareAutoscaler(object, {
    verdicts: new Map(Object.entries(verdicts)),
    copies: found(copies),
    nowMs: NOW_MS,
    scaleRestMs: 120_000,
  });
}

const ALL = { a: 'in', b: 'in', c: 'in' } as const;

it.each<Row>([
  { what: 'new', limits: [3, 9], verdicts: ALL, want: 'a 1 to 3, b 1 to 3, c 1 to 3' },
  {
    what: 'a share of 0 is none',
    limits: [1, 3],
    verdicts: ALL,
    want: 'a 1 to 1, c 1 to 2',
  },
  {
    what: 'copies that are not there yet give nothing away',
    limits: [3, 9],
    verdicts: ALL,
    asked: 'a 1..3, b 1..3, c 1..3',
    copies: 'a 1..3 3>3',
    want: 'a 1 to 3, b 1 to 3, c 1 to 3',
  },
  {
    what: 'nor do those that do not have their new limits yet',
    limits: [3, 9],
    verdicts: ALL,
    asked: 'a 1..3, b 1..3, c 1..3',
    copies: 'a 1..3 3>3, b 1..9 1>1, c 1..9 1>1',
    want: 'a 1 to 3, b 1 to 3, c 1 to 3',
  },
  {
    what: 'who needs one gets it',
    limits: [3, 9],
    verdicts: ALL,
    asked: 'a 1..3, b 1..3, c 1..3',
    copies: 'a 1..3 3>3, b 1..3 1>1, c 1..3 3>3',
    want: 'a 1 to 3, b 1 to 2, c 1 to 4',
  },
  {
    what: 'who is away keeps its limits',
    limits: [3, 9],
    verdicts: { a: 'in', b: 'kept', c: 'in' },
    asked: 'a 1..3, b 1..3, c 1..3',
    copies: 'a 1..3 3>3, b 1..3 1>1, c 1..3 3>3',
    want: 'a 1 to 3, b 1 to 3, c 1 to 3',
  },
  {
    what: 'who is given up gives them to the others',
    limits: [3, 9],
    verdicts: { a: 'in', b: 'out', c: 'in' },
    asked: 'a 1..3, b 1..3, c 1..3',
    copies: 'a 1..3 3>3, c 1..3 1>1',
    want: 'a 2 to 5, c 1 to 4',
  },
  {
    what: 'none is started in one that is away',
    limits: [3, 9],
    verdicts: { a: 'in', b: 'kept' },
    want: 'a 3 to 9',
  },
  {
    what: 'no cluster',
    limits: [3, 9],
    verdicts: { a: 'out' },
    want: 'NoClusters: no cluster may have a share now: a: drained, lost, or not back for long enough',
  },
  {
    what: 'no maximum',
    limits: [1, undefined],
    verdicts: ALL,
    want: 'Invalid: spec.template.spec.maxReplicas: is no count above 0',
  },
  {
    what: 'a minimum above the maximum',
    limits: [4, 3],
    verdicts: ALL,
    want: 'Invalid: spec.template.spec.minReplicas: is above maxReplicas',
  },
])('$what', ({ want, ...row }) => {
  const plan = share(row);
  expect(plan.kind === 'none' ? `${plan.reason}: ${plan.message}` : plan.message).toBe(want);
});

it('who scaled lately is looked at again when it has rested, however its clock goes', () => {
  const object = readFederatedObject({ spec: { template: { spec: { maxReplicas: 9 } } } });
  const after = (lastScaleMs: number) => {
    const one = { minReplicas: 1, maxReplicas: 9, currentReplicas: 1, desiredReplicas: 1 };
    const plan = shareAutoscaler(object, {
      verdicts: new Map([['a', 'in']]),
      copies: new Map([['a', { ...one, lastScaleMs }]]),
      nowMs: NOW_MS,
      scaleRestMs: 120_000,
    });
    return plan.kind === 'shared' ? plan.lookAgainMs : plan;
  };
  expect(after(NOW_MS - 20_000)).toBe(100_000);
  expect(after(NOW_MS - 120_000)).toBeUndefined();
  expect(after(NOW_MS + 3_600_000)).toBe(120_000);
});
