/** Hosts of Ingresses and HTTPRoutes: which may be published, whose they are, what they answer. */

import { describe, expect, it } from 'vitest';
import { readIngress } from '../../src/api/ingress.ts';
import { describeContent } from '../../src/discovery/explain.ts';
import { allowedAddresses } from '../../src/discovery/health/allowed-addresses.ts';
import {
  type DecideContext,
  decideService,
  type KnownShard,
} from '../../src/discovery/health/decide-service.ts';
import {
  type ClaimedHost,
  judgeHost,
  readHostReport,
} from '../../src/discovery/health/host-report.ts';
import type { MemberState } from '../../src/discovery/health/member-state.ts';
import { formatShard, parseShard } from '../../src/discovery/health/stored-shard.ts';
import { type FederationPlan, planAddressLevels } from '../../src/discovery/ladder/hierarchy.ts';
import { planService } from '../../src/discovery/ladder/plan-records.ts';
import { formatName, parseName } from '../../src/dns/name.ts';

/** Never reported before. */
const NEVER_REPORTED = { before: undefined, defaultPolicy: () => 'keep' as const };

const naming = {
  federation: 'fed',
  domain: parseName('example.com.'),
  zoneNames: 'nested',
} as const;

describe('which hosts', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['www.example.com', 'ours'],
    ['a.b.c.example.com', 'ours'],
    ['svc.example.com', 'ours'],
    ['fed.example.com', 'ours'],
    ['www.example.net', 'foreign'],
    ['wwwexample.com', 'foreign'],
    ['com', 'foreign'],
    ['example.com', 'the domain itself'],
    ['*.example.com', 'wildcard'],
    ['*.apps.example.com', 'wildcard'],
    ['web.d.fed.svc.example.com', 'those of Services'],
    ['web.d.fed.svc.a.west.example.com', 'those of Services'],
    ['fed.svc.example.com', 'those of Services'],
    ['x.web.d.fed.svc.example.com', 'those of Services'],
    ['a_b.example.com', 'no DNS label'],
    [`${'x'.repeat(64)}.example.com`, 'LABEL'],
  ];
  it.each(rows)('%s: %s', (host, want) => {
    const judged = judgeHost(host, naming);
    if (want === 'ours' || want === 'foreign') expect(judged).toBe(want);
    else if (typeof judged === 'string') throw new Error(`${host} is ${judged}`);
    else if (want !== 'LABEL') expect(judged.problem).toContain(want);
  });
});

function claim(namespace: string, createdAt: string, ip: string, more = {}): ClaimedHost {
  const metadata = { namespace, creationTimestamp: createdAt };
  const status = { loadBalancer: { ingress: [{ ip }] } };
  const route = readIngress({ metadata, spec: { rules: [{ host: 'www.example.com' }] }, status });
  const { targets, tcpPort } = route;
  return { kind: 'Ingress', route, targets, tcpPort, hasEndpoint: true, ...more };
}

const OLD = '2026-01-01T00:00:00Z';
const NEW = '2026-02-01T00:00:00Z';

describe('within a member', () => {
  it('the oldest claim has it; its namespace adds, another is told', () => {
    const { report, problems } = readHostReport(
      [
        claim('a', OLD, '192.0.2.1', { hasEndpoint: false }),
        claim('b', NEW, '192.0.2.2'),
        claim('a', NEW, '192.0.2.3', { kind: 'HTTPRoute' }),
      ],
      NEVER_REPORTED,
    );
    expect(report).toEqual({
      targets: [{ ip: '192.0.2.1' }, { ip: '192.0.2.3' }],
      hasEndpoint: true,
      tcpPort: 80,
      wishes: {},
      claim: { namespace: 'a', since: OLD, kinds: ['HTTPRoute', 'Ingress'] },
    });
    expect(problems).toEqual(['claimed by namespace a first, not by b']);
    const shard = { report, wasOut: undefined, hasAnswered: false };
    expect(parseShard(formatShard(shard))).toEqual(shard);
  });
});

describe('over all members', () => {
  const members = new Map(
    ['c1', 'c2', 'c3'].map((name): [string, MemberState] => {
      const locality = { region: 'west', topologyZones: [name] };
      const allowed = allowedAddresses([]);
      return [name, { name, locality, api: 'fresh', apiSinceMs: 0, allowed }];
    }),
  );
  const plan: FederationPlan = {
    naming,
    ttlSeconds: 180,
    clusters: [...members.values()].map((one) => ({ ...one, isReachable: true })),
  };
  const context: DecideContext = {
    members,
    defaultPolicy: () => 'withdraw-if-probe-fails',
    graces: { lostMs: 0, unknownMs: 0, deathMs: 0 },
    suspectsSelf: false,
    heldUntilMs: 0,
    resolve: () => undefined,
    probed: () => ({ signal: 'unknown', sinceMs: 0 }),
    isDrained: () => false,
    nowMs: 1,
  };
  const decided = (claims: Record<string, ClaimedHost>) => {
    const known = Object.entries(claims).map(([cluster, one]): [string, KnownShard] => {
      const { report } = readHostReport([one], NEVER_REPORTED);
      return [cluster, { report, wasOut: undefined, hasAnswered: false }];
    });
    const key = { namespace: '@', objectName: 'www.example.com' };
    return decideService(key, new Map(known), context);
  };

  it('one name, and no ladder, stored or ruled', () => {
    const service = decided({ c1: claim('a', OLD, '192.0.2.1'), c2: claim('a', NEW, '192.0.2.2') });
    for (const fallbacks of ['stored', 'synthesised'] as const) {
      const planned = [...planService(plan, service, fallbacks)];
      expect(
        planned.map(([owner, { rrsets }]) => [formatName(owner), describeContent(rrsets)]),
      ).toEqual([['www.example.com.', 'A 192.0.2.1 192.0.2.2']]);
    }
    expect(planAddressLevels(plan, service).map(({ owner }) => formatName(owner))).toEqual([
      'www.example.com.',
    ]);
  });

  it('of several namespaces the oldest claim has it, in every order, and also while it is out', () => {
    const old = claim('z', OLD, '192.0.2.1');
    const young = claim('a', NEW, '192.0.2.2');
    for (const claims of [
      { c1: old, c2: young },
      { c2: young, c1: old },
    ]) {
      const healths = decided(claims).shards.map(({ cluster, health }) => [
        cluster,
        health.kind === 'healthy' ? 'in' : health.reason,
      ]);
      expect(Object.fromEntries(healths)).toEqual({
        c1: 'in',
        c2: 'host claimed first by another namespace',
      });
    }
    const dead = claim('z', OLD, '192.0.2.1', { hasEndpoint: false });
    const [only] = planService(plan, decided({ c1: dead, c2: young }), 'stored').values();
    expect(only && describeContent(only.rrsets)).toBe('nothing');
  });
});
