/** A host name that is all a level has: a CNAME to it where its owner asks so, else addresses. */

import { describe, expect, it } from 'vitest';
import { describeContent, explainLevel } from '../../src/discovery/explain.ts';
import { allowedAddresses } from '../../src/discovery/health/allowed-addresses.ts';
import {
  type DecideContext,
  decideService,
  type KnownShard,
} from '../../src/discovery/health/decide-service.ts';
import type { MemberState } from '../../src/discovery/health/member-state.ts';
import type { ShardReport } from '../../src/discovery/health/shard-report.ts';
import { type FederationPlan, planAddressLevels } from '../../src/discovery/ladder/hierarchy.ts';
import { planService } from '../../src/discovery/ladder/plan-records.ts';
import { formatName, parseName } from '../../src/dns/name.ts';

const PLACES = { c1: ['west', 'a'], c2: ['west', 'b'], c3: ['east', 'c'] } as const;
type Cluster = keyof typeof PLACES;
const RESOLVED: Record<string, readonly string[]> = {
  'lb.example.net': ['192.0.2.1', '2001:db8::1'],
  'other.example.net': ['192.0.2.2'],
  'half.example.net': ['192.0.2.3', '203.0.113.3'],
  'web.d.fed.svc.example': ['192.0.2.4'],
  ['x'.repeat(63) + `.${'x'.repeat(63)}`.repeat(3)]: ['192.0.2.5'],
};

const members = new Map(
  Object.entries(PLACES).map(([name, [region, zone]]): [string, MemberState] => {
    const locality = { region, topologyZones: [zone] };
    const allowed = allowedAddresses(['192.0.2.0/24', '2001:db8::/32']);
    return [name, { name, locality, api: 'fresh', apiSinceMs: 0, allowed }];
  }),
);
const context: DecideContext = {
  members,
  defaultPolicy: () => 'withdraw-if-probe-fails',
  graces: { lostMs: 0, unknownMs: 0, deathMs: 0 },
  suspectsSelf: false,
  heldUntilMs: 0,
  resolve: (host) => RESOLVED[host],
  probed: () => ({ signal: 'unknown', sinceMs: 0 }),
  isDrained: () => false,
  nowMs: 1,
};
const plan: FederationPlan = {
  naming: { federation: 'fed', domain: parseName('example.'), zoneNames: 'nested' },
  ttlSeconds: 180,
  clusters: [...members.values()].map((one) => ({ ...one, isReachable: true })),
};

type Given = Partial<Record<Cluster, readonly string[]>>;

function decided(given: Given, isAsked = true) {
  const known = Object.entries(given).map(([cluster, targets]): [string, KnownShard] => {
    const report: ShardReport = {
      targets: targets.map((one) => (/[g-z]/.test(one) ? { hostname: one } : { ip: one })),
      hasEndpoint: true,
      wishes: isAsked ? { hostNameAs: 'cname' } : {},
    };
    return [cluster, { report, wasOut: undefined, hasAnswered: false }];
  });
  return decideService({ namespace: 'd', objectName: 'web' }, new Map(known), context);
}

/** Place -> content; aliases of the ladder as `up`. */
function answers(given: Given, isAsked = true): Record<string, string> {
  return Object.fromEntries(
    [...planService(plan, decided(given, isAsked), 'stored').values()].map(({ level, rrsets }) => [
      level.place,
      level.outcome.kind === 'alias' ? 'up' : describeContent(rrsets),
    ]),
  );
}

const LB = 'lb.example.net';
const AS_NAME = `CNAME ${LB}.`;
const AS_ADDRESSES = 'A 192.0.2.1, AAAA 2001:db8::1';

describe('a host name', () => {
  it('is addresses unless its owner asks', () => {
    expect(answers({ c1: [LB] }, false)).toMatchObject({
      '': AS_ADDRESSES,
      'a.west': AS_ADDRESSES,
    });
  });

  const rows: readonly (readonly [string, Given, Record<string, string>])[] = [
    ['alone', { c1: [LB] }, { '': AS_NAME, west: AS_NAME, 'a.west': AS_NAME, east: 'up' }],
    ['in capitals, twice', { c1: ['LB.Example.net.', LB] }, { '': AS_NAME }],
    [
      'two of them: each where it is alone',
      { c1: [LB], c2: ['other.example.net'] },
      {
        '': 'A 192.0.2.1 192.0.2.2, AAAA 2001:db8::1',
        west: 'A 192.0.2.1 192.0.2.2, AAAA 2001:db8::1',
        'a.west': AS_NAME,
        'b.west': 'CNAME other.example.net.',
      },
    ],
    ['the same of two clusters', { c1: [LB], c3: [LB] }, { '': AS_NAME, 'c.east': AS_NAME }],
    [
      'beside an address',
      { c1: [LB, '192.0.2.9'] },
      { '': 'A 192.0.2.1 192.0.2.9, AAAA 2001:db8::1' },
    ],
    [
      'beside another shard',
      { c1: [LB], c2: ['192.0.2.9'] },
      { 'a.west': AS_NAME, 'b.west': 'A 192.0.2.9' },
    ],
    ['some of it not allowed', { c1: ['half.example.net'] }, { '': 'A 192.0.2.3' }],
    ['below our own domain', { c1: ['web.d.fed.svc.example'] }, { '': 'A 192.0.2.4' }],
    ['too long for a name', { c1: [Object.keys(RESOLVED).at(-1) ?? ''] }, { '': 'A 192.0.2.5' }],
    ['never resolved', { c1: ['gone.example.net'] }, { '': 'nothing', 'a.west': 'up' }],
  ];
  it.each(rows)('%s', (_name, given, want) => {
    expect(answers(given)).toMatchObject(want);
  });

  it('is a record also where rules stand for the aliases', () => {
    const service = decided({ c1: [LB] });
    const planned = planService(plan, service, 'synthesised');
    const stored = [...planned].filter(([, { isByRule }]) => !isByRule).map(([owner]) => owner);
    expect(planAddressLevels(plan, service).map(({ owner }) => owner)).toEqual(stored);
    expect(stored.map(formatName)).toEqual([
      'web.d.fed.svc.example.',
      'web.d.fed.svc.west.example.',
      'web.d.fed.svc.a.west.example.',
    ]);
  });

  it('is explained as such', () => {
    const [global] = planService(plan, decided({ c1: [LB] }), 'stored').values();
    expect(global && explainLevel(global.level)).toBe(
      'healthy anywhere: c1; as the host name lb.example.net.',
    );
  });
});
