/** When pods may go: their shard is out of the records, and clients have forgotten its addresses. */

import { expect, it } from 'vitest';
import {
  type DnsRecord,
  readIngressDnsRecord,
  readServiceDnsRecord,
} from '../../src/api/kubefed/dns-record-objects.ts';
import { seenIngress } from '../../src/controllers/records/ingress-records/seen-ingress.ts';
import { Departures } from '../../src/controllers/records/service-records/departures.ts';
import type {
  Endpoints,
  ServedShard,
} from '../../src/controllers/records/service-records/led-services.ts';

const WEB = {
  id: 'deployments.apps shop/web',
  namespace: 'shop',
  labels: labels({ app: 'web', v: '2' }),
};

const SHOP_WEB = { kind: 'ServiceDNSRecord', key: 'shop/web', namespace: 'shop' } as const;

function labels(given: Record<string, string>): ReadonlyMap<string, string> {
  return new Map(Object.entries(given));
}

interface Clock {
  nowMs: number;
  endpoints: Endpoints;
  shards: readonly ServedShard[] | 'unread';
  isElsewhere: boolean;
}

function world(selector: ReadonlyMap<string, string> | 'unread' = labels({ app: 'web' })) {
  const records = new Map<string, DnsRecord>();
  const woken: string[] = [];
  const clock: Clock = { nowMs: 0, endpoints: 'none', shards: [], isElsewhere: true };
  const departures = new Departures({
    records: { hasSynced: true, values: () => records.values() },
    selectorsOf: () => (selector === 'unread' ? selector : [selector]),
    endpointsOf: () => clock.endpoints,
    served: {
      ttlSeconds: 20,
      shardsIn: () => clock.shards,
      shardOf: (_, { type, key }) => {
        const shards = clock.shards === 'unread' ? [] : clock.shards;
        return shards.find((one) => one.type === type && one.key === key);
      },
      isElsewhere: () => clock.isElsewhere,
      onShard: ({ type, key }) => woken.push(`${type} ${key}`),
    },
    onRecord: ({ kind, key }) => woken.push(kind === 'ServiceDNSRecord' ? key : `${kind} ${key}`),
    nowMs: () => clock.nowMs,
  });
  const say = (name: string, clusters: readonly string[], spec: object = { recordTTL: 30 }) => {
    const dns = ['one', 'two'].map((cluster) => {
      const ingress = clusters.includes(cluster) ? [{ ip: '192.0.2.1' }] : [];
      return { cluster, loadBalancer: { ingress } };
    });
    const metadata = { namespace: 'shop', name };
    records.set(`shop/${name}`, readServiceDnsRecord({ metadata, spec, status: { dns } }));
  };
  const wait = (...clusters: string[]) => Object.fromEntries(departures.leave(WEB, clusters));
  return { departures, say, wait, woken, clock, records };
}

it('it leaves the records first, and a TTL later its pods may go', () => {
  const { departures, say, wait, woken, clock } = world();
  say('web', ['one', 'two']);
  expect(wait('one')).toEqual({ one: 500 });
  expect(woken).toEqual(['shop/web']);
  expect(departures.isLeaving('one', SHOP_WEB)).toBe(true);
  expect(departures.isLeaving('two', SHOP_WEB)).toBe(false);
  clock.nowMs = 1000;
  say('web', ['two']);
  expect(wait('one')).toEqual({ one: 33_000 });
  clock.nowMs = 21_000;
  expect(wait('one')).toEqual({ one: 13_000 });
  clock.nowMs = 34_000;
  expect(wait('one')).toEqual({ one: 0 });
});

it('the longest TTL of all its records counts; one that says none has the default', () => {
  const { say, wait } = world();
  say('web', ['two'], { recordTTL: 30 });
  say('more', ['two'], {});
  expect(wait('one')).toEqual({ one: 183_000 });
});

it('a plan that is another one brings it back at once', () => {
  const { departures, say, wait, woken } = world();
  say('web', ['two']);
  wait('one');
  expect(wait()).toEqual({});
  expect(woken).toEqual(['shop/web', 'shop/web']);
  expect(departures.isLeaving('one', SHOP_WEB)).toBe(false);
});

it('a name that it alone keeps up holds its pods for a while only', () => {
  const { say, wait, clock } = world();
  say('web', ['one']);
  expect(wait('one')).toEqual({ one: 500 });
  clock.nowMs = 300_001;
  expect(wait('one')).toEqual({ one: 0 });
});

it('without a record nobody is waited for', () => {
  expect(world().wait('one')).toEqual({ one: 0 });
});

it('what was not read yet is waited for, but not for ever', () => {
  const { say, wait, clock } = world('unread');
  say('web', ['one', 'two']);
  expect(wait('one')).toEqual({ one: 500 });
  clock.nowMs = 300_001;
  expect(wait('one')).toEqual({ one: 0 });
});

it.each([
  ['of other pods', labels({ app: 'other' })],
  ['without a selector', labels({})],
])('nor with a Service %s', (_, selector) => {
  const { say, wait, departures } = world(selector);
  say('web', ['one', 'two']);
  expect(wait('one')).toEqual({ one: 0 });
  expect(departures.isLeaving('one', SHOP_WEB)).toBe(false);
});

it('an IngressDNSRecord that leads there counts as one of a Service', () => {
  const { departures, say, wait, woken, records } = world();
  say('web', ['two'], { recordTTL: 30 });
  const metadata = { namespace: 'shop', name: 'web' };
  const hosts = { hosts: ['www.example.com'], recordTTL: 60 };
  const dns = [{ cluster: 'one', loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }];
  const put = (entries: object[]) =>
    records.set(
      'ingress',
      readIngressDnsRecord({ metadata, spec: hosts, status: { dns: entries } }),
    );
  put(dns);
  // It is in one of them still.
  expect(wait('one')).toEqual({ one: 500 });
  expect(woken).toEqual(['shop/web', 'IngressDNSRecord shop/web']);
  expect(departures.isLeaving('one', { ...SHOP_WEB, kind: 'IngressDNSRecord' })).toBe(true);
  put([]);
  expect(wait('one')).toEqual({ one: 63_000 });
});

it.each([
  ['once the last of its pods has ended', 'none', 0],
  ['though its pods end for minutes, after as many', 'ending', 300_001],
  ['where other pods are behind its Service, after a while', 'ready', 30_001],
  ['though nobody can say how its pods are, after minutes', 'unread', 300_001],
] as const)('gone, its shard comes back %s', (_, endpoints, afterMs) => {
  const { departures, say, wait, clock } = world();
  say('web', ['two']);
  wait('one');
  clock.nowMs = 33_000;
  expect(wait('one')).toEqual({ one: 0 });
  expect(wait()).toEqual({});
  clock.endpoints = endpoints;
  clock.nowMs += Math.max(afterMs - 1, 0);
  if (afterMs > 0) expect(departures.isLeaving('one', SHOP_WEB)).toBe(true);
  clock.nowMs += 500;
  expect(departures.isLeaving('one', SHOP_WEB)).toBe(false);
  // New pods there are none that end.
  clock.endpoints = 'ready';
  expect(departures.isLeaving('one', SHOP_WEB)).toBe(false);
});

it('what changes there is looked at at once, what does not now and then', () => {
  const { departures, say, wait, clock } = world();
  say('web', ['two']);
  wait('one');
  clock.nowMs = 33_000;
  wait('one');
  wait();
  clock.endpoints = 'ending';
  expect(departures.isLeaving('one', SHOP_WEB)).toBe(true);
  clock.endpoints = 'none';
  departures.endpointsChanged('elsewhere');
  expect(departures.isLeaving('one', SHOP_WEB)).toBe(true);
  departures.endpointsChanged('shop');
  expect(departures.isLeaving('one', SHOP_WEB)).toBe(false);
});

it('one that is moved away again while its pods end is waited for anew', () => {
  const { say, wait, clock } = world();
  say('web', ['two']);
  wait('one');
  clock.nowMs = 33_000;
  clock.endpoints = 'ending';
  wait('one');
  wait();
  expect(wait('one')).toEqual({ one: 33_000 });
});

const OBJECT = { type: 'services', key: 'shop/web', namespace: 'shop' };

function served(isMarked: boolean, ttlSeconds?: number): ServedShard {
  return { ...OBJECT, selectors: [labels({ app: 'web' })], isMarked, ttlSeconds };
}

it("a member's own Service says that it leaves, and a TTL later its pods may go", () => {
  const { departures, wait, woken, clock } = world();
  expect(departures.clustersLeft(OBJECT)).toBeUndefined();
  clock.shards = [served(false)];
  expect(wait('one')).toEqual({ one: 500 });
  expect(woken).toContain('services shop/web');
  expect(departures.clustersLeft(OBJECT)).toEqual(new Set(['one']));
  expect(departures.clustersLeft({ ...OBJECT, key: 'shop/other' })).toBeUndefined();
  expect(departures.clustersLeft({ ...OBJECT, namespace: 'elsewhere' })).toBeUndefined();
  clock.shards = [served(true)];
  expect(wait('one')).toEqual({ one: 23_000 });
  clock.shards = [served(true, 40)];
  expect(wait('one')).toEqual({ one: 43_000 });
  clock.nowMs = 43_000;
  expect(wait('one')).toEqual({ one: 0 });
  // Gone, while its pods end.
  clock.endpoints = 'ending';
  wait();
  expect(departures.clustersLeft(OBJECT)).toEqual(new Set(['one']));
  clock.endpoints = 'none';
  clock.nowMs += 500;
  expect(departures.clustersLeft(OBJECT)).toBeUndefined();
});

it.each([
  ['that cannot be marked', [served(false)], true],
  ['that nobody else keeps up', [served(true)], false],
  ['that was not read', 'unread', true],
] as const)('a Service %s holds its pods for a while only', (_, shards, isElsewhere) => {
  const { wait, clock } = world();
  Object.assign(clock, { shards, isElsewhere });
  expect(wait('one')).toEqual({ one: 500 });
  clock.nowMs = 300_001;
  expect(wait('one')).toEqual({ one: 0 });
});

it('a Service of other pods is not asked', () => {
  const { departures, wait, clock } = world();
  clock.shards = [{ ...served(false), selectors: [labels({ app: 'other' }), labels({})] }];
  expect(wait('one')).toEqual({ one: 0 });
  expect(departures.clustersLeft(OBJECT)).toBeUndefined();
});

it('the Services that an Ingress leads to, each once', () => {
  const backend = (name: string) => ({ service: { name, port: { number: 80 } } });
  const paths = [
    { path: '/', backend: backend('web') },
    { path: '/a', backend: backend('api') },
  ];
  const rules = [
    { http: { paths } },
    { host: 'a.example', http: { paths } },
    { host: 'b.example' },
  ];
  const spec = { defaultBackend: backend('web'), rules };
  expect(seenIngress({ spec }).services).toEqual(['web', 'api']);
  const bucket = { resource: { kind: 'Bucket', name: 'b' } };
  expect(seenIngress({ spec: { defaultBackend: bucket } }).services).toEqual([]);
});
