/** Domain, ServiceDNSRecord, IngressDNSRecord, DNSEndpoint: lengths and forms of DNS, TTL range. */

import { describe, expect, it } from 'vitest';
import {
  checkDnsEndpoint,
  checkDomain,
  checkIngressDnsRecord,
  checkServiceDnsRecord,
} from '../../../src/api/kubefed/dns-records.ts';

const L63 = 'x'.repeat(63);
/** 63 * 3 + 61 and three dots. */
const L253 = `${L63}.${L63}.${L63}.${'x'.repeat(61)}`;

describe('Domain', () => {
  it.each([
    'example.com',
    'example.com.',
    'local',
    'Internal_1.Example',
    '10.in-addr.arpa',
    L63,
    L253,
  ])('good: %s', (domain) => {
    expect(checkDomain({ domain })).toEqual([]);
  });

  it.each([
    ...[undefined, '', '.', 'a..b', '.a', 'a..', '-a', 'a-', 'a b', '*.a', 'bücher.example', 7],
    ...[`${L63}x`, `${L253}x`],
  ])('refused: %s', (domain) => {
    expect(checkDomain({ domain }).map(({ field }) => field)).toEqual(['domain']);
  });

  it.each([[undefined], [[]], [['shop']], [['shop', 'team-1', L63]]])(
    'allowed namespaces, good: %j',
    (allowedNamespaces) => {
      expect(checkDomain({ domain: 'example.com', allowedNamespaces })).toEqual([]);
    },
  );

  it.each([
    [null, ['allowedNamespaces']],
    ['shop', ['allowedNamespaces']],
    [{ shop: true }, ['allowedNamespaces']],
    [['shop', 'shop'], ['allowedNamespaces[1]']],
    [['*', 'a.b', '', 7, 'Shop'], [0, 1, 2, 3, 4].map((at) => `allowedNamespaces[${at}]`)],
    [[`${L63}x`], ['allowedNamespaces[0]']],
  ])('allowed namespaces, refused: %j', (allowedNamespaces, fields) => {
    const problems = checkDomain({ domain: 'example.com', allowedNamespaces });
    expect(problems.map(({ field }) => field)).toEqual(fields);
  });
});

describe('ServiceDNSRecord', () => {
  function fields(spec: object, name = 'web'): string[] {
    const object = { metadata: { name, namespace: 'shop' }, spec: { domainRef: 'd', ...spec } };
    return checkServiceDnsRecord(object).map(({ field }) => field);
  }

  it.each([
    [{}],
    [{ recordTTL: 0, externalName: '', dnsPrefix: '' }],
    [{ recordTTL: 2147483647, domainRef: 'two.labels' }],
    [{ dnsPrefix: 'www', externalName: 'shop.eu' }],
    [{ dnsPrefix: '*', externalName: '*.shop' }],
    [{ externalName: L63, domainRef: L63 }],
  ])('good: %j', (spec) => {
    expect(fields(spec)).toEqual([]);
  });

  it.each([
    [{ domainRef: '' }, ['spec.domainRef']],
    [{ domainRef: undefined }, ['spec.domainRef']],
    [{ domainRef: 'Upper' }, ['spec.domainRef']],
    [{ domainRef: `${L63}x` }, ['spec.domainRef']],
    [{ externalName: 'shop.' }, ['spec.externalName']],
    [{ externalName: `${L63}x` }, ['spec.externalName']],
    [{ dnsPrefix: 'a.*' }, ['spec.dnsPrefix']],
    [{ dnsPrefix: 'a..b' }, ['spec.dnsPrefix']],
    [{ recordTTL: -1 }, ['spec.recordTTL']],
    [{ recordTTL: 2147483648 }, ['spec.recordTTL']],
    [{ recordTTL: 1.5 }, ['spec.recordTTL']],
    [{ recordTTL: '300' }, ['spec.recordTTL']],
  ])('refused: %j', (spec, wanted) => {
    expect(fields(spec)).toEqual(wanted);
  });

  it('a Service name whose label is too long, unless another stands for it', () => {
    expect(fields({}, L63)).toEqual([]);
    expect(fields({}, `${L63}x`)).toEqual(['metadata.name']);
    expect(fields({ externalName: 'web' }, `${L63}x`)).toEqual([]);
  });

  it('no more than 253 characters, with the shortest domain there is', () => {
    // <externalName>.shop.d.svc.x: 13 beside it.
    const name = (length: number) => `${L63}.${L63}.${L63}.${'x'.repeat(length - 192)}`;
    expect(fields({ externalName: name(240) })).toEqual([]);
    expect(fields({ externalName: name(241) })).toEqual(['spec']);
  });
});

describe('IngressDNSRecord, DNSEndpoint', () => {
  const good = ['ingress.example.com', '*.example.com', 'example.com.', 'a_b.example', L253];
  const bad = ['', '.', '*', 'a.*.b', '*a.example', 'a..b', 'a b', `${L253}x`, `${L63}x`, 7];

  it.each(good)('good: %s', (host) => {
    expect(checkIngressDnsRecord({ spec: { hosts: [host], recordTTL: 300 } })).toEqual([]);
    const endpoint = { dnsName: host, recordTTL: 300, recordType: 'A', targets: ['192.0.2.1'] };
    expect(checkDnsEndpoint({ spec: { endpoints: [endpoint, {}] } })).toEqual([]);
  });

  it.each(bad)('refused: %s', (host) => {
    const record = checkIngressDnsRecord({ spec: { hosts: ['a', host], recordTTL: -1 } });
    expect(record.map(({ field }) => field)).toEqual(['spec.hosts[1]', 'spec.recordTTL']);
    if (typeof host !== 'string') return;
    const endpoints = checkDnsEndpoint({ spec: { endpoints: [{ dnsName: host, recordTTL: -1 }] } });
    const at = 'spec.endpoints[0]';
    expect(endpoints.map(({ field }) => field)).toEqual([`${at}.dnsName`, `${at}.recordTTL`]);
  });

  it('no spec, no hosts: nothing to refuse', () => {
    for (const object of [{}, { spec: {} }, { spec: { hosts: [] } }, { spec: null }, undefined]) {
      expect(checkIngressDnsRecord(object)).toEqual([]);
      expect(checkDnsEndpoint(object)).toEqual([]);
    }
  });
});

it.each([checkDomain, checkServiceDnsRecord, checkIngressDnsRecord, checkDnsEndpoint])(
  'a status is nothing to refuse: %o',
  (check) => {
    expect(check({ status: 7 }, { part: 'status' })).toEqual([]);
  },
);
