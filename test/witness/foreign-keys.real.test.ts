/**
 * Keys as others leave them in etcd (CoreDNS users, ExternalDNS, Federation v1), put by etcdctl, and
 * what we answer beside what the real CoreDNS does. `same` in a row: CoreDNS must say it, too.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCoredns } from '../lab/coredns.ts';
import type { DnsServer } from '../lab/dns-server.ts';
import { type Etcd, startEtcd } from '../lab/etcd.ts';
import { putAll, type ServingEtcd, serveFromEtcd } from '../scenario/etcd/serving-etcd.ts';
import type { AskedType } from '../scenario/running-fedns.ts';
import { outcome } from './answer-text.ts';

const KEYS: Readonly<Record<string, object | string>> = {
  // Federation v1's CoreDNS provider: no targetstrip, the name as group, a final dot.
  'svc/federation/default/nginx/6bd7bd20': v1('192.168.1.58', 'nginx.default.federation.svc'),
  'yangpu/svc/federation/default/nginx/6bd7bd20': v1(
    '192.168.1.58',
    'nginx.default.federation.svc.yangpu',
  ),
  'yangpu/shanghai/svc/federation/default/nginx/9be28458': v1(
    'nginx.default.federation.svc.yangpu.example.com.',
    'nginx.default.federation.svc.shanghai.yangpu',
  ),
  // ExternalDNS: a leaf of eight hex digits, targetstrip 1, ownership in quoted text.
  'web/1a2b3c4d': { host: '192.0.2.10', ttl: 120, targetstrip: 1 },
  'web/5e6f7a8b': { host: '192.0.2.11', ttl: 120, targetstrip: 1 },
  'web/0c0c0c0c': { host: '2001:db8::10', ttl: 120, targetstrip: 1 },
  'a-web/1a2b3c4d': { text: '"heritage=external-dns,external-dns/owner=x"', targetstrip: 1 },
  'alias/1a2b3c4d': { host: 'web.example.com', targetstrip: 1 },
  'legacy/1a2b3c4d': { host: 'web.example.com', text: '"heritage=external-dns"', targetstrip: 1 },
  'beside/1a2b3c4d': { host: '192.0.2.12', text: 'beside an address', targetstrip: 1 },
  'sip/1a2b3c4d': { host: '0 50 5060 web.example.com', targetstrip: 1 },
  '*/1a2b3c4d': { host: '192.0.2.13', targetstrip: 1 },
  // SkyDNS by hand: exact names, leaves by any name, groups, ports, mail.
  hand: { host: '192.0.2.20', ttl: 60 },
  'db/x1': { host: '192.0.2.21' },
  'db/x2': { host: '192.0.2.22' },
  'grouped/a': { host: '192.0.2.23', group: 'g1' },
  'grouped/b': { host: '192.0.2.24', group: 'g1' },
  'grouped/c/d': { host: '192.0.2.25', group: 'g2' },
  'ports/x1': { host: '192.0.2.26', port: 8080, priority: 20, weight: 10 },
  'mailed/mx1': { host: '192.0.2.27', mail: true, priority: 5 },
  outside: { host: 'www.example.net' },
  mapped: { host: '::ffff:192.0.2.28' },
  'dns/ns/ns1': { host: '192.0.2.53' },
  'dns/apex/a1': { host: '192.0.2.54' },
  // An undecodable value: CoreDNS is SERVFAIL at every name above it, so it has a branch of its own.
  'spoiled/good/x1': { host: '192.0.2.30' },
  'spoiled/bad': 'not json',
};

function v1(host: string, name: string): object {
  return { host, ttl: 180, group: `${name}.example.com.` };
}

const NGINX = 'nginx.default.federation.svc';
type Row = readonly [name: string, type: AskedType, ours: string, theirs?: string];
/** Without a fourth column CoreDNS says the same. */
const ROWS: readonly Row[] = [
  [NGINX, 'A', '192.168.1.58'],
  [`${NGINX}.yangpu`, 'A', '192.168.1.58'],
  [`${NGINX}.shanghai.yangpu`, 'A', '192.168.1.58'],
  [`${NGINX}.shanghai.yangpu`, 'CNAME', `${NGINX}.yangpu.example.com`, 'NXDOMAIN'],
  [`${NGINX}.hangzhou.yangpu`, 'A', 'NXDOMAIN'],
  ['web', 'A', '192.0.2.10 192.0.2.11'],
  ['web', 'AAAA', '2001:db8::10'],
  ['web', 'MX', 'NODATA'],
  ['1a2b3c4d.web', 'A', 'NXDOMAIN', '192.0.2.10'],
  ['a-web', 'TXT', '"\\"heritage=external-dns,external-dns/owner=x\\""'],
  ['a-web', 'A', 'NODATA'],
  ['alias', 'A', '192.0.2.10 192.0.2.11'],
  ['alias', 'CNAME', 'web.example.com', 'NXDOMAIN'],
  // Text beside a name kills the CNAME in CoreDNS (its issues 6110, 7028).
  ['legacy', 'A', '192.0.2.10 192.0.2.11', 'NODATA'],
  ['legacy', 'TXT', '"\\"heritage=external-dns\\""'],
  ['beside', 'A', '192.0.2.12'],
  ['beside', 'TXT', '"beside an address"', 'NODATA'],
  ['sip', 'SRV', '0 50 5060 web.example.com', '10 100 0 example.com'],
  ['any.other', 'A', '192.0.2.13', 'NXDOMAIN'],
  ['hand', 'A', '192.0.2.20'],
  ['db', 'A', '192.0.2.21 192.0.2.22'],
  ['x1.db', 'A', '192.0.2.21'],
  ['grouped', 'A', '192.0.2.23 192.0.2.24'],
  ['ports', 'SRV', '20 100 8080 x1.ports.example.com'],
  ['ports', 'A', '192.0.2.26'],
  ['mailed', 'MX', '5 mx1.mailed.example.com'],
  ['outside', 'CNAME', 'www.example.net'],
  ['outside', 'A', 'NODATA after 1 CNAME'],
  ['mapped', 'A', '192.0.2.28'],
  ['mapped', 'AAAA', 'NODATA'],
  ['', 'NS', 'ns1.ns.dns.example.com'],
  ['', 'A', '192.0.2.54'],
  ['ns1.ns.dns', 'A', '192.0.2.53'],
  ['good.spoiled', 'A', '192.0.2.30'],
  ['spoiled', 'A', 'NODATA', 'SERVFAIL'],
  ['bad.spoiled', 'A', 'NXDOMAIN', 'SERVFAIL'],
  ['WEB', 'A', '192.0.2.10 192.0.2.11'],
];

describe('keys of others', () => {
  const cases = ROWS.map(([name, type, ours, theirs = ours]) => ({ name, type, ours, theirs }));
  let etcd: Etcd;
  let serving: ServingEtcd;
  let coredns: DnsServer;

  beforeAll(async () => {
    etcd = await startEtcd({ version: '3.4' });
    const pairs = Object.entries(KEYS).map(
      ([key, value]) => [`/skydns/com/example/${key}`, value] as const,
    );
    await putAll(etcd, pairs);
    serving = await serveFromEtcd({ urls: [etcd.endpoint], readyName: 'hand.example.com' });
    coredns = await startCoredns({
      corefile: `example.com:PORT {
        bind 127.0.0.1
        etcd {
          path /skydns
          endpoint ${etcd.endpoint}
        }
      }`,
    });
  });
  afterAll(async () => {
    for (const one of [serving?.server, coredns, etcd]) await one?.kill9();
  });

  it.each(cases)('$name $type', async ({ name, type, ours, theirs }) => {
    const asked = name === '' ? 'example.com' : `${name}.example.com`;
    expect({
      ours: await outcome(serving.place.port, asked, type),
      coredns: await outcome(coredns.port, asked, type),
    }).toEqual({ ours, coredns: theirs });
  });
});
