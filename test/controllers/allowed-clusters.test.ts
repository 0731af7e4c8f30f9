/** Which clusters a preference may give replicas: KubeFed's rule by selectors, and a namespace's limit. */

import { expect, it } from 'vitest';
import { readPlacement } from '../../src/api/kubefed/federated-object.ts';
import { readLabelSelector } from '../../src/api/label-selector.ts';
import { allowedClusters } from '../../src/controllers/replicas/allowed-clusters.ts';

const clusters = new Map([
  ['a', new Map([['tier', 'front']])],
  ['b', new Map([['tier', 'back']])],
  ['c', new Map<string, string>()],
]);
const bySelector = (tier: string) => ({ clusterSelector: { matchLabels: { tier } } });
const ALL = { clusterSelector: {} };
const byName = (...names: string[]) => ({ clusters: names.map((name) => ({ name })) });

it.each<[string, boolean, object, object | 'none', string[] | undefined]>([
  ['nobody asks', false, byName('a'), { placement: byName('a') }, undefined],
  ['nobody asks, the namespace is limited', false, ALL, { placement: ALL, limit: 'back' }, ['b']],
  ['its selector', true, bySelector('front'), { placement: ALL }, ['a']],
  [
    'names beside it say nothing',
    true,
    { ...byName('b'), ...ALL },
    { placement: ALL },
    ['a', 'b', 'c'],
  ],
  ['names alone select none', true, byName('b'), { placement: ALL }, []],
  ['the namespace by its selector', true, ALL, { placement: bySelector('back') }, ['b']],
  [
    'names of the namespace say nothing',
    true,
    ALL,
    { placement: { ...byName('c'), ...ALL } },
    ['a', 'b', 'c'],
  ],
  ['both, and a limit', true, ALL, { placement: ALL, limit: 'front' }, ['a']],
  ['a namespace that nobody federates', true, ALL, 'none', []],
  ['of which nobody asks for selectors', false, ALL, 'none', undefined],
])('%s', (_what, intersects, placement, namespace, want) => {
  const said = namespace as { placement: object; limit?: string } | 'none';
  const limited = (tier: string) => readLabelSelector({ matchLabels: { tier } });
  const wish =
    said === 'none'
      ? said
      : {
          placement: readPlacement(said.placement),
          limit: said.limit === undefined ? undefined : limited(said.limit),
        };
  const allowed = allowedClusters(
    { intersectWithClusterSelector: intersects },
    { placement: readPlacement(placement) },
    { clusters, namespace: wish },
  );
  expect(allowed && [...allowed]).toEqual(want);
});
