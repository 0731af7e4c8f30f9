/** Records and Domains that come and go: which records are looked at again, and what they may have. */

import { expect, it } from 'vitest';
import {
  type DnsRecord,
  type DomainObject,
  type IngressDnsRecord,
  readDomain,
  readIngressDnsRecord,
  readServiceDnsRecord,
  type ServiceDnsRecord,
} from '../../src/api/kubefed/dns-record-objects.ts';
import { RecordClaims } from '../../src/controllers/records/record-claims.ts';
import { formatName } from '../../src/dns/name.ts';

const NAMESPACE = 'kube-federation-system';

class Objects<T> extends Map<string, T> {
  hasSynced = true;
}

function host() {
  const services = new Objects<ServiceDnsRecord>();
  const ingresses = new Objects<IngressDnsRecord>();
  const domains = new Objects<DomainObject>();
  const woken: string[] = [];
  const claims = new RecordClaims({
    namespace: NAMESPACE,
    records: { ServiceDNSRecord: services, IngressDNSRecord: ingresses },
    domains,
    onRecord: (kind, key) => woken.push(`${kind} ${key}`),
  });
  const put = (record: DnsRecord) => {
    if (record.kind === 'ServiceDNSRecord') services.set(record.key, record);
    else ingresses.set(record.key, record);
    claims.recordChanged(record.kind, record.key);
  };
  return {
    claims,
    put,
    services,
    domains,
    remove(record: DnsRecord) {
      (record.kind === 'ServiceDNSRecord' ? services : ingresses).delete(record.key);
      claims.recordChanged(record.kind, record.key);
    },
    putDomain(domain: string, also: object = {}, namespace = NAMESPACE) {
      const metadata = { name: 'd', namespace };
      domains.set(`${namespace}/d`, readDomain({ metadata, domain, ...also }));
      claims.domainChanged(`${namespace}/d`);
    },
    /** Since the last time. */
    async woken() {
      await new Promise((resolve) => setImmediate(resolve));
      return [...new Set(woken.splice(0))].sort();
    },
    lost: (record: DnsRecord) =>
      [...claims.conflictOf(record).lost].map(([name, { key }]) => `${formatName(name)} ${key}`),
  };
}

const ingress = (name: string, hosts: string[], day: number, namespace = 'shop') =>
  readIngressDnsRecord({
    metadata: { name, namespace, creationTimestamp: `2026-01-0${day}T00:00:00Z` },
    spec: { hosts },
  });

const service = (name: string, spec: object, day: number) =>
  readServiceDnsRecord({
    metadata: { name, namespace: 'shop', creationTimestamp: `2026-01-0${day}T00:00:00Z` },
    spec: { domainRef: 'd', ...spec },
  });

it('the younger is looked at when the older comes, goes, or gives its host up', async () => {
  const { put, remove, woken, lost } = host();
  const young = ingress('young', ['a.example', 'b.example'], 2);
  put(young);
  expect(await woken()).toEqual(['IngressDNSRecord shop/young']);
  const old = ingress('old', ['a.example'], 1);
  put(old);
  expect(await woken()).toEqual(['IngressDNSRecord shop/old', 'IngressDNSRecord shop/young']);
  expect(lost(young)).toEqual(['a.example. shop/old']);
  put({ ...old, resourceVersion: '2' });
  expect(await woken()).toEqual(['IngressDNSRecord shop/old']);
  put({ ...old, hosts: ['c.example'] });
  expect(await woken()).toEqual(['IngressDNSRecord shop/old', 'IngressDNSRecord shop/young']);
  expect(lost(young)).toEqual([]);
  put(old);
  remove(old);
  await woken();
  expect(lost(young)).toEqual([]);
});

it('a prefix and a host are one name; a Domain that moves gives it free', async () => {
  const { put, putDomain, woken, lost, claims } = host();
  putDomain('example.com');
  const old = service('web', { dnsPrefix: 'www' }, 1);
  const young = ingress('web', ['WWW.Example.com.'], 2);
  put(old);
  put(young);
  await woken();
  expect(lost(young)).toEqual(['www.example.com. shop/web']);
  expect(claims.conflictOf(young).keepsNone).toBe(true);
  putDomain('example.net');
  expect(await woken()).toEqual(['IngressDNSRecord shop/web', 'ServiceDNSRecord shop/web']);
  expect(lost(young)).toEqual([]);
});

it('a Domain that allows a namespace no more takes its names, and others get them, at once', async () => {
  const { put, putDomain, woken, lost, claims } = host();
  putDomain('example.com');
  const old = service('web', { dnsPrefix: 'www' }, 1);
  const young = ingress('web', ['www.example.com'], 2, 'team');
  put(old);
  put(young);
  await woken();
  putDomain('example.com', { allowedNamespaces: ['team'] });
  expect(await woken()).toEqual(['IngressDNSRecord team/web', 'ServiceDNSRecord shop/web']);
  expect(claims.domainOf(old)).toMatchObject({
    domain: undefined,
    problem: { reason: 'NamespaceNotAllowed' },
  });
  expect(lost(young)).toEqual([]);
  putDomain('example.com', { allowedNamespaces: ['team', 'shop'] });
  expect(claims.domainOf(old)).toEqual({ domain: 'example.com', problem: undefined });
  await woken();
  expect(lost(young)).toEqual(['www.example.com. shop/web']);
});

it('a host below a Domain of others is refused and gives way; what a Domain says else wakes nobody', async () => {
  const { put, putDomain, woken, lost, claims } = host();
  putDomain('example.com');
  const old = ingress('old', ['www.example.com', 'www.example.net'], 1);
  const young = ingress('young', ['www.example.com'], 2, 'team');
  put(old);
  put(young);
  await woken();
  expect(lost(young)).toEqual(['www.example.com. shop/old']);
  putDomain('example.com', { allowedNamespaces: ['team'] });
  expect(await woken()).toEqual(['IngressDNSRecord shop/old', 'IngressDNSRecord team/young']);
  expect(lost(young)).toEqual([]);
  const { denied, keepsNone } = claims.conflictOf(old);
  expect([...denied].map(([name, { name: domain }]) => [formatName(name), domain])).toEqual([
    ['www.example.com.', 'd'],
  ]);
  expect(keepsNone).toBe(false);
  putDomain('example.com', { allowedNamespaces: ['team'], nameServer: 'ns.example.com' });
  expect(await woken()).toEqual([]);
  putDomain('example.com');
  expect(await woken()).toEqual(['IngressDNSRecord shop/old', 'IngressDNSRecord team/young']);
  expect(claims.conflictOf(old).denied.size).toBe(0);
  expect(lost(young)).toEqual(['www.example.com. shop/old']);
});

it('a Domain of another namespace is none; records of other Domains are left alone', async () => {
  const { put, putDomain, woken, claims } = host();
  const record = service('web', {}, 1);
  put(record);
  put(service('other', { domainRef: 'e' }, 1));
  await woken();
  putDomain('example.com', {}, 'shop');
  expect(await woken()).toEqual([]);
  expect(claims.domainOf(record).problem?.reason).toBe('DomainNotFound');
  putDomain('example.com');
  expect(await woken()).toEqual(['ServiceDNSRecord shop/web']);
});

it('a record without a valid name takes none', async () => {
  const { put, putDomain, woken, lost } = host();
  putDomain('example.com');
  put(service('web', { dnsPrefix: 'www', externalName: 'x'.repeat(64) }, 1));
  const young = ingress('web', ['www.example.com'], 2);
  put(young);
  await woken();
  expect(lost(young)).toEqual([]);
});

it('before all was read, and looked at, nothing is known', async () => {
  const { claims, domains, services, put, woken } = host();
  domains.hasSynced = false;
  services.hasSynced = false;
  expect(claims.isRead).toBe(false);
  domains.hasSynced = true;
  expect(claims.isRead).toBe(false);
  put(service('web', {}, 1));
  services.hasSynced = true;
  expect(claims.isRead).toBe(false);
  await woken();
  expect(claims.isRead).toBe(true);
  // From then on one that changed holds nobody up.
  put(service('web', { dnsPrefix: 'www' }, 1));
  expect(claims.isRead).toBe(true);
});

it('very many that change together are looked at in slices; who is asked about is looked at first', async () => {
  const { put, woken, lost, claims } = host();
  const hosts = (at: number) => Array.from({ length: 200 }, (_, each) => `h${each}.n${at}.example`);
  for (let at = 0; at < 300; at++) put(ingress(`r${at}`, hosts(at), 1));
  const last = ingress('young', hosts(299), 2);
  put(last);
  expect(lost(last)).toEqual([]);
  expect(claims.isRead).toBe(false);
  const seen = new Set<string>();
  while (!claims.isRead) for (const one of await woken()) seen.add(one);
  expect(seen.size).toBe(301);
  expect(lost(last)).toHaveLength(200);
});
