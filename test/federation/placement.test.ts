/** Where an object is wanted: names, selectors, their precedence, namespaces. */

import { expect, it } from 'vitest';
import { readPlacement } from '../../src/api/kubefed/federated-object.ts';
import { readLabelSelector } from '../../src/api/label-selector.ts';
import { placeObject } from '../../src/federation/placement.ts';

const clusters = new Map([
  [
    'one',
    new Map([
      ['tier', 'front'],
      ['region', 'eu'],
    ]),
  ],
  ['two', new Map([['tier', 'back']])],
  ['three', new Map<string, string>()],
]);
const everywhere = { placement: readPlacement({ clusterSelector: {} }), limit: undefined };
const names = (...given: string[]) => ({ clusters: given.map((name) => ({ name })) });
const where = (key: string, operator: string, ...values: string[]) => ({
  clusterSelector: { matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }] },
});

const rows: readonly (readonly [what: string, placement: unknown, want: readonly string[]])[] = [
  ['nothing said', {}, []],
  ['no placement at all', undefined, []],
  ['names', names('one', 'three'), ['one', 'three']],
  ['a name that nobody registered', names('one', 'nine'), ['one']],
  ['no names, though said', { ...names(), clusterSelector: {} }, []],
  [
    'null names: the selector decides',
    { clusters: null, clusterSelector: {} },
    ['one', 'two', 'three'],
  ],
  ['names beat a selector', { ...names('two'), clusterSelector: {} }, ['two']],
  ['an empty selector', { clusterSelector: {} }, ['one', 'two', 'three']],
  ['a null selector', { clusterSelector: null }, []],
  ['a label', { clusterSelector: { matchLabels: { tier: 'front' } } }, ['one']],
  [
    'labels, all of them',
    { clusterSelector: { matchLabels: { tier: 'front', region: 'us' } } },
    [],
  ],
  ['In', where('tier', 'In', 'front', 'back'), ['one', 'two']],
  ['NotIn matches what lacks the key', where('tier', 'NotIn', 'front'), ['two', 'three']],
  ['Exists', where('tier', 'Exists'), ['one', 'two']],
  ['DoesNotExist', where('tier', 'DoesNotExist'), ['three']],
];

it.each(rows)('%s', (_what, placement, want) => {
  const placed = placeObject({
    clusters,
    placement: readPlacement(placement),
    namespace: undefined,
  });
  expect(placed).toEqual({ kind: 'placed', clusters: new Set(want), limitedOut: [] });
});

it('the placement of the namespace is intersected', () => {
  const namespace = { placement: readPlacement(names('two', 'three')), limit: undefined };
  const placement = readPlacement({ clusterSelector: {} });
  expect(placeObject({ clusters, placement, namespace })).toEqual({
    kind: 'placed',
    clusters: new Set(['two', 'three']),
    limitedOut: [],
  });
});

it('a limit of the namespace is intersected, and says whom it leaves out of what is wanted', () => {
  const limit = readLabelSelector({ matchExpressions: [{ key: 'tier', operator: 'Exists' }] });
  const namespace = { placement: readPlacement(names('three', 'two')), limit };
  const placement = readPlacement({ clusterSelector: {} });
  expect(placeObject({ clusters, placement, namespace })).toEqual({
    kind: 'placed',
    clusters: new Set(['two']),
    limitedOut: ['three'],
  });
});

it('a namespace that nobody federates wants it nowhere, and says so', () => {
  const placement = readPlacement({ clusterSelector: {} });
  expect(placeObject({ clusters, placement, namespace: 'none' })).toEqual({ kind: 'no namespace' });
});

it.each([
  [where('tier', 'Near', 'front'), 'matchExpressions[0].operator: is none of'],
  [where('tier', 'In'), 'matchExpressions[0].values: In has at least one'],
  [where('tier', 'Exists', 'front'), 'matchExpressions[0].values: Exists has none'],
])('a selector that is wrong places nothing and removes nothing: %j', (placement, problem) => {
  const placed = placeObject({
    clusters,
    placement: readPlacement(placement),
    namespace: everywhere,
  });
  expect(placed).toMatchObject({ kind: 'failed', problem: expect.stringContaining(problem) });
});
