/** Names of places that emptied: they stay, and take none from a place that is there now. */

import { expect, it } from 'vitest';
import { describeContent } from '../../src/discovery/explain.ts';
import type { FederationPlan } from '../../src/discovery/ladder/hierarchy.ts';
import { planService } from '../../src/discovery/ladder/plan-records.ts';
import type { Locality, Shard } from '../../src/discovery/shard.ts';
import { formatName, parseName } from '../../src/dns/name.ts';

const IPS: Record<string, string> = { c1: '192.0.2.1', c2: '192.0.2.2' };

function names(places: Record<string, Locality>, zoneNames: 'flat' | 'both' = 'flat') {
  const plan: FederationPlan = {
    naming: { federation: 'f', domain: parseName('example.'), zoneNames },
    ttlSeconds: 30,
    clusters: Object.entries(places).map(([name, locality]) => ({
      ...{ name, locality, isReachable: true },
    })),
  };
  const shards = Object.keys(places).map((cluster): Shard => {
    const addresses = { ipv4: [IPS[cluster] ?? ''], ipv6: [] };
    const health = { kind: 'healthy' } as const;
    return { cluster, addresses, health, weight: 1, rank: 0, capacity: undefined };
  });
  const service = { namespace: 'n', objectName: 's', ttlSeconds: undefined, shards };
  return Object.fromEntries(
    [...planService(plan, service, 'stored')].map(([owner, { rrsets }]) => [
      formatName(owner)
        .replace(/^s\.n\.f\.svc\.?/, '')
        .replace(/\.?example\.$/, ''),
      describeContent(rrsets),
    ]),
  );
}

const EAST = { region: 'east', topologyZones: ['b'] };

it.each(['flat', 'both'] as const)('a former region takes no flat name from a zone: %s', (how) => {
  const west = { region: 'west', topologyZones: ['a'] };
  const formerPlaces = [
    { region: 'a', topologyZone: undefined },
    { region: 'a', topologyZone: 'z' },
  ];
  const named = names({ c1: west, c2: { ...EAST, formerPlaces } }, how);
  expect(named['a']).toBe('A 192.0.2.1');
  // Whoever was led to the region is led somewhere still.
  expect(named[how === 'flat' ? 'z' : 'z.a']).toMatch(/^CNAME s\.n\.f\.svc\.a\.example\.$/);
});

it('a region that is there does, and one that was stays where no zone bears its name', () => {
  const west = { region: 'west', topologyZones: ['a'] };
  const here = names({ c1: west, c2: { region: 'a', topologyZones: ['b'] } });
  expect(here['a']).toBe('A 192.0.2.2');
  const was = names({ c2: { ...EAST, formerPlaces: [{ region: 'a', topologyZone: undefined }] } });
  expect(was['a']).toMatch(/^CNAME /);
});
