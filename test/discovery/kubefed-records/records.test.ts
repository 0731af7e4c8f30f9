/** Names of ServiceDNSRecords and IngressDNSRecords: KubeFed's, and where ours are other on purpose. */

import { describe, expect, it } from 'vitest';
import {
  type DomainObject,
  readDomain,
  readIngressDnsRecord,
  readServiceDnsRecord,
} from '../../../src/api/kubefed/dns-record-objects.ts';
import { endpointsOf } from '../../../src/discovery/kubefed-records/dns-endpoints.ts';
import { planAllRecords } from '../../../src/discovery/kubefed-records/plan-all-records.ts';
import {
  type PlannedRecord,
  planIngressRecord,
  planServiceRecord,
} from '../../../src/discovery/kubefed-records/plan-record.ts';
import { formatType } from '../../../src/dns/codes.ts';
import { formatName } from '../../../src/dns/name.ts';
import { formatRdata } from '../../../src/dns/rdata/index.ts';

const RESOLVED = new Map([['lb.example.net', ['192.0.2.9', '2001:db8::9']]]);
const OPTIONS = { resolve: (host: string) => RESOLVED.get(host), ttlSeconds: 180 };

const entry = (cluster: string, place: object, ...targets: string[]) => ({
  cluster,
  ...place,
  loadBalancer: {
    ingress: targets.map((target) =>
      /^[\d.]+$|:/.test(target) ? { ip: target } : { hostname: target },
    ),
  },
});
const US = { region: 'us', zones: ['us1', 'us2'] };
const EU = { region: 'eu', zones: ['eu1'] };

function service(dns: object[], spec: object = {}) {
  return readServiceDnsRecord({
    metadata: { name: 'web', namespace: 'shop' },
    spec: { domainRef: 'test-domain', ...spec },
    status: { domain: 'example.com', dns },
  });
}

/** `test-domain` by its name. */
function domain(text: string, also: object = {}): ReadonlyMap<string, DomainObject> {
  const metadata = { name: 'test-domain', namespace: 'kube-federation-system' };
  return new Map([['test-domain', readDomain({ metadata, domain: text, ...also })]]);
}

const plan = (dns: object[], spec: object = {}) =>
  planServiceRecord(service(dns, spec), 'example.com', OPTIONS);

/** `name TYPE ttl data…` per RRset, NODATA as `name -`, in their order; P stands for the service. */
function lines({ owners }: Pick<PlannedRecord, 'owners'>): string[] {
  const short = (text: string) => text.replace('web.shop.test-domain.svc', 'P').replace(/\.$/, '');
  return [...owners].flatMap(([owner, { rrsets }]) => {
    const name = short(formatName(owner));
    if (rrsets.length === 0) return [`${name} -`];
    return rrsets.map(({ type, ttlSeconds, rdatas }) => {
      const data = rdatas.map((rdata) => short(formatRdata(type, rdata)));
      return `${name} ${formatType(type)} ${ttlSeconds} ${data.join(' ')}`;
    });
  });
}

describe('a ServiceDNSRecord', () => {
  it('global, regions, every zone of a cluster; nearest addresses, else one level up', () => {
    expect(
      lines(plan([entry('one', US, '192.0.2.1'), entry('two', EU)], { recordTTL: 300 })),
    ).toEqual([
      'P.example.com A 300 192.0.2.1',
      'P.eu.example.com CNAME 300 P.example.com',
      'P.us.example.com A 300 192.0.2.1',
      'P.eu1.eu.example.com CNAME 300 P.eu.example.com',
      'P.us1.us.example.com A 300 192.0.2.1',
      'P.us2.us.example.com A 300 192.0.2.1',
    ]);
  });

  it('clusters of one zone together; families apart; host names by what they resolve to', () => {
    const zone = { region: 'us', zones: ['us1'] };
    const dns = [entry('one', zone, '192.0.2.1'), entry('two', zone, 'LB.example.net.')];
    expect(lines(plan(dns)).slice(-2)).toEqual([
      'P.us1.us.example.com A 180 192.0.2.1 192.0.2.9',
      'P.us1.us.example.com AAAA 180 2001:db8::9',
    ]);
  });

  it('no shard at all: the global name holds nothing, and no alias leads elsewhere', () => {
    expect(lines(plan([entry('two', EU)], { dnsPrefix: 'www', recordTTL: 0 }))).toEqual([
      'P.example.com -',
      'P.eu.example.com CNAME 180 P.example.com',
      'P.eu1.eu.example.com CNAME 180 P.eu.example.com',
      'www.example.com CNAME 180 P.example.com',
    ]);
  });

  it('a cluster that is nowhere, or lacks zones, has the levels it can have', () => {
    const dns = [
      entry('one', { zones: ['lost'] }, '192.0.2.1'),
      entry('two', { region: 'eu' }, '192.0.2.2'),
    ];
    expect(lines(plan(dns))).toEqual([
      'P.example.com A 180 192.0.2.1 192.0.2.2',
      'P.eu.example.com A 180 192.0.2.2',
    ]);
  });

  it('one bad place, one unresolved name harm nobody else, and are told', () => {
    const dns = [
      entry('one', { region: 'RegionOne', zones: ['a b', 'a'] }, '192.0.2.1'),
      entry('two', EU, 'gone.example.net'),
    ];
    const planned = plan(dns);
    expect(lines(planned)).toEqual([
      'P.example.com A 180 192.0.2.1',
      'P.eu.example.com CNAME 180 P.example.com',
      'P.regionone.example.com A 180 192.0.2.1',
      'P.a.regionone.example.com A 180 192.0.2.1',
      'P.eu1.eu.example.com CNAME 180 P.eu.example.com',
    ]);
    expect(planned.remarks).toEqual([
      'one: zone "a b" is no DNS label (a-z, 0-9, -; 1 to 63)',
      'host name gone.example.net is not resolved',
    ]);
  });

  it('externalName and domainRef of several labels, dnsPrefix', () => {
    const spec = { externalName: 'a.Shop', domainRef: 'my.net', dnsPrefix: 'www.x' };
    expect(lines(plan([entry('one', { region: 'eu' }, '192.0.2.1')], spec))).toEqual([
      'a.shop.shop.my.net.svc.example.com A 180 192.0.2.1',
      'a.shop.shop.my.net.svc.eu.example.com A 180 192.0.2.1',
      'www.x.example.com CNAME 180 a.shop.shop.my.net.svc.example.com',
    ]);
  });

  it('a prefix that is its own global name makes no circle', () => {
    const planned = plan([entry('one', {}, '192.0.2.1')], {
      dnsPrefix: 'web.shop.test-domain.svc',
    });
    expect(lines(planned)).toEqual(['P.example.com A 180 192.0.2.1']);
    expect(planned.remarks).toHaveLength(1);
  });
});

const ingress = (name: string, hosts: string[], dns: object[], createdAt?: string) =>
  readIngressDnsRecord({
    metadata: { name, namespace: 'shop', ...(createdAt && { creationTimestamp: createdAt }) },
    spec: { hosts },
    status: { dns },
  });

it('an IngressDNSRecord: each host all addresses; none: it holds nothing', () => {
  const hosts = ['www.example.com', '*.Example.net.'];
  const dns = [entry('one', {}, '192.0.2.1', '192.0.2.3'), entry('two', {}, '192.0.2.2')];
  expect(lines(planIngressRecord(ingress('web', hosts, dns), OPTIONS))).toEqual([
    'www.example.com A 180 192.0.2.1 192.0.2.2 192.0.2.3',
    '*.example.net A 180 192.0.2.1 192.0.2.2 192.0.2.3',
  ]);
  expect(lines(planIngressRecord(ingress('web', hosts, [entry('one', {})]), OPTIONS))).toEqual([
    'www.example.com -',
    '*.example.net -',
  ]);
});

describe('many records', () => {
  it('a name is of the older record, else of the first', () => {
    const hosts = ['www.example.com'];
    const young = ingress('young', hosts, [entry('one', {}, '192.0.2.1')], '2026-02-01T00:00:00Z');
    const old = ingress('old', hosts, [entry('one', {}, '192.0.2.2')], '2026-01-01T00:00:00Z');
    const all = planAllRecords({ domains: new Map(), records: [young, old] }, OPTIONS);
    expect(lines(all)).toEqual(['www.example.com A 180 192.0.2.2']);
    expect(all.remarks).toEqual([
      'IngressDNSRecord shop/young: www.example.com is of IngressDNSRecord shop/old, left out',
    ]);
  });

  it('the other names of the younger stay, but for aliases that would lead to what is not its own', () => {
    const hosts = ['web.shop.test-domain.svc.example.com'];
    const old = ingress('old', hosts, [entry('one', {}, '192.0.2.9')], '2026-01-01T00:00:00Z');
    const young = {
      ...service([entry('one', US, '192.0.2.1'), entry('two', EU)], { dnsPrefix: 'www' }),
      createdAt: '2026-02-01T00:00:00Z',
    };
    const all = planAllRecords({ domains: domain('example.com'), records: [young, old] }, OPTIONS);
    expect(lines(all)).toEqual([
      'P.example.com A 180 192.0.2.9',
      'P.us.example.com A 180 192.0.2.1',
      'P.us1.us.example.com A 180 192.0.2.1',
      'P.us2.us.example.com A 180 192.0.2.1',
    ]);
    const it = 'ServiceDNSRecord shop/web: ';
    const p = 'web.shop.test-domain.svc';
    expect(all.remarks).toEqual([
      `${it}${p}.example.com is of IngressDNSRecord shop/old, left out`,
      `${it}${p}.eu.example.com. would lead to a name of another, left out`,
      `${it}${p}.eu1.eu.example.com. would lead to a name of another, left out`,
      `${it}www.example.com. would lead to a name of another, left out`,
    ]);
  });

  it('of one second the first by namespace and name; what nobody created comes last', () => {
    const at = '2026-01-01T00:00:00Z';
    const of = (name: string, ip: string, createdAt?: string) =>
      ingress(name, ['www.example.com'], [entry('one', {}, ip)], createdAt);
    const holder = (...records: ReturnType<typeof ingress>[]) =>
      lines(planAllRecords({ domains: new Map(), records }, OPTIONS));
    expect(holder(of('b', '192.0.2.2', at), of('a', '192.0.2.1', at))).toEqual([
      'www.example.com A 180 192.0.2.1',
    ]);
    expect(holder(of('a', '192.0.2.1'), of('b', '192.0.2.2', at))).toEqual([
      'www.example.com A 180 192.0.2.2',
    ]);
  });

  it.each([
    [undefined, ['P.example.com -'], []],
    [['team', 'shop'], ['P.example.com -'], []],
    [['team', 'sho*'], [], ['allowedNamespaces does not name "shop"']],
    [[], [], ['allowedNamespaces does not name "shop"']],
    // It cannot be read: nobody is let in by a mistake.
    ['shop', [], ['allowedNamespaces does not name "shop"']],
  ])('a Domain for %j', (allowedNamespaces, names, why) => {
    const all = planAllRecords(
      { domains: domain('example.com', { allowedNamespaces }), records: [service([])] },
      OPTIONS,
    );
    expect(lines(all)).toEqual(names);
    expect(all.remarks).toEqual(
      why.map(
        (text) =>
          `ServiceDNSRecord shop/web: NamespaceNotAllowed: Domain "test-domain": ${text}, left out`,
      ),
    );
  });

  it('who may have no name takes none from others', () => {
    const p = 'web.shop.test-domain.svc.example.com';
    const old = { ...service([]), createdAt: '2026-01-01T00:00:00Z' };
    const young = {
      ...ingress('young', [p], [entry('one', {}, '192.0.2.1')], '2026-02-01T00:00:00Z'),
      namespace: 'team',
      key: 'team/young',
    };
    const domains = domain('example.com', { allowedNamespaces: ['team'] });
    expect(lines(planAllRecords({ domains, records: [old, young] }, OPTIONS))).toEqual([
      'P.example.com A 180 192.0.2.1',
    ]);
  });

  it('the Domain says the domain, else the status; neither: the record is named', () => {
    const records = [service([])];
    const names = (domains: ReadonlyMap<string, DomainObject>) =>
      lines(planAllRecords({ domains, records }, OPTIONS));
    expect(names(new Map())).toEqual(['P.example.com -']);
    expect(names(domain('example.net'))).toEqual(['P.example.net -']);
    expect(names(domain('-'))).toEqual(['P.example.com -']);
    const bare = [{ ...service([]), domain: '' }];
    expect(() => planAllRecords({ domains: new Map(), records: bare }, OPTIONS)).toThrow(
      'ServiceDNSRecord shop/web: spec.domainRef: no Domain is named "test-domain"',
    );
  });
});

describe('as endpoints of ExternalDNS', () => {
  it('no last dots, sorted, labels only with an externalName and not on the prefix', () => {
    const spec = { externalName: 'shop', dnsPrefix: 'www', recordTTL: 60 };
    const planned = plan([entry('one', EU, '192.0.2.2', '192.0.2.1', '2001:DB8::1')], spec);
    const labels = { serviceName: 'web' };
    const at = (dnsName: string) => ({ dnsName, recordTTL: 60, labels });
    const a = { recordType: 'A', targets: ['192.0.2.1', '192.0.2.2'] };
    const aaaa = { recordType: 'AAAA', targets: ['2001:db8::1'] };
    const p = 'shop.shop.test-domain.svc';
    expect(endpointsOf(planned, 'web')).toEqual([
      { ...at(`${p}.eu.example.com`), ...a },
      { ...at(`${p}.eu.example.com`), ...aaaa },
      { ...at(`${p}.eu1.eu.example.com`), ...a },
      { ...at(`${p}.eu1.eu.example.com`), ...aaaa },
      { ...at(`${p}.example.com`), ...a },
      { ...at(`${p}.example.com`), ...aaaa },
      {
        dnsName: 'www.example.com',
        recordTTL: 60,
        recordType: 'CNAME',
        targets: [`${p}.example.com`],
      },
    ]);
    expect(endpointsOf(planned, undefined).every((one) => one.labels === undefined)).toBe(true);
  });

  it('nothing dangles: without addresses there are no aliases either', () => {
    expect(endpointsOf(plan([entry('one', EU)], { dnsPrefix: 'www' }), undefined)).toEqual([]);
  });
});
