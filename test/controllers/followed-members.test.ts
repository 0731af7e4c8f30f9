/** What is followed in members for records: nothing before somebody needs it, and each collection once. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FederatedClusters } from '../../src/controllers/clusters/federated-clusters.ts';
import { FollowedMembers } from '../../src/controllers/records/service-records/followed-members.ts';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { PacedClient } from '../../src/kubernetes/reconciling/paced-client.ts';
import { FaultyApi } from '../support/faulty-api.ts';
import { eventually } from './eventually.ts';

const PATHS = [
  '/api/v1/services',
  '/apis/discovery.k8s.io/v1/endpointslices',
  '/apis/networking.k8s.io/v1/ingresses',
];

const api = new FaultyApi(PATHS);
let client: PacedClient;

beforeAll(async () => {
  await api.start();
  client = new PacedClient(new ApiClient(api.access), { perSecond: 100, burst: 100 });
});

afterAll(async () => {
  await client.close();
  await api.stop();
});

it('no request before it is needed; then objects come, by namespace too', async () => {
  const cluster = { name: 'one', client, isReady: true };
  const clusters = { names: ['one'], get: () => cluster } as unknown as FederatedClusters;
  const heard: string[] = [];
  const members = new FollowedMembers(
    { clusters, onlyNamespace: undefined },
    {
      service: (key) => heard.push(key),
      slice: () => {},
      ingress: () => {},
      all: () => heard.push('all'),
    },
  );
  members.clusterChanged('one');
  api.at('/api/v1/services').put('shop/web', { spec: { selector: { app: 'web' } } });
  expect(members.services.group('one', 'shop/web')).toBeUndefined();
  expect(members.services.inNamespace('one', 'shop')).toBeUndefined();
  expect(api.requests).toEqual([]);
  members.need();
  members.need();
  await eventually(
    async () => heard.filter((one) => one === 'all').length,
    (count) => count === 3,
  );
  expect(heard).toContain('shop/web');
  const selector = new Map([['app', 'web']]);
  expect(members.services.group('one', 'shop/web')).toMatchObject([{ selector }]);
  expect(members.services.inNamespace('one', 'shop')).toMatchObject([{ key: 'shop/web' }]);
  expect(members.services.inNamespace('one', 'other')).toEqual([]);
  await members.stop();
  members.need();
  const asked = new Set(api.requests.map((request) => request.split('?')[0]));
  expect([...asked].sort()).toEqual(PATHS);
});
