/** Whose names may be below which Domain: `allowedNamespaces` of the nearest one above decides. */

import { expect, it } from 'vitest';
import {
  type DomainObject,
  readDomain,
  readIngressDnsRecord,
  readServiceDnsRecord,
} from '../../../src/api/kubefed/dns-record-objects.ts';
import { planAllRecords } from '../../../src/discovery/kubefed-records/plan-all-records.ts';
import { formatName } from '../../../src/dns/name.ts';

/** Name -> its domain, and whom it allows. */
type SaidDomains = Record<string, readonly [string, (readonly string[])?]>;

const METADATA = { name: 'web', namespace: 'shop' };
const status = {
  domain: 'example.com',
  dns: [{ cluster: 'one', loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }],
};

/** Names of one record of namespace shop, and what is left out, and why. */
function planned(
  said: SaidDomains,
  record: ReturnType<typeof readIngressDnsRecord> | ReturnType<typeof readServiceDnsRecord>,
) {
  const domains = new Map(
    Object.entries(said).map(([name, [domain, allowedNamespaces]]): [string, DomainObject] => {
      const metadata = { name, namespace: 'kube-federation-system' };
      return [name, readDomain({ metadata, domain, allowedNamespaces })];
    }),
  );
  const resolve = () => undefined;
  const plan = planAllRecords({ domains, records: [record] }, { resolve, ttlSeconds: 180 });
  return { names: [...plan.owners.keys()].map(formatName), remarks: plan.remarks };
}

it.each<[string, SaidDomains, string | undefined]>([
  ['a.example.com', {}, undefined],
  ['a.example.com', { d: ['example.com'] }, undefined],
  ['a.example.com', { d: ['example.com', ['shop']] }, undefined],
  ['a.example.com', { d: ['example.com', ['team']] }, 'd'],
  ['A.EXAMPLE.com.', { d: ['Example.COM.', ['team']] }, 'd'],
  ['example.com', { d: ['example.com', []] }, 'd'],
  ['example.net', { d: ['example.com', []] }, undefined],
  ['b-example.com', { d: ['example.com', []] }, undefined],
  // The nearest one decides, both ways.
  ['a.b.example.com', { d: ['example.com', ['team']], e: ['b.example.com'] }, undefined],
  ['a.b.example.com', { d: ['example.com'], e: ['b.example.com', ['team']] }, 'e'],
  // One of two that say the same is enough.
  ['a.example.com', { d: ['example.com', ['team']], e: ['example.com', ['shop']] }, undefined],
  ['a.example.com', { e: ['example.com', []], d: ['example.com', ['team']] }, 'd'],
  // Nothing is below what is no domain, least of all everything.
  ['a.example.com', { d: ['', ['team']], e: ['..', ['team']], f: ['.', ['team']] }, undefined],
])('host %s below %j: refused by %s', (host, said, refusing) => {
  const hosts = [host, 'other.example'];
  const { names, remarks } = planned(
    said,
    readIngressDnsRecord({ metadata: METADATA, spec: { hosts }, status }),
  );
  const own = host.toLowerCase().replace(/\.$/, '');
  const isRefused = refusing !== undefined;
  expect(names).toEqual(isRefused ? ['other.example.'] : [`${own}.`, 'other.example.']);
  const why = `${own} is below Domain "${refusing}", whose allowedNamespaces does not name this namespace`;
  expect(remarks).toEqual(isRefused ? [`IngressDNSRecord shop/web: ${why}, left out`] : []);
});

it('a prefix below a Domain of others is refused, the names of its own stand', () => {
  const spec = { domainRef: 'd', dnsPrefix: 'www.team' };
  const { names, remarks } = planned(
    { d: ['example.com', ['shop']], team: ['team.example.com', ['team']] },
    readServiceDnsRecord({ metadata: METADATA, spec, status }),
  );
  expect(names).toEqual(['web.shop.d.svc.example.com.']);
  expect(remarks.join()).toMatch(/www\.team\.example\.com is below Domain "team"/);
});
