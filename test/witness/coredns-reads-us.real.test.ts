/**
 * The real CoreDNS with its etcd plugin on the keys that we wrote, beside us on the same keys: the
 * same A, AAAA and TXT at every name, the same end of every chain that ends in addresses. Where
 * CoreDNS differs is a fixed table, asserted too: a surprise on either side fails.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRecords } from '../../src/discovery/ladder/plan-records.ts';
import { parseShardsFile } from '../../src/discovery/shards-file.ts';
import { RRType } from '../../src/dns/codes.ts';
import { formatName, parseName } from '../../src/dns/name.ts';
import { makeTxt } from '../../src/dns/rdata/index.ts';
import { makeRRset } from '../../src/dns/rrset.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { RecordWriter } from '../../src/store/record-writer.ts';
import { startCoredns } from '../lab/coredns.ts';
import type { DnsServer } from '../lab/dns-server.ts';
import { type Etcd, startEtcd } from '../lab/etcd.ts';
import type { RunningProcess } from '../lab/process.ts';
import { makePlace, type Place, startServe, until } from '../scenario/running-fedns.ts';
import { answerText, outcome } from './answer-text.ts';

const SHARDS = `federation: f
domain: example.com
ttlSeconds: 90
clusters:
  - {name: c1, region: r1, zones: [z1, z2]}
  - {name: c2, region: r1, zones: [z3]}
  - {name: c3, region: r2, zones: [z4]}
  - {name: c4, region: r3, zones: [z5]}
  - {name: c5, region: r4}
  - {name: c6}
services:
  - namespace: n
    name: web
    shards:
      - {cluster: c1, loadBalancer: [{ip: 192.0.2.1}, {ip: 192.0.2.2}, {ip: "2001:db8::1"}], readyEndpoints: 2}
      - {cluster: c3, loadBalancer: [{ip: 198.51.100.1}], readyEndpoints: 1}
      - {cluster: c5, loadBalancer: [{ip: 203.0.113.5}], readyEndpoints: 1}
  - namespace: n
    name: six
    ttlSeconds: 30
    shards:
      - {cluster: c3, loadBalancer: [{ip: "2001:db8::3"}], readyEndpoints: 1}
      - {cluster: c2, loadBalancer: [{ip: "2001:db8::2"}], readyEndpoints: 0}
  - namespace: other
    name: web
    shards:
      - {cluster: c6, loadBalancer: [{ip: 203.0.113.6}], readyEndpoints: 1}
  - namespace: n
    name: down
    shards:
      - {cluster: c1, loadBalancer: [{ip: 192.0.2.9}], readyEndpoints: 0}
`;
const LONG = 'long '.repeat(120);
const TEXTS: readonly (readonly [string, string])[] = [
  ['note.example.com', 'v=spf1 -all'],
  ['quoted.example.com', '"heritage=us" and ; @ ü'],
  ['long.example.com', LONG],
  // CoreDNS takes the text for a zone file's, where a backslash quotes what follows.
  ['backslash.example.com', 'a\\b \\065'],
];

let etcd: Etcd;
let coredns: DnsServer;
let server: RunningProcess;
let place: Place;

beforeAll(async () => {
  etcd = await startEtcd({ version: '3.7' });
  place = await makePlace({
    shards: SHARDS,
    more: { store: { kind: 'etcd', urls: [etcd.endpoint], folder: './state' } },
  });
  server = await startServe(place);
  await writeTexts();
  coredns = await startCoredns({
    corefile: `example.com:PORT {
      bind 127.0.0.1
      etcd {
        path /skydns
        endpoint ${etcd.endpoint}
      }
    }`,
  });
  const isThere = async () => (await answerText(place.port, 'long.example.com', 'TXT')).end.length;
  expect(await until(async () => (await isThere()) > 0, 5000)).toBe(true);
});
afterAll(async () => {
  for (const one of [server, coredns, etcd]) await one?.kill9();
});

async function writeTexts(): Promise<void> {
  const store = openEtcdStore({ urls: [etcd.endpoint] });
  const zones = [parseName('example.com')];
  const writer = new RecordWriter({ store, prefix: '/skydns', writer: 'texts', zones });
  const changes = TEXTS.map(([name, text]) => {
    const strings =
      Buffer.from(text, 'utf8')
        .toString('latin1')
        .match(/.{1,255}/gs) ?? [];
    const rdatas = [makeTxt(strings)];
    const owner = parseName(name);
    return { owner, rrsets: [makeRRset(owner, RRType.TXT, { ttlSeconds: 60, rdatas })] };
  });
  await writer.apply([changes]);
  await store.stop();
}

/** Every owner name that the shards file wants. */
function ownerNames(): string[] {
  const path = join(place.folder, 'shards.yaml');
  const plan = planRecords(parseShardsFile(readFileSync(path, 'utf8'), path), {
    zoneNames: 'nested',
    ttlSeconds: 180,
    resolve: () => undefined,
  });
  return [...plan.owners.keys()].map((owner) => formatName(owner).replace(/\.$/, ''));
}

describe('CoreDNS on our keys', () => {
  it('answers the same A, AAAA and TXT as we do, and ends chains at the same addresses', async () => {
    const names = [...ownerNames(), ...TEXTS.map(([name]) => name)];
    const differing: string[] = [];
    const counts = { asked: 0, addresses: 0, chains: 0, texts: 0 };
    for (const name of names) {
      for (const type of ['A', 'AAAA', 'TXT'] as const) {
        const [ours, theirs] = await Promise.all([
          answerText(place.port, name, type),
          answerText(coredns.port, name, type),
        ]);
        counts.asked++;
        if (ours.end.length > 0 && type !== 'TXT') counts.addresses++;
        if (ours.end.length > 0 && ours.records[0]?.includes(' CNAME ')) counts.chains++;
        if (ours.end.length > 0 && type === 'TXT') counts.texts++;
        // With data at the end everything is the same: owners, TTLs, the chain. Without, the
        // outcome is, and the CNAMEs on the way are in the table below.
        const same =
          ours.rcode === theirs.rcode &&
          (ours.end.length > 0
            ? sorted(ours.records) === sorted(theirs.records)
            : theirs.end.length === 0);
        if (!same) differing.push(`${name} ${type}: ${show(ours)} / CoreDNS ${show(theirs)}`);
      }
    }
    console.info(`CoreDNS beside us: ${JSON.stringify(counts)}`);
    expect(differing).toEqual([]);
    expect(names.length).toBeGreaterThan(40);
    expect(counts.addresses).toBeGreaterThan(20);
    expect(counts.chains).toBeGreaterThan(10);
    expect(counts.texts).toBe(TEXTS.length);
  });

  const web = 'web.n.f.svc';
  it.each([
    ['CNAME of an alias', `${web}.z3.r1.example.com`, 'CNAME', 'NXDOMAIN', `${web}.r1.example.com`],
    ['CNAME of addresses', `${web}.example.com`, 'CNAME', 'NXDOMAIN', 'NODATA'],
    [
      'a chain where all is down',
      'down.n.f.svc.z1.r1.example.com',
      'A',
      'NODATA',
      'NODATA after 2 CNAME',
    ],
    [
      'a chain without this family',
      'six.n.f.svc.z1.r1.example.com',
      'A',
      'NODATA',
      'NODATA after 2 CNAME',
    ],
    ['a leaf without host', 'down.n.f.svc.example.com', 'A', 'NODATA', 'NODATA'],
    ['no key at the global name', 'none.n.f.svc.example.com', 'A', 'NXDOMAIN', 'NXDOMAIN'],
    ['NS of the apex', 'example.com', 'NS', 'NXDOMAIN', 'NODATA'],
    ['SRV', 'web.other.f.svc.example.com', 'SRV', '10 100 0 web.other.f.svc.example.com', 'NODATA'],
    ['an ancestor', 'other.f.svc.example.com', 'A', '203.0.113.6', 'NODATA'],
  ] as const)('differs: %s', async (_what, name, type, theirs, ours) => {
    expect({
      coredns: await outcome(coredns.port, name, type),
      ours: await outcome(place.port, name, type),
    }).toEqual({ coredns: theirs, ours });
  });

  it('differs: the label of a leaf, which CoreDNS takes for a name', async () => {
    const keys = await etcd.ctl([
      'get',
      '--prefix',
      '--keys-only',
      '/skydns/com/example/svc/f/other/web/',
    ]);
    const leaf = keys.trim().split('/').at(-1) ?? '';
    const name = `${leaf}.web.other.f.svc.example.com`;
    expect([await outcome(coredns.port, name, 'A'), await outcome(place.port, name, 'A')]).toEqual([
      '203.0.113.6',
      'NXDOMAIN',
    ]);
  });
});

function sorted(records: readonly string[]): string {
  return [...records].sort().join('\n');
}

function show({ rcode, records }: { rcode: string; records: readonly string[] }): string {
  return `${rcode} ${records.join(', ')}`;
}
