/** Which workloads a federated autoscaler has: whatever comes, goes, or is not known yet. */

import { expect, it } from 'vitest';
import {
  type FederatedObject,
  readFederatedObject,
} from '../../src/api/kubefed/federated-object.ts';
import { AutoscaledWorkloads } from '../../src/controllers/replicas/autoscaled-workloads.ts';

const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const autoscaler = (scaleTargetRef: object, metadata: object = {}) =>
  readFederatedObject({
    metadata: { namespace: 'shop', name: 'one', ...metadata },
    spec: { template: { spec: { scaleTargetRef } } },
  });

function setUp() {
  const held = new Map<string, FederatedObject>();
  const objects = { hasSynced: true, get: (key: string) => held.get(key) };
  const turned: string[] = [];
  const state: { engine: { objects: typeof objects } | 'none' | undefined } = {
    engine: { objects },
  };
  const workloads = new AutoscaledWorkloads({
    engineOf: () => state.engine,
    onTurn: (type, key) => turned.push(`${type} ${key}`),
  });
  const take = (key: string, object?: FederatedObject) => {
    if (object === undefined) held.delete(key);
    else held.set(key, object);
    workloads.autoscalerChanged(key);
  };
  const has = (type = 'deployments.apps', key = 'shop/web') => workloads.isAutoscaled(type, key);
  return { objects, state, turned, workloads, take, has };
}

it('from the first autoscaler that targets it to the last', () => {
  const { turned, take, has } = setUp();
  expect(has()).toBe(false);
  take('shop/one', autoscaler(WEB));
  take('shop/two', autoscaler(WEB));
  expect(has()).toBe(true);
  expect(has('deployments.apps', 'else/web')).toBe(false);
  expect(has('replicasets.apps')).toBe(false);
  take('shop/one');
  expect(has()).toBe(true);
  take('shop/two', autoscaler({ ...WEB, kind: 'ReplicaSet' }));
  expect(has()).toBe(false);
  expect(has('replicasets.apps')).toBe(true);
  expect(turned).toEqual([
    'deployments.apps shop/web',
    'deployments.apps shop/web',
    'replicasets.apps shop/web',
  ]);
});

it('of each workload whose replicas an autoscaler can have', () => {
  const { take, has } = setUp();
  take('shop/one', autoscaler({ ...WEB, kind: 'StatefulSet' }));
  expect(has('statefulsets.apps')).toBe(true);
  expect(has()).toBe(false);
});

it.each<[string, FederatedObject]>([
  ['one that is being deleted', autoscaler(WEB, { deletionTimestamp: '2030-01-01T00:00:00Z' })],
  ['another group', autoscaler({ ...WEB, apiVersion: 'example.com/v1' })],
  ['another kind', autoscaler({ ...WEB, kind: 'DaemonSet' })],
])('%s has none', (_what, object) => {
  const { take, has } = setUp();
  take('shop/one', object);
  expect(has()).toBe(false);
});

it('the group that workloads were in before', () => {
  const { take, has } = setUp();
  take('shop/one', autoscaler({ ...WEB, apiVersion: 'extensions/v1beta1' }));
  expect(has()).toBe(true);
});

it('not known until it was read; other types do not wait', () => {
  const { objects, state, has } = setUp();
  objects.hasSynced = false;
  expect(has()).toBeUndefined();
  expect(has('configmaps')).toBe(false);
  state.engine = undefined;
  expect(has()).toBeUndefined();
  state.engine = 'none';
  expect(has()).toBe(false);
});

it('nobody federates autoscalers any more', () => {
  const { state, turned, workloads, take, has } = setUp();
  take('shop/one', autoscaler(WEB));
  state.engine = 'none';
  workloads.typesChanged();
  expect(has()).toBe(false);
  expect(turned).toHaveLength(2);
});
