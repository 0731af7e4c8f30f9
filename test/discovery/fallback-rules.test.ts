/** Synthesised fallbacks say what stored ones say, whatever the federation looks like. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planRecords, storedOwners } from '../../src/discovery/ladder/plan-records.ts';
import { parseShardsFile } from '../../src/discovery/shards-file.ts';
import { expandFallbacks } from '../../src/dns/fallback-rule.ts';
import type { OwnerMap } from '../../src/dns/rrset-change.ts';

const label = fc.constantFrom('a', 'b', 'c');
const federation = fc.record({
  clusters: fc.array(
    fc.record({ region: fc.option(label, { nil: undefined }), zones: fc.uniqueArray(label) }),
    { minLength: 1, maxLength: 5 },
  ),
  services: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('s1', 's2', 's3'),
      ttlSeconds: fc.option(fc.constantFrom(30, 60), { nil: undefined }),
      healthy: fc.array(fc.nat(4), { maxLength: 3 }),
    }),
    { selector: (one) => one.name, maxLength: 3 },
  ),
  zoneNames: fc.constantFrom('nested' as const, 'flat' as const, 'both' as const),
});

it('expanding the rules gives the very records that would be stored', () => {
  fc.assert(
    fc.property(federation, ({ clusters, services, zoneNames }) => {
      const text = JSON.stringify({
        federation: 'f',
        domain: 'example.com',
        ttlSeconds: 60,
        clusters: clusters.map((one, index) => ({ name: `c${index}`, ...one })),
        services: services.map(({ name, ttlSeconds, healthy }) => ({
          namespace: 'n',
          name,
          ttlSeconds,
          shards: [...new Set(healthy.map((at) => at % clusters.length))].map((at) => ({
            cluster: `c${at}`,
            loadBalancer: [{ ip: `192.0.2.${at + 1}` }],
            readyEndpoints: 1,
          })),
        })),
      });
      const file = parseShardsFile(text, 'shards.yaml');
      const options = { zoneNames, ttlSeconds: 180, resolve: () => undefined };
      const stored = planRecords(file, options);
      const ruled = planRecords(file, { ...options, fallbacks: 'synthesised' });
      const kept = storedOwners(ruled);
      expect(kept.size + ruled.byRule.size).toBe(stored.owners.size);
      expect(expandFallbacks(contents(kept), ruled.rules)).toEqual(contents(stored.owners));
    }),
    { numRuns: 300 },
  );
});

function contents(owners: ReturnType<typeof planRecords>['owners']): OwnerMap {
  return new Map([...owners].map(([owner, { rrsets }]) => [owner, rrsets]));
}
