/**
 * What `explain` prints is enough: the printed inputs, replayed, give the same answers, and every
 * shard that is left out has exactly one cause.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECISION_INPUTS, printInputs, replayInputs } from '../../src/discovery/decision-inputs.ts';
import { explainName } from '../../src/discovery/explain-name.ts';
import { allowedAddresses } from '../../src/discovery/health/allowed-addresses.ts';
import {
  type DecideContext,
  decideService,
  type KnownShard,
} from '../../src/discovery/health/decide-service.ts';
import { LIVENESS_CAUSES, WHEN_UNREACHABLE } from '../../src/discovery/health/liveness.ts';
import type { FederationPlan } from '../../src/discovery/ladder/hierarchy.ts';
import { planService } from '../../src/discovery/ladder/plan-records.ts';
import { parseName } from '../../src/dns/name.ts';

const KEY = { namespace: 'n', objectName: 's' };
const NOW_MS = 1_000_000;
const label = fc.constantFrom('a', 'b', 'c');
const since = fc.integer({ min: 0, max: NOW_MS });
const grace = fc.constantFrom(0, 1000, 500_000, Number.POSITIVE_INFINITY);
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });

const member = fc.record({
  region: maybe(label),
  zones: fc.uniqueArray(label, { maxLength: 2 }),
  former: fc.array(fc.record({ region: maybe(label), topologyZone: maybe(label) }), {
    maxLength: 2,
  }),
  api: fc.constantFrom('fresh', 'lost'),
  apiSinceMs: since,
  allow: fc.constantFrom([], ['192.0.2.0/30'], ['2001:db8::/32']),
  probe: fc.constantFrom('up', 'unknown', 'down'),
  probeSinceMs: fc.oneof(fc.constant(0), since),
  isDrained: fc.boolean(),
});
const target = fc.oneof(
  fc.constantFrom('192.0.2.1', '192.0.2.9', '127.0.0.1', '2001:db8::1').map((ip) => ({ ip })),
  fc.constantFrom('lb.example.net', 'other.example.net').map((hostname) => ({ hostname })),
);
const wishes = fc.record(
  {
    whenUnreachable: fc.constantFrom(...WHEN_UNREACHABLE),
    ttlSeconds: fc.integer({ min: 1, max: 60 }),
    allowWithoutEndpoints: fc.boolean(),
    probeOverridesApi: fc.boolean(),
    drain: fc.boolean(),
    leaving: fc.boolean(),
    weight: fc.nat(9),
  },
  { requiredKeys: [] },
);
const known = fc.record({
  report: fc.record({
    targets: fc.array(target, { maxLength: 2 }),
    hasEndpoint: fc.boolean(),
    wishes,
  }),
  wasOut: maybe(fc.constantFrom(...LIVENESS_CAUSES)),
  hasAnswered: fc.boolean(),
});
const world = fc.record({
  members: fc.array(fc.tuple(member, maybe(known)), { minLength: 1, maxLength: 4 }),
  whenUnreachable: fc.constantFrom(...WHEN_UNREACHABLE),
  graces: fc.record({ lostMs: grace, unknownMs: grace, deathMs: grace }),
  suspectsSelf: fc.boolean(),
  heldUntilMs: fc.constantFrom(Number.NEGATIVE_INFINITY, NOW_MS - 500, NOW_MS + 500),
  resolved: maybe(fc.constantFrom(['192.0.2.2'], ['203.0.113.1', '2001:db8::2'])),
  zoneNames: fc.constantFrom('nested', 'flat', 'both'),
});

function decidedIn(given: typeof world extends fc.Arbitrary<infer T> ? T : never) {
  const named = given.members.map(([one, shard], at) => ({ name: `c${at}`, one, shard }));
  const places = named.map(({ name, one }) => ({
    name,
    isReachable: one.api === 'fresh',
    locality: { region: one.region, topologyZones: one.zones, formerPlaces: one.former },
  }));
  const byName = new Map(named.map(({ name, one }) => [name, one]));
  const context: DecideContext = {
    members: new Map(
      named.map(({ name, one }, at) => [
        name,
        {
          name,
          locality: places[at]?.locality ?? { region: undefined, topologyZones: [] },
          api: one.api,
          apiSinceMs: one.apiSinceMs,
          allowed: allowedAddresses(one.allow),
        },
      ]),
    ),
    defaultPolicy: () => given.whenUnreachable,
    graces: given.graces,
    suspectsSelf: given.suspectsSelf,
    heldUntilMs: given.heldUntilMs,
    resolve: (host) => (host.startsWith('lb') ? given.resolved : undefined),
    probed: (_, name) => ({
      signal: byName.get(name)?.probe ?? 'unknown',
      sinceMs: byName.get(name)?.probeSinceMs ?? 0,
    }),
    isDrained: (_, name) => byName.get(name)?.isDrained ?? false,
    nowMs: NOW_MS,
  };
  const shards = new Map(
    named.flatMap(({ name, shard }): [string, KnownShard][] => {
      return shard === undefined ? [] : [[name, shard]];
    }),
  );
  const plan: FederationPlan = {
    naming: { federation: 'f', domain: parseName('example.'), zoneNames: given.zoneNames },
    ttlSeconds: 30,
    clusters: places,
  };
  return { decided: decideService(KEY, shards, context), plan };
}

describe('printed inputs', () => {
  it('replayed give the same ladder, content and causes', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { decided, plan } = decidedIn(given);
        const text = JSON.stringify(printInputs(decided, plan));
        const replayed = replayInputs(DECISION_INPUTS.parse(JSON.parse(text)));
        const owners = planService(plan, decided, 'stored');
        const content = (of: typeof owners | typeof replayed.owners) =>
          [...of].map(([owner, { rrsets }]) => [owner, rrsets]);
        expect(content(replayed.owners)).toEqual(content(owners));
        const causes = ({ shards }: typeof decided) =>
          shards.map(({ cluster, health, liveness, policy }) => {
            return { cluster, health, liveness: [liveness.kind, liveness.cause], policy };
          });
        expect(causes(replayed.decided)).toEqual(causes(decided));
      }),
      { numRuns: 1000 },
    );
  });

  it('every shard that counts at a level is explained there once, with one cause', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { decided, plan } = decidedIn(given);
        const owners = planService(plan, decided, 'stored');
        for (const [owner, { level }] of owners) {
          const [first] = explainName(owner, {
            decided,
            owners,
            ttlSeconds: 30,
            versionOf: () => undefined,
            nowMs: NOW_MS,
          });
          const told = first?.shards.map(({ cluster }) => cluster).sort();
          expect(told).toEqual(level.considered.map(({ cluster }) => cluster).sort());
          for (const { isIn, cause, until } of first?.shards ?? []) {
            expect(cause).not.toBe('');
            expect(until).not.toBe('');
            expect(typeof isIn).toBe('boolean');
          }
          const isIn = new Set(first?.shards.flatMap((one) => (one.isIn ? one.cluster : [])));
          const served = level.outcome.kind === 'addresses' ? level.outcome.shards : [];
          expect(new Set(served.map(({ cluster }) => cluster))).toEqual(isIn);
        }
      }),
      { numRuns: 300 },
    );
  });
});
