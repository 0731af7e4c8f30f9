/** Federated<Kind>: placement, overrides and what is around them; the template may hold anything. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkObject } from '../../../src/api/kubefed/check-object.ts';
import { readFederatedObject } from '../../../src/api/kubefed/federated-object.ts';
import { checkFederatedObject } from '../../../src/api/kubefed/federated-object-check.ts';
import { formatFieldProblem } from '../../../src/api/kubefed/field-problem.ts';

const problems = (spec: unknown, metadata: object = {}) =>
  checkFederatedObject({ kind: 'FederatedDeployment', metadata, spec }).map(formatFieldProblem);
const overrides = (...clusterOverrides: unknown[]) => ({
  overrides: [{ clusterName: 'c', clusterOverrides }],
});
const selector = (clusterSelector: unknown) => ({ placement: { clusterSelector } });
const expression = (more: object) => selector({ matchExpressions: [{ key: 'k', ...more }] });

describe('good', () => {
  it.each([
    [{}],
    [{ template: { anything: [1, null] }, retainReplicas: true }],
    [{ template: null, placement: null, overrides: null }],
    [{ placement: { clusters: [] } }],
    [{ placement: { clusters: [{ name: 'a' }, { name: 'a' }, { name: 'Not_A_Cluster' }] } }],
    [selector({})],
    [selector(null)],
    [selector({ matchLabels: { 'example.com/Tier_1': '', b: 'x.y_z-1' } })],
    [expression({ operator: 'NotIn', values: ['', 'a'] })],
    [expression({ operator: 'Exists', values: [] })],
    [{ overrides: [{ clusterName: 'a' }, { clusterName: 'b', clusterOverrides: null }] }],
    [overrides({ path: '/metadata' }, { path: '/a~b/~1/-', op: '', value: null })],
    [overrides({ path: 'spec.replicas' }, { path: 'metadata.annotations.example.com/x' })],
    [{ selectorOverrides: null, rollout: null, clusterLimit: null }],
    [{ selectorOverrides: [{ clusterSelector: {} }], clusterLimit: {} }],
    [{ rollout: { maxClusters: 1 } }],
    [{ rollout: { maxClusters: 2, pause: '1m30s' } }],
    [overrides({ path: '/metadata/name/x', op: 'remove' }, { path: '/apiVersion', op: 'add' })],
  ])('%j', (spec) => {
    expect(problems(spec)).toEqual([]);
  });
});

const AT = 'spec.placement.clusterSelector';
const FIRST = 'spec.overrides[0].clusterOverrides';

describe('refused', () => {
  it.each([
    [undefined, 'spec: is missing; it may be empty'],
    [[], 'spec: is missing; it may be empty'],
    [{ template: [] }, 'spec.template: is no object'],
    [overrides({ path: '/spec/x' }, { path: 'spec.x' }), `${FIRST}[1].path: spec.x stands twice`],
    [overrides({ path: 'kind' }), `${FIRST}[0].path: kind may not be overridden`],
    [
      { selectorOverrides: [{}] },
      'spec.selectorOverrides[0].clusterSelector: is missing; {} selects all',
    ],
    [
      { selectorOverrides: [{ clusterSelector: { matchLabels: { 'a b': 'x' } } }] },
      'spec.selectorOverrides[0].clusterSelector.matchLabels.a b: is no key of a label',
    ],
    [
      { selectorOverrides: [{ clusterSelector: {}, clusterOverrides: [{ path: '/kind' }] }] },
      'spec.selectorOverrides[0].clusterOverrides[0].path: /kind may not be overridden',
    ],
    [
      { clusterLimit: { matchLabels: { 'my tier': 'x' } } },
      'spec.clusterLimit.matchLabels.my tier: is no key of a label',
    ],
    [{ rollout: {} }, 'spec.rollout.maxClusters: must be 1 or more'],
    [
      { rollout: { maxClusters: 1, pause: '99999999999h' } },
      'spec.rollout.pause: is no duration, as 30s or 5m',
    ],
    [{ retainReplicas: 1 }, 'spec.retainReplicas: is neither true nor false'],
    [
      { placement: { clusters: [{ name: 'a' }, {}] } },
      'spec.placement.clusters[1].name: is missing',
    ],
    [selector({ matchLabels: { 'a b': 'x' } }), `${AT}.matchLabels.a b: is no key of a label`],
    [
      selector({ matchLabels: { a: 'x y' } }),
      `${AT}.matchLabels.a: is no value of a label: up to 63 letters, digits, -, _ or .`,
    ],
    [
      selector({ matchLabels: { a: 7 } }),
      `${AT}.matchLabels.a: is no value of a label: up to 63 letters, digits, -, _ or .`,
    ],
    [
      expression({ key: 'Example.com/a', operator: 'Exists' }),
      `${AT}.matchExpressions[0].key: is no key of a label`,
    ],
    [
      expression({ operator: 'Gt' }),
      `${AT}.matchExpressions[0].operator: is none of In, NotIn, Exists, DoesNotExist`,
    ],
    [
      expression({ operator: 'In', values: ['x'.repeat(64)] }),
      `${AT}.matchExpressions[0].values[0]: is no value of a label: up to 63 letters, digits, -, _ or .`,
    ],
    [{ overrides: [{}] }, 'spec.overrides[0].clusterName: is missing'],
    [
      { overrides: [{ clusterName: 'a' }, { clusterName: 'a' }] },
      'spec.overrides[1].clusterName: "a" stands twice',
    ],
    [overrides({ path: '/a', op: 'move' }), `${FIRST}[0].op: is none of add, remove, replace`],
    [overrides({ op: 'add' }), `${FIRST}[0].path: is missing`],
    [overrides({ path: '' }), `${FIRST}[0].path: is no JSON pointer: it begins with /`],
    [overrides({ path: '/kind' }), `${FIRST}[0].path: /kind may not be overridden`],
    [
      overrides({ path: '/metadata/generateName' }),
      `${FIRST}[0].path: /metadata/generateName may not be overridden`,
    ],
    [overrides({ path: '/a' }, { path: '/a', op: 'add' }), `${FIRST}[1].path: /a stands twice`],
  ])('%j: %s', (spec, problem) => {
    expect(problems(spec)).toEqual([problem]);
  });

  it.each([
    ['In', undefined],
    ['NotIn', []],
    ['Exists', ['a']],
    ['DoesNotExist', ['a']],
  ])('%s with %j', (operator, values) => {
    expect(problems(expression({ operator, values }))).toEqual([
      `${AT}.matchExpressions[0].values: In and NotIn take values, Exists and DoesNotExist take none`,
    ]);
  });

  it('delete options that are none', () => {
    const annotate = (text: string) => ({ annotations: { 'kubefed.io/deleteoption': text } });
    expect(problems({}, annotate('{"gracePeriodSeconds": 5}'))).toEqual([]);
    const refused = 'metadata.annotations["kubefed.io/deleteoption"]: is no JSON object';
    for (const text of ['', 'Orphan', '[]', 'null']) {
      expect(problems({}, annotate(text))).toEqual([refused]);
    }
  });

  it('a FederatedNamespace of another name than that of its namespace', () => {
    const object = {
      kind: 'FederatedNamespace',
      metadata: { name: 'a', namespace: 'b' },
      spec: {},
    };
    expect(checkFederatedObject(object).map(formatFieldProblem)).toEqual([
      'metadata.name: must be "b": it federates the namespace in which it lies',
    ]);
    expect(checkFederatedObject({ ...object, metadata: { name: 'a' } })).toEqual([]);
  });
});

it('what is wrong already is not refused again', () => {
  const object = (spec: object) => ({
    apiVersion: 'types.example.com/v1',
    kind: 'FederatedWidget',
    spec,
  });
  const before = object(overrides({ path: '/kind' }));
  const after = object({ ...overrides({ path: '/kind' }, { path: 'x/y' }), template: {} });
  expect(checkObject(after).length).toBe(2);
  expect(checkObject(after, { before }).map(({ field }) => field)).toEqual([`${FIRST}[1].path`]);
  expect(checkObject(before, { before })).toEqual([]);
});

it('a pause that is too long to count is long, and not none', () => {
  const rollout = { maxClusters: 1, pause: '99999999999h' };
  expect(readFederatedObject({ spec: { rollout } }).rollout?.pauseMs).toBeGreaterThan(1e12);
});

it.each([
  ['placement', { clusterSelector: { matchLabels: { 'my tier': 'x' } } }],
  ['clusterLimit', { matchLabels: { 'my tier': 'x' } }],
  ['selectorOverrides', [{ clusterSelector: { matchLabels: { 'my tier': 'x' } } }]],
] as const)(
  'a key in %s that no label can have is told, not taken for one nobody has',
  (field, said) => {
    const read = readFederatedObject({ spec: { [field]: said } })[field];
    expect(read?.kind === 'bad' && read.problem).toMatch(
      /^spec\..*matchLabels\.my tier: is no key of a label$/,
    );
  },
);

it('whatever is good here the reader takes, and nothing throws', () => {
  const path = fc.constantFrom('/kind', '/a', '/a/b', 'x', '', undefined);
  const override = fc.record({ path, op: fc.constantFrom('', 'add', 'move', undefined) });
  const one = fc.record({
    clusterName: fc.constantFrom('a', 'b', '', undefined),
    clusterOverrides: fc.oneof(fc.array(override, { maxLength: 3 }), fc.anything()),
  });
  const placement = fc.record({
    clusters: fc.anything(),
    clusterSelector: fc.record({
      matchExpressions: fc.array(
        fc.record({
          key: fc.constantFrom('k', '', 'a b'),
          operator: fc.constantFrom('In', 'Exists', 'Gt'),
          values: fc.array(fc.constantFrom('v', ''), { maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
    }),
  });
  const spec = fc.record({ overrides: fc.array(one, { maxLength: 3 }), placement });
  fc.assert(
    fc.property(spec, (said) => {
      if (problems(said).length > 0) return;
      const read = readFederatedObject({ spec: said });
      expect([read.overrides.kind, read.placement.kind]).toEqual(['good', 'good']);
    }),
  );
  fc.assert(fc.property(fc.anything(), (said) => void problems(said)));
});
