/** When pods may go: their shard is out of the records, and clients have forgotten its addresses. */

import { expect, it } from 'vitest';
import {
  type DnsRecord,
  readIngressDnsRecord,
  readServiceDnsRecord,
} from '../../src/api/kubefed/dns-record-objects.ts';
import { seenIngress } from '../../src/controllers/records/ingress-records/ingress-records.ts';
import { Departures } from '../../src/controllers/records/service-records/departures.ts';

const WEB = {
  id: 'deployments.apps shop/web',
  namespace: 'shop',
  labels: labels({ app: 'web', v: '2' }),
};

const SHOP_WEB = { kind: 'ServiceDNSRecord', key: 'shop/web', namespace: 'shop' } as const;

function labels(given: Record<string, string>): ReadonlyMap<string, string> {
  return new Map(Object.entries(given));
}

function world(selector: ReadonlyMap<string, string> | 'unread' = labels({ app: 'web' })) {
  const records = new Map<string, DnsRecord>();
  const woken: string[] = [];
  const clock = { nowMs: 0 };
  const departures = new Departures({
    records: { hasSynced: true, values: () => records.values() },
    selectorsOf: () => (selector === 'unread' ? selector : [selector]),
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
