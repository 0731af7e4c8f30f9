/** When pods may go: their shard is out of the records, and clients have forgotten its addresses. */

import { expect, it } from 'vitest';
import {
  readServiceDnsRecord,
  type ServiceDnsRecord,
} from '../../src/api/kubefed/dns-record-objects.ts';
import { Departures } from '../../src/controllers/records/service-records/departures.ts';

const WEB = {
  id: 'deployments.apps shop/web',
  namespace: 'shop',
  labels: labels({ app: 'web', v: '2' }),
};

function labels(given: Record<string, string>): ReadonlyMap<string, string> {
  return new Map(Object.entries(given));
}

function world(selector: ReadonlyMap<string, string> | 'unread' = labels({ app: 'web' })) {
  const records = new Map<string, ServiceDnsRecord>();
  const woken: string[] = [];
  const clock = { nowMs: 0 };
  const departures = new Departures({
    records: { hasSynced: true, entries: () => records },
    selectorOf: () => selector,
    onRecord: (key) => woken.push(key),
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
  return { departures, say, wait, woken, clock };
}

it('it leaves the records first, and a TTL later its pods may go', () => {
  const { departures, say, wait, woken, clock } = world();
  say('web', ['one', 'two']);
  expect(wait('one')).toEqual({ one: 500 });
  expect(woken).toEqual(['shop/web']);
  expect(departures.isLeaving('one', 'shop/web')).toBe(true);
  expect(departures.isLeaving('two', 'shop/web')).toBe(false);
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
  expect(departures.isLeaving('one', 'shop/web')).toBe(false);
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
  expect(departures.isLeaving('one', 'shop/web')).toBe(false);
});
