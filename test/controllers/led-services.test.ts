/** Whether a member's own Service or Ingress is answered there: addresses, and endpoints behind it. */

import { expect, it } from 'vitest';
import {
  type SeenIngress,
  seenIngress,
} from '../../src/controllers/records/ingress-records/seen-ingress.ts';
import { LedServices } from '../../src/controllers/records/service-records/led-services.ts';
import {
  type SeenService,
  type SeenSlice,
  seenService,
} from '../../src/controllers/records/service-records/seen-services.ts';

const SERVICE = { type: 'services', key: 'shop/web', namespace: 'shop' };
const INGRESS = { type: 'ingresses.networking.k8s.io', key: 'shop/www', namespace: 'shop' };
const NO_SHARD = { selectors: [], isMarked: false, ttlSeconds: undefined };
const WITH_ADDRESS = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };

interface Seen {
  readonly service?: object;
  readonly ingress?: object;
  readonly hasEndpoint?: boolean;
}

function led({ service, ingress, hasEndpoint = false }: Seen): LedServices {
  const metadata = (name: string) => ({ namespace: 'shop', name });
  const services: SeenService[] =
    service === undefined ? [] : [seenService({ metadata: metadata('web'), ...service })];
  const ingresses: SeenIngress[] =
    ingress === undefined ? [] : [seenIngress({ metadata: metadata('www'), ...ingress })];
  const slices: SeenSlice[] = [{ service: 'shop/web', hasEndpoint, hasReady: hasEndpoint }];
  return new LedServices({
    services: {
      group: (_, key) => services.filter((one) => one.key === key),
      inNamespace: () => services,
    },
    slices: { group: (_, key) => slices.filter((one) => one.service === key) },
    ingresses: {
      group: (_, key) => ingresses.filter((one) => one.key === key),
      inNamespace: () => ingresses,
    },
  });
}

const service = { spec: { selector: { app: 'web' } }, status: WITH_ADDRESS };
const backend = { service: { name: 'web', port: { number: 80 } } };
const ingress = { spec: { defaultBackend: backend }, status: WITH_ADDRESS };

it.each<[string, Seen, boolean, boolean]>([
  ['with addresses and endpoints', { service, ingress, hasEndpoint: true }, true, true],
  ['without endpoints', { service, ingress }, false, false],
  [
    'without addresses',
    { service: { ...service, status: {} }, ingress: { ...ingress, status: {} }, hasEndpoint: true },
    false,
    false,
  ],
  ['that is not there', { hasEndpoint: true }, false, false],
])('one %s', (_, seen, ofService, ofIngress) => {
  const seenThere = led(seen);
  expect(seenThere.isServedIn('one', { ...SERVICE, ...NO_SHARD })).toBe(ofService);
  expect(seenThere.isServedIn('one', { ...INGRESS, ...NO_SHARD })).toBe(ofIngress);
});

it('one alone is as among all of its namespace', () => {
  const all = led({ service, ingress });
  const shards = all.shardsIn('one', 'shop');
  expect(shards).toHaveLength(2);
  expect([all.shardOf('one', SERVICE), all.shardOf('one', INGRESS)]).toEqual(shards);
  const selectors = [new Map([['app', 'web']])];
  expect(shards).toMatchObject([{ selectors }, { selectors }]);
  expect(all.shardOf('one', { ...SERVICE, key: 'shop/other' })).toBeUndefined();
  expect(all.shardOf('one', { ...SERVICE, type: 'deployments.apps' })).toBeUndefined();
});
