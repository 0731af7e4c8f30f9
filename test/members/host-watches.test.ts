/** What claims hosts in a federation of one namespace: its own Ingresses and routes, everybody's Gateways. */

import { expect, it } from 'vitest';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { HostWatches } from '../../src/members/host-watches.ts';
import { MemberHosts } from '../../src/members/objects/member-hosts.ts';
import { eventually } from '../controllers/eventually.ts';
import { FaultyApi } from '../support/faulty-api.ts';

it.each([
  ['shop', '/namespaces/shop'],
  [undefined, ''],
])('of namespace %s', async (onlyNamespace, within) => {
  const api = new FaultyApi([]);
  await api.start();
  const gateway = { resources: [{ name: 'httproutes' }, { name: 'gateways' }] };
  api.texts.set('/apis/gateway.networking.k8s.io/v1', JSON.stringify(gateway));
  const ingresses = { resources: [{ name: 'ingresses' }] };
  api.texts.set('/apis/networking.k8s.io/v1', JSON.stringify(ingresses));
  const client = new ApiClient(api.access);
  const paths: string[] = [];
  const watches = new HostWatches({
    client,
    onlyNamespace,
    hosts: new MemberHosts({
      onHost: () => {},
      hasEndpoint: () => false,
      onFull: () => {},
      linksMax: 10,
    }),
    watch: (path) => {
      paths.push(path);
      return { status: { hasSynced: true }, start: () => {}, stop: async () => {} };
    },
    onAbsent: () => {},
  });
  watches.start();
  await eventually(
    async () => paths.length,
    (count) => count === 3,
  );
  expect(paths.sort()).toEqual(
    [
      // A route leads to a Gateway of any namespace: one that is not read would look gone.
      '/apis/gateway.networking.k8s.io/v1/gateways',
      `/apis/gateway.networking.k8s.io/v1${within}/httproutes`,
      `/apis/networking.k8s.io/v1${within}/ingresses`,
    ].sort(),
  );
  await watches.stop();
  await client.close();
  await api.stop();
});
