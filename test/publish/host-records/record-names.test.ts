/** Which names the records of a host want, and which stay because nothing is known of them now. */

import { expect, it } from 'vitest';
import {
  readDomain,
  readIngressDnsRecord,
  readServiceDnsRecord,
} from '../../../src/api/kubefed/dns-record-objects.ts';
import { describeContent } from '../../../src/discovery/explain.ts';
import { formatName, parseName } from '../../../src/dns/name.ts';
import {
  type RecordNames,
  RecordNamesPlanner,
  type SeenRecords,
} from '../../../src/publish/host-records/record-names.ts';

const SITE = readDomain({ metadata: { name: 'site' }, domain: 'example.com' });
const domains = new Map([['site', SITE]]);

const status = (...targets: object[]) => ({
  domain: 'example.com',
  dns: [{ cluster: 'one', region: 'us', loadBalancer: { ingress: targets } }],
});

const service = (name: string, said: object | undefined, spec: object = {}, createdAt = '1') =>
  readServiceDnsRecord({
    metadata: { name, namespace: 'shop', creationTimestamp: createdAt },
    spec: { domainRef: 'site', ...spec },
    status: said,
  });

const ingress = (name: string, said: object | undefined, hosts: string[], createdAt = '1') =>
  readIngressDnsRecord({
    metadata: { name, namespace: 'shop', creationTimestamp: createdAt },
    spec: { hosts },
    status: said,
  });

function planner(resolved: Map<string, readonly string[]> = new Map()) {
  const zones = [parseName('example.com')];
  const made = new RecordNamesPlanner({
    zones,
    ttlSeconds: 30,
    resolve: (host) => resolved.get(host),
  });
  return (records: SeenRecords['records'], nowMs = 0, others = domains) =>
    made.plan({ records, domains: others }, nowMs);
}

const lines = ({ owners }: RecordNames) =>
  [...owners].map(([owner, { rrsets }]) => `${formatName(owner)} ${describeContent(rrsets)}`);

const keeps = (names: RecordNames, name: string) => names.keeps(parseName(name), []);

it('a ladder, its prefix, and the hosts of an Ingress', () => {
  const names = planner()([
    service('web', status({ ip: '192.0.2.1' }), { dnsPrefix: 'www' }),
    ingress('web', status({ ip: '192.0.2.2' }), ['shop.example.com']),
  ]);
  expect(lines(names)).toEqual([
    'shop.example.com. A 192.0.2.2',
    'web.shop.site.svc.example.com. A 192.0.2.1',
    'web.shop.site.svc.us.example.com. A 192.0.2.1',
    'www.example.com. CNAME web.shop.site.svc.example.com.',
  ]);
  expect(names.remarks).toEqual([]);
});

it('outside of our zones: told once a record, its other names stand', () => {
  const names = planner()([
    ingress('web', status({ ip: '192.0.2.2' }), [
      'a.example.org',
      'b.example.org',
      'c.example.com',
    ]),
  ]);
  expect(lines(names)).toEqual(['c.example.com. A 192.0.2.2']);
  expect(names.remarks).toEqual([
    'IngressDNSRecord shop/web: a.example.org. and 1 more: in none of our zones, left out',
  ]);
});

it('a record that nobody has looked at keeps what stands: its ladder, its aliases, its hosts', () => {
  const plan = planner();
  const names = plan([
    service('web', undefined, { dnsPrefix: 'www' }),
    ingress('site', undefined, ['shop.example.com']),
  ]);
  expect(lines(names)).toEqual([]);
  expect(keeps(names, 'web.shop.site.svc.a.us.example.com')).toBe(true);
  expect(keeps(names, 'shop.example.com')).toBe(true);
  expect(keeps(names, 'other.shop.site.svc.example.com')).toBe(false);
  expect(keeps(names, 'www.example.com')).toBe(false);
  const alias = lines(plan([service('web', status({ ip: '192.0.2.1' }), { dnsPrefix: 'www' })]));
  expect(alias.at(-1)).toContain('www.example.com. CNAME');
  const www = plan([service('web', status({ ip: '192.0.2.1' }), { dnsPrefix: 'www' })]).owners;
  const held = www.get(parseName('www.example.com'))?.rrsets ?? [];
  expect(names.keeps(parseName('www.example.com'), held)).toBe(true);
});

it('one that was looked at and has no address has its names, empty', () => {
  const names = planner()([service('web', status())]);
  expect(lines(names)).toEqual([
    'web.shop.site.svc.example.com. nothing',
    'web.shop.site.svc.us.example.com. CNAME web.shop.site.svc.example.com.',
  ]);
  expect(keeps(names, 'web.shop.site.svc.example.com')).toBe(false);
});

it('a host name never resolved holds up its record a while, and for ever where it is all there is', () => {
  const plan = planner();
  const both = service('both', status({ hostname: 'lb.invalid' }, { ip: '192.0.2.1' }));
  const only = service('only', status({ hostname: 'lb.invalid' }));
  const early = plan([both, only], 1000);
  expect(lines(early)).toEqual([]);
  expect(early.isWaiting).toBe(true);
  expect([...early.hosts]).toEqual(['lb.invalid']);
  expect(keeps(early, 'both.shop.site.svc.example.com')).toBe(true);
  const late = plan([both, only], 62_000);
  expect(lines(late)).toEqual([
    'both.shop.site.svc.example.com. A 192.0.2.1',
    'both.shop.site.svc.us.example.com. A 192.0.2.1',
  ]);
  expect(keeps(late, 'only.shop.site.svc.example.com')).toBe(true);
});

it('what a host name resolves to now is in the names, though the record is the same', () => {
  const resolved = new Map([['lb.example.net', ['192.0.2.1']]]);
  const plan = planner(resolved);
  const web = service('web', status({ hostname: 'LB.example.net.' }));
  expect(lines(plan([web]))[0]).toBe('web.shop.site.svc.example.com. A 192.0.2.1');
  const same = plan([web]).owners;
  expect(plan([web]).owners.get(parseName('web.shop.site.svc.example.com'))).toBe(
    same.get(parseName('web.shop.site.svc.example.com')),
  );
  resolved.set('lb.example.net', ['192.0.2.2']);
  expect(lines(plan([web]))[0]).toBe('web.shop.site.svc.example.com. A 192.0.2.2');
});

it('a host below a Domain of others is left out, and back when it may be again', () => {
  const plan = planner();
  const records = [
    ingress('a', status({ ip: '192.0.2.1' }), ['shop.example.com', 'www.example.com']),
  ];
  const of = (domain: string, allowedNamespaces?: string[]) => {
    const metadata = { name: 'd', namespace: 'kube-federation-system' };
    return new Map([['d', readDomain({ metadata, domain, allowedNamespaces })]]);
  };
  expect(lines(plan(records)).length).toBe(2);
  const limited = plan(records, 0, of('shop.example.com', ['team']));
  expect(lines(limited)).toEqual(['www.example.com. A 192.0.2.1']);
  expect(limited.remarks.join()).toMatch(/shop\.example\.com is below Domain "d", .*, left out$/);
  expect(keeps(limited, 'shop.example.com')).toBe(false);
  expect(lines(plan(records, 0, of('shop.example.com', ['team', 'shop']))).length).toBe(2);
});

it('a name that two want is the older one’s, until it goes', () => {
  const plan = planner();
  const young = ingress('a', status({ ip: '192.0.2.1' }), ['shop.example.com'], '2');
  const old = ingress('b', status({ ip: '192.0.2.2' }), ['shop.example.com'], '1');
  const both = plan([young, old]);
  expect(lines(both)).toEqual(['shop.example.com. A 192.0.2.2']);
  expect(both.remarks).toEqual([
    'IngressDNSRecord shop/a: shop.example.com is of IngressDNSRecord shop/b, left out',
  ]);
  expect(lines(plan([young]))).toEqual(['shop.example.com. A 192.0.2.1']);
});

it('a bad record has no names, and disturbs nobody', () => {
  const names = planner()([
    ingress('bad', status({ ip: '192.0.2.1' }), [`${'x'.repeat(64)}.example.com`]),
    service('lost', { dns: [] }, { domainRef: 'none' }),
    ingress('good', status({ ip: '192.0.2.1' }), ['shop.example.com']),
  ]);
  expect(lines(names)).toEqual(['shop.example.com. A 192.0.2.1']);
  expect(names.remarks).toEqual([
    expect.stringContaining('IngressDNSRecord shop/bad: '),
    'ServiceDNSRecord shop/lost: DomainNotFound: spec.domainRef: no Domain is named "none"',
  ]);
});
