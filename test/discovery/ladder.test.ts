/**
 * The ladder: the record list of the 13-cluster guide and the state table of Federation v1,
 * corrected where it was wrong.
 */

import { describe, expect, it } from 'vitest';
import { planRecords } from '../../src/discovery/ladder/plan-records.ts';
import { parseShardsFile } from '../../src/discovery/shards-file.ts';
import { RRType } from '../../src/dns/codes.ts';
import { formatName } from '../../src/dns/name.ts';
import { formatRdata } from '../../src/dns/rdata/index.ts';

type ZoneNames = 'nested' | 'flat' | 'both';

function planned(text: string, zoneNames: ZoneNames = 'nested') {
  const file = parseShardsFile(text, 'shards.yaml');
  return planRecords(file, {
    zoneNames,
    ttlSeconds: 180,
    resolve: (host) => file.resolved.get(host),
  });
}

/** `name TYPE ttl data…` per RRset, NODATA as `name -`, sorted. */
function lines(text: string, zoneNames: ZoneNames = 'nested'): string[] {
  const rows: string[] = [];
  for (const [owner, { rrsets }] of planned(text, zoneNames).owners) {
    const name = formatName(owner).replace('.example.com.', '');
    if (rrsets.length === 0) rows.push(`${name} -`);
    for (const { type, ttlSeconds, rdatas } of rrsets) {
      const kind = type === RRType.A ? 'A' : type === RRType.AAAA ? 'AAAA' : 'CNAME';
      const data = rdatas.map((rdata) => formatRdata(type, rdata).replace('.example.com.', ''));
      rows.push(`${name} ${kind} ${ttlSeconds} ${data.join(' ')}`);
    }
  }
  return rows.sort();
}

const GUIDE: Record<string, string[]> = {
  'asia-east1': ['a', 'b', 'c'],
  'europe-west1': ['b', 'c', 'd'],
  'us-central1': ['a', 'b', 'c', 'f'],
  'us-east1': ['b', 'c', 'd'],
};

/** The guide's 13 clusters, with pods only where `hasPods` says so. */
function guide(hasPods: (zone: string) => boolean): { text: string; address: Map<string, string> } {
  const address = new Map<string, string>();
  let text = 'federation: myfederation\ndomain: example.com\nclusters:\n';
  for (const [region, letters] of Object.entries(GUIDE)) {
    for (const letter of letters) {
      const zone = `${region}-${letter}`;
      address.set(zone, `192.0.2.${address.size + 1}`);
      text += `  - {name: ${zone}, region: ${region}, zones: [${zone}]}\n`;
    }
  }
  text += 'services:\n  - namespace: mynamespace\n    name: nginx\n    shards:\n';
  for (const [zone, ip] of address) {
    text += `      - {cluster: ${zone}, loadBalancer: [{ip: ${ip}}], readyEndpoints: ${hasPods(zone) ? 2 : 0}}\n`;
  }
  return { text, address };
}

describe('the guide of 13 clusters', () => {
  const svc = 'nginx.mynamespace.myfederation.svc';
  const dark = [
    'asia-east1-b',
    'us-central1-f',
    'europe-west1-b',
    'europe-west1-c',
    'europe-west1-d',
  ];
  const { text, address } = guide((zone) => !dark.includes(zone));
  const of = (...zones: string[]) => zones.map((zone) => address.get(zone)).join(' ');
  const rows = lines(text);

  it('prints the record list an operator of a cloud DNS would see', () => {
    const healthy = [...address.keys()].filter((zone) => !dark.includes(zone));
    const want = [
      `${svc} A 180 ${of(...healthy)}`,
      `${svc}.us-central1 A 180 ${of('us-central1-a', 'us-central1-b', 'us-central1-c')}`,
      `${svc}.asia-east1 A 180 ${of('asia-east1-a', 'asia-east1-c')}`,
      `${svc}.us-east1 A 180 ${of('us-east1-b', 'us-east1-c', 'us-east1-d')}`,
      `${svc}.europe-west1 CNAME 180 ${svc}`,
      ...healthy.map((zone) => `${svc}.${zone}.${zone.slice(0, -2)} A 180 ${of(zone)}`),
      ...dark.map(
        (zone) => `${svc}.${zone}.${zone.slice(0, -2)} CNAME 180 ${svc}.${zone.slice(0, -2)}`,
      ),
    ];
    expect(rows).toEqual(want.sort());
  });

  it('prints zone names straight under the domain when asked to', () => {
    const flat = lines(text, 'flat');
    expect(flat).toContain(`${svc}.us-central1-a A 180 ${of('us-central1-a')}`);
    expect(flat).toContain(`${svc}.us-central1-f CNAME 180 ${svc}.us-central1`);
    expect(flat.some((row) => row.startsWith(`${svc}.us-central1-a.us-central1 `))).toBe(false);
    expect(new Set(lines(text, 'both'))).toEqual(new Set([...rows, ...flat]));
  });

  it('holds no address at all while there are no pods', () => {
    const none = lines(guide(() => false).text);
    expect(none.filter((row) => / A /.test(row))).toEqual([]);
    expect(none).toContain(`${svc} -`);
  });
});

const HEAD = 'federation: f\ndomain: example.com\n';
const clusters = `clusters:
  - {name: c1, region: r1, zones: [z1]}
  - {name: c2, region: r1, zones: [z2]}
  - {name: c3, region: r2, zones: [z1, z3]}
`;
const service = (shards: string, more = '') =>
  `${HEAD}${clusters}services:\n  - namespace: n\n    name: s\n${more}    shards:\n${shards}`;
const shard = (cluster: string, ip: string, ready = 1) =>
  `      - {cluster: ${cluster}, loadBalancer: [{ip: "${ip}"}], readyEndpoints: ${ready}}\n`;

describe('the state table', () => {
  const rows: [what: string, text: string, want: string[]][] = [
    [
      'equal zone names in two regions stay apart; every zone of a multi-zone cluster is published',
      service(shard('c1', '192.0.2.1') + shard('c3', '192.0.2.3')),
      [
        's.n.f.svc A 180 192.0.2.1 192.0.2.3',
        's.n.f.svc.r1 A 180 192.0.2.1',
        's.n.f.svc.r2 A 180 192.0.2.3',
        's.n.f.svc.z1.r1 A 180 192.0.2.1',
        's.n.f.svc.z1.r2 A 180 192.0.2.3',
        's.n.f.svc.z2.r1 CNAME 180 s.n.f.svc.r1',
        's.n.f.svc.z3.r2 A 180 192.0.2.3',
      ],
    ],
    [
      'nothing healthy anywhere: the chain ends in NODATA, it never dangles',
      service(shard('c1', '192.0.2.1', 0)),
      [
        's.n.f.svc -',
        's.n.f.svc.r1 CNAME 180 s.n.f.svc',
        's.n.f.svc.r2 CNAME 180 s.n.f.svc',
        's.n.f.svc.z1.r1 CNAME 180 s.n.f.svc.r1',
        's.n.f.svc.z1.r2 CNAME 180 s.n.f.svc.r2',
        's.n.f.svc.z2.r1 CNAME 180 s.n.f.svc.r1',
        's.n.f.svc.z3.r2 CNAME 180 s.n.f.svc.r2',
      ],
    ],
    [
      'a level with only IPv6 is not empty: no alias, no A',
      service(shard('c1', '2001:db8::1') + shard('c2', '192.0.2.2')),
      [
        's.n.f.svc A 180 192.0.2.2',
        's.n.f.svc AAAA 180 2001:db8::1',
        's.n.f.svc.r1 A 180 192.0.2.2',
        's.n.f.svc.r1 AAAA 180 2001:db8::1',
        's.n.f.svc.r2 CNAME 180 s.n.f.svc',
        's.n.f.svc.z1.r1 AAAA 180 2001:db8::1',
        's.n.f.svc.z1.r2 CNAME 180 s.n.f.svc.r2',
        's.n.f.svc.z2.r1 A 180 192.0.2.2',
        's.n.f.svc.z3.r2 CNAME 180 s.n.f.svc.r2',
      ],
    ],
  ];
  it.each(rows)('%s', (_what, text, want) => {
    expect(lines(text)).toEqual(want);
  });
});

describe('what makes a shard healthy', () => {
  const at = (text: string) => lines(text).find((row) => row.startsWith('s.n.f.svc '));
  const rows: [what: string, text: string, want: string][] = [
    ['no ready endpoint: out', service(shard('c1', '192.0.2.1', 0)), 's.n.f.svc -'],
    [
      'allowed without endpoints: in',
      service(shard('c1', '192.0.2.1', 0), '    allowWithoutEndpoints: true\n'),
      's.n.f.svc A 180 192.0.2.1',
    ],
    ['no address: out', service('      - {cluster: c1, readyEndpoints: 3}\n'), 's.n.f.svc -'],
    [
      'its own TTL',
      service(shard('c1', '192.0.2.1'), '    ttlSeconds: 60\n'),
      's.n.f.svc A 60 192.0.2.1',
    ],
    [
      'an unreachable cluster keeps its shard',
      service(shard('c1', '192.0.2.1')).replace('zones: [z1]}', 'zones: [z1], reachable: false}'),
      's.n.f.svc A 180 192.0.2.1',
    ],
    [
      'unless its owner says withdraw',
      service(shard('c1', '192.0.2.1'), '    unreachable: withdraw\n').replace(
        'zones: [z1]}',
        'zones: [z1], reachable: false}',
      ),
      's.n.f.svc -',
    ],
    [
      'a host name counts by what it resolves to, whatever its case',
      `${service('      - {cluster: c1, loadBalancer: [{hostname: LB.example.net.}], readyEndpoints: 1}\n')}resolved: {lb.example.net: [198.51.100.7]}\n`,
      's.n.f.svc A 180 198.51.100.7',
    ],
    [
      'a host name that never resolved: out',
      service(
        '      - {cluster: c1, loadBalancer: [{hostname: lb.example.net}], readyEndpoints: 1}\n',
      ),
      's.n.f.svc -',
    ],
  ];
  it.each(rows)('%s', (_what, text, want) => {
    expect(at(text)).toBe(want);
  });
});

it('a cluster without region or zone counts at the levels it has', () => {
  const text = `${HEAD}clusters:
  - {name: c1}
  - {name: c2, region: r1}
  - {name: c3, zones: [z9]}
services:
  - namespace: n
    name: s
    shards:
${shard('c1', '192.0.2.1')}${shard('c2', '192.0.2.2')}${shard('c3', '192.0.2.3')}`;
  expect(lines(text)).toEqual([
    's.n.f.svc A 180 192.0.2.1 192.0.2.2 192.0.2.3',
    's.n.f.svc.r1 A 180 192.0.2.2',
  ]);
  expect(lines(text, 'flat')).toContain('s.n.f.svc.z9 A 180 192.0.2.3');
});

it('a zone whose name another region or zone bears gets no flat name, and keeps its nested one', () => {
  const text = service(shard('c1', '192.0.2.1') + shard('c3', '192.0.2.3'));
  const flat = lines(text, 'flat');
  expect(flat).toContain('s.n.f.svc.z1.r1 A 180 192.0.2.1');
  expect(flat.some((row) => row.startsWith('s.n.f.svc.z1 '))).toBe(false);
  expect(flat).toContain('s.n.f.svc.z3 A 180 192.0.2.3');
});

it('a v4-mapped address is the IPv4 one; what is no address harms nobody beside it', () => {
  const rows = lines(`
federation: f
domain: example.com
clusters: [{name: c}]
services:
  - namespace: n
    name: s
    shards:
      - {cluster: c, loadBalancer: [{ip: "::ffff:192.0.2.7"}, {hostname: lb.example.net}], readyEndpoints: 1}
resolved: {lb.example.net: ["2001:DB8::7", "192.0.2.7"]}
`);
  expect(rows).toEqual(['s.n.f.svc A 180 192.0.2.7', 's.n.f.svc AAAA 180 2001:db8::7']);
  const file = parseShardsFile(
    'federation: f\ndomain: example.com\nclusters: [{name: c}]\nservices: [{namespace: n, name: s, shards: [{cluster: c, loadBalancer: [{hostname: h}, {ip: 192.0.2.1}], readyEndpoints: 1}]}]\n',
    'shards.yaml',
  );
  const plan = planRecords(file, {
    zoneNames: 'nested',
    ttlSeconds: 180,
    resolve: () => ['fe80::1%eth0'],
  });
  expect([...plan.owners.values()].map(({ rrsets }) => rrsets.length)).toEqual([1]);
});
