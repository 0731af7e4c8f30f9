/** The shards file: what is refused, with its line, and what comes out checked. */

import { describe, expect, it } from 'vitest';
import { parseShardsFile } from '../../src/discovery/shards-file.ts';

const HEAD = 'federation: federation\ndomain: example.com\n';

function complaint(text: string): string {
  try {
    parseShardsFile(text, 'shards.yaml');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'accepted';
}

describe('a shards file is refused in one line that says what, where and why', () => {
  const rows: [what: string, text: string, want: RegExp][] = [
    ['no YAML', 'federation: [', /^shards\.yaml:\d+: /],
    [
      'unknown key',
      `${HEAD}servises: []\n`,
      /^shards\.yaml:3: unknown key "servises", did you mean "services"\?$/,
    ],
    [
      'unknown key deep down',
      `${HEAD}clusters:\n  - {name: c1, regoin: r}\n`,
      /^shards\.yaml:4: clusters\[0\]: unknown key "regoin", did you mean "region"\?$/,
    ],
    [
      'no address',
      `${HEAD}clusters: [{name: c1}]\nservices:\n  - namespace: d\n    name: n\n    shards:\n      - {cluster: c1, loadBalancer: [{ip: 1.2.3}]}\n`,
      /^shards\.yaml:8: services\[0\]\.shards\[0\]\.loadBalancer\[0\].*: /,
    ],
    [
      'an address with a scope',
      `${HEAD}clusters: [{name: c1}]\nservices: [{namespace: d, name: n, shards: [{cluster: c1, loadBalancer: [{ip: "fe80::1%eth0"}]}]}]\n`,
      /^shards\.yaml:4: services\[0\]\.shards\[0\]\.loadBalancer\[0\].*not an IP address$/,
    ],
    [
      'unknown cluster',
      `${HEAD}services:\n  - {namespace: d, name: n, shards: [{cluster: c9}]}\n`,
      /^shards\.yaml:4: services\[0\]: service d\/n: no cluster is named "c9"$/,
    ],
    [
      'service twice',
      `${HEAD}services:\n  - {namespace: d, name: n}\n  - {namespace: d, name: N}\n`,
      /^shards\.yaml:5: .*d\/N is there twice$/,
    ],
    ['cluster twice', `${HEAD}clusters: [{name: c}, {name: c}]\n`, /cluster "c" is there twice/],
    ['bad label', `${HEAD}clusters: [{name: c, region: a_b}]\n`, /region "a_b" is no DNS label/],
    [
      'bad domain',
      'federation: f\ndomain: a..b\n',
      /^shards\.yaml:2: domain: empty label in "a\.\.b"$/,
    ],
    ['bad TTL', `${HEAD}ttlSeconds: 0\n`, /^shards\.yaml:3: ttlSeconds: /],
    [
      'name over 255',
      `${HEAD}`.replace('example.com', `${'a'.repeat(60)}.`.repeat(4)) +
        'services: [{namespace: default, name: nginx}]\n',
      /over 255 octets/,
    ],
    [
      'a region name over 255',
      `federation: f\ndomain: ${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example\n` +
        `clusters: [{name: c, region: ${'r'.repeat(60)}}]\nservices: [{namespace: default, name: nginx}]\n`,
      /^shards\.yaml:4: services\[0\]: .*over 255 octets/,
    ],
    ['an empty file', '', /^shards\.yaml/],
  ];
  it.each(rows)('%s', (_what, text, want) => {
    expect(complaint(text)).toMatch(want);
  });
});

it('labels are lower-cased and zones are a set', () => {
  const file = parseShardsFile(
    `${HEAD}clusters: [{name: C1, region: RegionOne, zones: [B, a, b]}]\n`,
    'shards.yaml',
  );
  expect(file.clusters).toEqual([
    { name: 'C1', locality: { region: 'regionone', topologyZones: ['a', 'b'] }, isReachable: true },
  ]);
});
