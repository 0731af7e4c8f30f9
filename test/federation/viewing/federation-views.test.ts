/** What is not well with clusters, types, tombstones and objects, in one line each; words of tables. */

import { describe, expect, it } from 'vitest';
import { readPlacement } from '../../../src/api/kubefed/federated-object.ts';
import { readTypeHold } from '../../../src/api/kubefed/federated-type-config.ts';
import {
  troubleOf,
  viewCluster,
  viewTombstone,
  viewType,
} from '../../../src/federation/viewing/federation-views.ts';
import { ageOf, readinessOf } from '../../../src/federation/viewing/object-readiness.ts';
import { placementWhy } from '../../../src/federation/viewing/placement-why.ts';

const condition = (type: string, status: string, reason?: string, message?: string) => ({
  type,
  status,
  reason,
  message,
});
const HELD =
  '12 removals held: 12 of 24 copies would go; at once; "fedns accept 0123abcd" lets them go';

describe('clusters', () => {
  it.each([
    [[condition('Ready', 'True')], 'True', ''],
    [[], 'Unknown', 'no control plane has asked it yet'],
    [
      [condition('Offline', 'True', 'ClusterNotReachable', 'refused')],
      'False',
      'ClusterNotReachable: refused',
    ],
    [
      [
        condition('Ready', 'False', 'ClusterNotReady'),
        condition('Offline', 'False', 'ClusterReachable'),
      ],
      'False',
      'ClusterNotReady',
    ],
  ])('%j', (conditions, ready, trouble) => {
    expect(viewCluster({ status: { conditions } })).toMatchObject({ ready, trouble });
  });
});

describe('types', () => {
  const type = (propagation: string, ...conditions: readonly object[]) => ({
    metadata: { name: 'configmaps' },
    spec: { propagation },
    status: { conditions },
  });
  it.each([
    [type('Enabled', condition('Ready', 'True', 'Running')), 'Running', ''],
    [type('Enabled'), 'Unknown', 'no control plane has looked at it yet'],
    [type('Disabled', condition('Ready', 'True', 'Disabled')), 'Disabled', ''],
    [
      type('Enabled', condition('Ready', 'False', 'RemovalsHeld', HELD)),
      'RemovalsHeld',
      '12 removals held: 12 of 24 copies would go; at once: "fedns accept 0123abcd"',
    ],
  ])('%#', (object, state, trouble) => {
    expect(viewType(object)).toMatchObject({ state, trouble });
  });

  it('what is held, out of the status', () => {
    const held = type('Enabled', condition('Ready', 'False', 'RemovalsHeld', HELD));
    const reason = '12 of 24 copies would go; at once';
    expect(readTypeHold(held)).toEqual({ type: 'configmaps', id: '0123abcd', count: 12, reason });
    expect(
      readTypeHold(type('Enabled', condition('Ready', 'True', 'Running', HELD))),
    ).toBeUndefined();
    expect(
      readTypeHold(type('Enabled', condition('Ready', 'False', 'RemovalsHeld', ''))),
    ).toBeUndefined();
  });
});

it('a tombstone', () => {
  const target = { group: 'apps', version: 'v1', pluralName: 'deployments', kind: 'Deployment' };
  const spec = { cluster: 'east', target, namespace: 'shop', name: 'web', uid: 'u', owner: 'o' };
  expect(viewTombstone({ spec: { ...spec, action: 'Delete' } })).toMatchObject({
    type: 'deployments.apps',
    object: 'shop/web',
    trouble: 'a copy is left in east: deleted once the member is back',
  });
  expect(viewTombstone({ spec })).toMatchObject({
    trouble: 'spec.action: is neither Delete nor Release',
  });
});

describe('federated objects', () => {
  const object = (
    metadata: object,
    observedGeneration: number,
    ...conditions: readonly object[]
  ) => ({
    metadata: { generation: 1, ...metadata },
    status: {
      observedGeneration,
      conditions,
      clusters: [{ name: 'a' }, { name: 'b', status: 'Paused' }],
    },
  });
  const paused = { annotations: { 'fedns.io/paused': 'true' } };
  it.each([
    [object({}, 1, condition('Propagation', 'True')), ''],
    [object(paused, 1, condition('Propagation', 'True')), 'paused: "fedns resume" lets it go on'],
    [
      object(paused, 1, condition('Propagation', 'False', 'CheckClusters')),
      'paused; CheckClusters; b: Paused',
    ],
    [
      object({}, 0, condition('Propagation', 'True')),
      'was changed, and not looked at since; b: Paused',
    ],
    [object({ deletionTimestamp: 'x' }, 1), 'is being deleted; b: Paused'],
    [{ metadata: { generation: 1 } }, 'no control plane has looked at it yet'],
  ])('%#', (given, want) => {
    expect(troubleOf(given)).toBe(want);
  });
});

it.each([
  [{ kind: 'Deployment', spec: { replicas: 3 }, status: { readyReplicas: 2 } }, '2/3'],
  [{ kind: 'Deployment', spec: {} }, '0/1'],
  [{ kind: 'DaemonSet', status: { numberReady: 1, desiredNumberScheduled: 4 } }, '1/4'],
  [{ kind: 'Job', spec: { completions: 5 }, status: { succeeded: 5 } }, '5/5'],
  [
    {
      kind: 'Pod',
      spec: { containers: [{}] },
      status: { phase: 'Running', containerStatuses: [{ ready: true }] },
    },
    'Running 1/1',
  ],
  [{ kind: 'Odd', status: { conditions: [condition('Ready', 'False')] } }, 'NotReady'],
  [{ kind: 'Namespace', status: { phase: 'Active' } }, 'Active'],
  [{ kind: 'Namespace', metadata: { deletionTimestamp: 'x' } }, 'Terminating'],
  [{ kind: 'ConfigMap' }, '-'],
])('%j is %s', (object, want) => {
  expect(readinessOf(object)).toBe(want);
});

it.each([
  [45, '45s'],
  [600, '10m'],
  [7200, '2h'],
  [864_000, '10d'],
  [-5, '0s'],
])('%d s ago is %s', (seconds, want) => {
  const since = '2026-01-01T00:00:00Z';
  expect(ageOf(since, Date.parse(since) + seconds * 1000)).toBe(want);
  expect(ageOf(undefined, 0)).toBe('-');
});

it.each([
  [{ clusters: [{ name: 'a' }] }, 'spec.placement.clusters names it'],
  [{ clusters: [], clusterSelector: {} }, 'spec.placement.clusters does not name it'],
  [{ clusterSelector: {} }, 'spec.placement.clusterSelector selects it (everything)'],
  [
    {
      clusterSelector: {
        matchLabels: { b: 'd' },
        matchExpressions: [{ key: 'x', operator: 'In', values: ['y'] }],
      },
    },
    'spec.placement.clusterSelector does not select it (b=d,x in (y))',
  ],
  [{}, 'spec.placement says nothing: nowhere'],
])('%j', (placement, want) => {
  expect(placementWhy(readPlacement(placement), 'a', new Map([['b', 'c']]))).toBe(want);
});
