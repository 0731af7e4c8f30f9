/** How clusters share a FederatedJob: its preferences, its first plan, and what stays with whom. */

import { expect, it } from 'vitest';
import { readJobPreferences } from '../../../src/api/job-preferences.ts';
import { readFederatedObject } from '../../../src/api/kubefed/federated-object.ts';
import { checkFederatedObject } from '../../../src/api/kubefed/federated-object-check.ts';
import type { CandidateVerdict } from '../../../src/federation/replicas/candidates.ts';
import { shareJob } from '../../../src/federation/replicas/job-shares.ts';

type Words = Readonly<Record<string, CandidateVerdict>>;

interface Row {
  readonly what: string;
  /** Of the template's spec. */
  readonly job: object;
  readonly preferences?: string;
  readonly verdicts: Words;
  /** `a 3/2`: completions 3, parallelism 2; `a -/2`: no completions. */
  readonly asked?: string;
  readonly want: string;
}

const ALL: Words = { a: 'in', b: 'in', c: 'in' };

function overridesOf(asked: string): object[] {
  return [...asked.matchAll(/(\w+) (\d+|-)\/(\d+)/g)].map(
    ([, clusterName, completions, parallelism]) => ({
      clusterName,
      clusterOverrides: [
        { op: 'add', path: '/spec/parallelism', value: Number(parallelism) },
        ...(completions === '-'
          ? []
          : [{ op: 'add', path: '/spec/completions', value: Number(completions) }]),
      ],
    }),
  );
}

function planned({ job, preferences = '{}', verdicts, asked = '' }: Row): string {
  const object = readFederatedObject({
    metadata: { namespace: 'shop', name: 'sums' },
    spec: { template: { spec: job }, overrides: overridesOf(asked) },
  });
  const place = {
    preferences: readJobPreferences(preferences),
    verdicts: new Map(Object.entries(verdicts)),
  };
  const plan = shareJob(object, place);
  if (plan.kind === 'none') return `${plan.reason}: ${plan.message}`;
  return [...plan.shares]
    .sort()
    .map(([cluster, share]) => {
      const completions = share.get('/spec/completions') ?? '-';
      return `${cluster} ${completions}/${share.get('/spec/parallelism')}`;
    })
    .join(', ');
}

const NINE = { parallelism: 9, completions: 9 };

it.each<Row>([
  { what: 'evenly', job: NINE, verdicts: ALL, want: 'a 3/3, b 3/3, c 3/3' },
  {
    what: 'by weight',
    job: NINE,
    preferences: '{"clusters": {"a": {"weight": 1}, "b": {"weight": 2}}}',
    verdicts: ALL,
    want: 'a 3/3, b 6/6',
  },
  { what: 'what nothing is said of is one', job: {}, verdicts: { a: 'in' }, want: 'a 1/1' },
  {
    what: 'more clusters than it may run in at once',
    job: { parallelism: 1, completions: 4 },
    verdicts: { a: 'in', b: 'in' },
    want: 'a 4/1',
  },
  {
    what: 'completions stay, whoever comes',
    job: NINE,
    verdicts: ALL,
    asked: 'a 5/5, b 4/4',
    want: 'a 5/5, b 4/4',
  },
  {
    what: 'completions stay with a cluster that is lost, given up or drained',
    job: NINE,
    verdicts: { a: 'in', b: 'kept', c: 'out' },
    asked: 'a 3/3, b 3/3, c 3/3',
    want: 'a 3/3, b 3/3, c 3/3',
  },
  {
    what: 'a cluster that left gives what was its to one that has none',
    job: NINE,
    verdicts: { a: 'in', b: 'in', d: 'in' },
    asked: 'a 3/3, b 3/3, c 3/3',
    want: 'a 3/3, b 3/3, d 3/3',
  },
  {
    what: 'a cluster that left, and nobody who could take its share',
    job: NINE,
    verdicts: { a: 'in', b: 'in' },
    asked: 'a 3/3, b 3/3, c 3/3',
    want: 'a 3/5, b 3/4',
  },
  {
    what: 'another parallelism among those that have it, at least one each',
    job: { parallelism: 2, completions: 9 },
    verdicts: ALL,
    asked: 'a 3/3, b 3/3, c 3/3',
    want: 'a 3/1, b 3/1, c 3/1',
  },
  {
    what: 'none is to run',
    job: { parallelism: 0, completions: 9 },
    verdicts: ALL,
    asked: 'a 3/3, b 3/3, c 3/3',
    want: 'a 3/0, b 3/0, c 3/0',
  },
  {
    what: 'without completions parallelism moves',
    job: { parallelism: 9 },
    verdicts: { a: 'in', b: 'out', c: 'in' },
    asked: 'a -/3, b -/3, c -/3',
    want: 'a -/5, c -/4',
  },
  {
    what: 'without completions who is away keeps what it runs',
    job: { parallelism: 9 },
    verdicts: { a: 'in', b: 'kept', c: 'in' },
    asked: 'a -/3, b -/3, c -/3',
    want: 'a -/3, b -/3, c -/3',
  },
  {
    what: 'no cluster',
    job: NINE,
    verdicts: { a: 'out' },
    want: 'NoClusters: no cluster may have a share now: a: drained, lost, or not back for long enough',
  },
  {
    what: 'Indexed',
    job: { ...NINE, completionMode: 'Indexed' },
    verdicts: ALL,
    want: 'Invalid: an Indexed Job cannot be shared: the indexes of each share would begin at 0',
  },
  {
    what: 'no count',
    job: { parallelism: 'many' },
    verdicts: ALL,
    want: 'Invalid: spec.template.spec.parallelism: is no count',
  },
])('$what', (row) => {
  expect(planned(row)).toBe(row.want);
});

it('what no cluster has is told', () => {
  const object = readFederatedObject({
    metadata: { namespace: 'shop', name: 'sums' },
    spec: { template: { spec: NINE }, overrides: overridesOf('a 3/3, b 3/3') },
  });
  const verdicts = new Map([['a', 'in' as const]]);
  const plan = shareJob(object, { preferences: readJobPreferences('{}'), verdicts });
  expect(plan).toMatchObject({ message: 'a 3 by 9; 6 completions have no cluster' });
});

it.each([
  ['{', 'is no JSON'],
  ['[]', 'object: is a list, expected a map'],
  ['{"cluster": {}}', 'cluster: is no field that is known'],
  [
    '{"clusters": {"a": {"weight": -1}}}',
    'clusters.a.weight: is -1, expected a whole number from 0 to 9007199254740991',
  ],
])('preferences that cannot be read: %s', (text, problem) => {
  expect(readJobPreferences(text)).toEqual({ kind: 'bad', problem });
  const annotations = { 'federation.kubernetes.io/job-preferences': text };
  const object = { kind: 'FederatedJob', metadata: { annotations }, spec: {} };
  const field = 'metadata.annotations["federation.kubernetes.io/job-preferences"]';
  expect(checkFederatedObject(object)).toEqual([{ field, message: problem }]);
});

it('preferences as Federation v1 had them', () => {
  const text = '{"rebalance": true, "clusters": {"*": {"minReplicas": 1, "maxReplicas": 5}}}';
  const own = { minReplicas: 1, maxReplicas: 5, weight: 0 };
  expect(readJobPreferences(text)).toEqual({ kind: 'good', value: new Map([['*', own]]) });
});
