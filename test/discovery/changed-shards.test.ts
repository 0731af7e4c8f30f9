/** Changes that are only meant, laid over what is known: what is not said stays as it is. */

import { describe, expect, it } from 'vitest';
import { readService } from '../../src/api/core.ts';
import { parseChangedFile } from '../../src/discovery/changed-file.ts';
import { changedShards, type PresentShards } from '../../src/discovery/health/changed-shards.ts';
import type { KnownShard } from '../../src/discovery/health/decide-service.ts';

const WEB: KnownShard = {
  report: {
    targets: [{ ip: '192.0.2.1' }],
    hasEndpoint: true,
    tcpPort: 80,
    wishes: { ttlSeconds: 30 },
  },
  wasOut: undefined,
  hasAnswered: true,
};
const FROZEN: KnownShard = {
  ...WEB,
  report: { ...WEB.report, wishes: { whenUnreachable: 'freeze' } },
};
const AS_READ = readService({
  spec: { type: 'LoadBalancer', ports: [{ port: 80 }], clusterIPs: ['10.0.0.1'] },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
});

const SHARDS = new Map([
  ['n/web', new Map([['east', WEB]])],
  ['n/ice', new Map([['east', FROZEN]])],
]);
const present: PresentShards = {
  clusters: new Set(['east', 'west']),
  shardsOf: (key) => SHARDS.get(key) ?? new Map(),
  serviceOf: (cluster, key) => (cluster === 'east' && SHARDS.has(key) ? AS_READ : undefined),
  defaultPolicy: (namespace) => (namespace === 'cold' ? 'freeze' : 'keep'),
  aroundOf: () => undefined,
  takesPart: (_cluster, _key, { type }) => type === 'LoadBalancer',
};

/** `CLUSTER KEY` -> addresses, ready, answered; `none` for a shard that is gone. */
function laid(...files: readonly (string | readonly [cluster: string, text: string])[]) {
  const { shards, problems } = changedShards(
    files.map((one) => {
      const [cluster, text] = typeof one === 'string' ? [undefined, one] : one;
      return { cluster, file: parseChangedFile(text, 'f.yaml') };
    }),
    present,
  );
  const said = [...shards].flatMap(([key, clusters]) =>
    [...clusters].map(([cluster, shard]) => [`${cluster} ${key}`, inWords(shard)] as const),
  );
  return { ...Object.fromEntries(said), ...(problems.length > 0 && { problems }) };
}

function inWords(shard: KnownShard | undefined): string {
  if (shard === undefined) return 'none';
  const { targets, hasEndpoint, wishes } = shard.report;
  const addresses = targets.map((one) => ('ip' in one ? one.ip : one.hostname)).join(' ');
  const state = `${hasEndpoint ? 'ready' : 'empty'}${shard.hasAnswered ? ' answered' : ''}`;
  return `${addresses} ${state} ${JSON.stringify(wishes)}`;
}

const ours = (change: string, name = 'web') =>
  `services: [{namespace: n, name: ${name}, ${change}}]`;
const service = (more: string, name = 'web') =>
  `{apiVersion: v1, kind: Service, metadata: {namespace: n, name: ${name}}, spec: {type: LoadBalancer}${more}}`;
const slice = (ready: boolean, name = 'web') =>
  `{kind: EndpointSlice, metadata: {namespace: n, name: x, labels: {kubernetes.io/service-name: ${name}}}, endpoints: [{conditions: {ready: ${ready}}}]}`;

describe('our own documents', () => {
  it.each([
    ['ready', ours('ready: false'), '192.0.2.1 empty answered {"ttlSeconds":30}'],
    [
      'addresses',
      ours('addresses: [192.0.2.9, lb.example]'),
      '192.0.2.9 lb.example ready {"ttlSeconds":30}',
    ],
    [
      'the same addresses',
      ours('addresses: [192.0.2.1]'),
      '192.0.2.1 ready answered {"ttlSeconds":30}',
    ],
    [
      'a wish',
      ours('annotations: {fedns.io/weight: "3"}'),
      '192.0.2.1 ready answered {"ttlSeconds":30,"weight":3}',
    ],
    ['absent', ours('absent: true'), 'none'],
    ['nothing', ours('ready: true'), '192.0.2.1 ready answered {"ttlSeconds":30}'],
  ])('%s', (_what, text, want) => {
    expect(laid(text)).toEqual({ 'east n/web': want });
  });

  it('a frozen shard keeps its state', () => {
    const text = ours('ready: false, addresses: [192.0.2.9]', 'ice');
    expect(laid(text)).toEqual({
      'east n/ice': '192.0.2.1 ready answered {"whenUnreachable":"freeze"}',
    });
  });

  it('a copy that is not there yet', () => {
    const text = ours('clusters: [west], addresses: [192.0.2.7], ready: true');
    expect(laid(text)).toEqual({ 'west n/web': '192.0.2.7 ready {}' });
  });

  it('several files, the later upon the earlier', () => {
    expect(laid(ours('ready: false'), ours('addresses: [192.0.2.9]'))).toEqual({
      'east n/web': '192.0.2.9 empty {"ttlSeconds":30}',
    });
  });
});

describe('manifests', () => {
  it.each([
    ['no status: addresses and endpoints stay', service(''), '192.0.2.1 ready answered {}'],
    [
      'a status',
      service(', status: {loadBalancer: {ingress: [{ip: 192.0.2.8}]}}'),
      '192.0.2.8 ready {}',
    ],
    ['a status without addresses', service(', status: {loadBalancer: {}}'), ' ready {}'],
    ['slices alone', slice(false), '192.0.2.1 empty answered {}'],
    ['a Service and a slice', `${service('')}\n---\n${slice(true)}`, '192.0.2.1 ready answered {}'],
    [
      'a List',
      `{kind: List, items: [${service('')}, ${slice(false)}]}`,
      '192.0.2.1 empty answered {}',
    ],
  ])('%s', (_what, text, want) => {
    expect(laid(text)).toEqual({ 'east n/web': want });
  });

  it('into one member by name', () => {
    const text = `${service(', status: {loadBalancer: {ingress: [{ip: 192.0.2.5}]}}')}\n---\n${slice(true)}`;
    expect(laid(['west', text])).toEqual({ 'west n/web': '192.0.2.5 ready {}' });
  });

  it('one that is selected no more loses its names, and it is told', () => {
    expect(laid(service('').replace('LoadBalancer', 'ClusterIP'))).toEqual({
      'east n/web': 'none',
      problems: ['east n/web: is not selected, so it has no names'],
    });
  });

  it('slices of nobody, kinds of others and wishes that are none are told', () => {
    expect(laid(['west', slice(true)], ours('annotations: {fedns.io/weight: "x"}'))).toMatchObject({
      problems: [
        'west n/web: slices of a Service that is not there, left out',
        expect.stringMatching(/^east n\/web: annotation fedns\.io\/weight: /),
      ],
    });
    expect(parseChangedFile('{kind: Pod, metadata: {name: p}}', 'f.yaml').problems).toEqual([
      'f.yaml: Pod default/p: says nothing of names, left out',
    ]);
  });
});

it('policies: of a namespace, else of all, else not said', () => {
  const policyOf = (text: string) => parseChangedFile(text, 'f.yaml').policyOf;
  const both = policyOf('whenUnreachable: keep\nnamespacePolicies: {a: withdraw}');
  expect([both('a'), both('b')]).toEqual(['withdraw', 'keep']);
  expect(policyOf('namespacePolicies: {a: withdraw}')('b')).toBeUndefined();
});

it.each([
  ['', /nothing is in it/],
  ['services: [', /^f\.yaml:1: /],
  ['services: [{name: web}]', /^f\.yaml: services\[0\]\.namespace: /],
  [ours('readi: true'), /^f\.yaml: services\[0\]: .*readi/],
  [ours('annotations: {drain: "true"}'), /^f\.yaml: services\[0\]\.annotations/],
])('%s is refused', (text, why) => {
  expect(() => parseChangedFile(text, 'f.yaml')).toThrow(why);
});

it.each([
  [ours('clusters: [north]'), /^no member is named "north"$/],
  [ours('ready: true', 'other'), /^no member has n\/other: say in which/],
])('%s is of nobody', (text, why) => {
  expect(() => laid(text)).toThrow(why);
});
