/** What is read of a ReplicaSchedulingPreference, its defaults, and what is refused, by its path. */

import { describe, expect, it } from 'vitest';
import {
  checkSchedulingPreference,
  readReplicaSchedulingPreference,
} from '../../../src/api/kubefed/replica-scheduling-preference.ts';

const SPEC = { targetKind: 'FederatedDeployment', totalReplicas: 9 };
const METADATA = { name: 'web', namespace: 'shop' };
const OBJECT = {
  apiVersion: 'scheduling.kubefed.io/v1alpha1',
  kind: 'ReplicaSchedulingPreference',
  metadata: METADATA,
  spec: SPEC,
};
const ANY = { minReplicas: 0, maxReplicas: Number.POSITIVE_INFINITY, weight: 0 };

describe('what is left out', () => {
  const value = {
    namespace: 'shop',
    name: 'web',
    ...SPEC,
    rebalance: false,
    intersectWithClusterSelector: false,
    clusters: new Map([['*', { ...ANY, weight: 1 }]]),
  };
  it.each<[string, object, object]>([
    ['nearly all', OBJECT, value],
    ['what a server adds stays unread', { ...OBJECT, metadata: { ...METADATA, uid: 'u1' } }, value],
    ['its status too', { ...OBJECT, status: { any: 1 } }, value],
    ['the namespace', { ...OBJECT, metadata: { name: 'web' } }, { ...value, namespace: 'default' }],
    ['an empty map of clusters', { ...OBJECT, spec: { ...SPEC, clusters: {} } }, value],
    ['null is left out', { ...OBJECT, spec: { ...SPEC, clusters: null, rebalance: null } }, value],
    [
      'of a cluster',
      { ...OBJECT, spec: { ...SPEC, clusters: { A: {}, B: null, '*': { maxReplicas: 3 } } } },
      {
        ...value,
        clusters: new Map([
          ['A', ANY],
          ['B', ANY],
          ['*', { ...ANY, maxReplicas: 3 }],
        ]),
      },
    ],
    [
      'nothing at all',
      {
        ...OBJECT,
        spec: {
          targetKind: 'FederatedReplicaSet',
          totalReplicas: 0,
          rebalance: true,
          intersectWithClusterSelector: true,
          clusters: { A: { minReplicas: 4, maxReplicas: 4, weight: 2 } },
        },
      },
      {
        ...value,
        targetKind: 'FederatedReplicaSet',
        totalReplicas: 0,
        rebalance: true,
        intersectWithClusterSelector: true,
        clusters: new Map([['A', { minReplicas: 4, maxReplicas: 4, weight: 2 }]]),
      },
    ],
  ])('%s', (_what, object, want) => {
    expect(readReplicaSchedulingPreference(object)).toEqual({ kind: 'good', value: want });
  });
});

describe('what is refused', () => {
  const spec = (changed: object) => ({ ...OBJECT, spec: { ...SPEC, ...changed } });
  const cluster = (preference: unknown) => spec({ clusters: { A: preference } });
  const whole = 'expected a whole number from 0 to';
  it.each<[unknown, string]>([
    ['text', 'object: is "text", expected a map'],
    [{ ...OBJECT, kind: 'FederatedDeployment' }, 'kind: is "FederatedDeployment", expected'],
    [{ ...OBJECT, apiVersion: 'scheduling.federation.k8s.io/v1alpha1' }, 'apiVersion: is'],
    [{ ...OBJECT, metadata: {} }, 'metadata.name: is missing'],
    [{ ...OBJECT, spec: undefined }, 'spec: is missing'],
    [{ ...OBJECT, more: 1 }, 'more: is no field that is known'],
    [spec({ more: 1 }), 'spec.more: is no field that is known'],
    [spec({ targetKind: 'Deployment' }), 'spec.targetKind: is "Deployment", expected FederatedD'],
    [spec({ totalReplicas: undefined }), 'spec.totalReplicas: is missing'],
    [spec({ totalReplicas: null }), `spec.totalReplicas: is null, ${whole} 2147483647`],
    [spec({ totalReplicas: 2 ** 31 }), `spec.totalReplicas: is 2147483648, ${whole} 2147483647`],
    [spec({ totalReplicas: -1 }), `spec.totalReplicas: is -1, ${whole}`],
    [spec({ rebalance: 'yes' }), 'spec.rebalance: is "yes", expected true or false'],
    [
      spec({ intersectWithClusterSelector: 1 }),
      'spec.intersectWithClusterSelector: is 1, expected',
    ],
    [spec({ clusters: [] }), 'spec.clusters: is a list, expected a map'],
    [spec({ clusters: { '': {} } }), 'spec.clusters.: has an empty key'],
    [cluster(3), 'spec.clusters.A: is 3, expected a map'],
    [cluster({ weigth: 1 }), 'spec.clusters.A.weigth: is no field'],
    [cluster({ weight: -1 }), `spec.clusters.A.weight: is -1, ${whole}`],
    [cluster({ weight: 0.5 }), `spec.clusters.A.weight: is 0.5, ${whole}`],
    [cluster({ minReplicas: '3' }), `spec.clusters.A.minReplicas: is "3", ${whole}`],
    [
      cluster({ maxReplicas: 1e20 }),
      `spec.clusters.A.maxReplicas: is 100000000000000000000, ${whole}`,
    ],
  ])('%j', (object, want) => {
    const read = readReplicaSchedulingPreference(object);
    expect(read).toEqual({ kind: 'bad', problem: expect.stringContaining(want) });
    expect(read.kind === 'bad' && read.problem).not.toContain('; ');
  });

  it('all at once', () => {
    const object = spec({ totalReplicas: 1.5, rebalance: 0, more: 1, most: 2 });
    const problems = [
      { field: 'spec.totalReplicas', message: `is 1.5, ${whole} 2147483647` },
      { field: 'spec.rebalance', message: 'is 0, expected true or false' },
      { field: 'spec.more', message: 'is no field that is known' },
      { field: 'spec.most', message: 'is no field that is known' },
    ];
    expect(checkSchedulingPreference(object)).toEqual(problems);
    const problem = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
    expect(readReplicaSchedulingPreference(object)).toEqual({ kind: 'bad', problem });
  });

  it('a minimum above its maximum, but one that is stored is read', () => {
    const above = { minReplicas: 3, maxReplicas: 2 };
    const problem = {
      field: 'spec.clusters.A.minReplicas',
      message: 'is above maxReplicas',
    };
    expect(checkSchedulingPreference(cluster(above))).toEqual([problem]);
    // Found whatever else is wrong with it.
    expect(checkSchedulingPreference(cluster({ ...above, weight: -1 }))).toContainEqual(problem);
    expect(readReplicaSchedulingPreference(cluster(above))).toMatchObject({
      kind: 'good',
      value: { clusters: new Map([['A', { ...above, weight: 0 }]]) },
    });
  });

  it('nothing, where it is good or only its status is written', () => {
    expect(checkSchedulingPreference(OBJECT)).toEqual([]);
    expect(checkSchedulingPreference(spec({ rebalance: 0 }), { part: 'status' })).toEqual([]);
  });
});
