/** The laws of the ladder that hold whatever the clusters, zones and shards are. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRecords } from '../../src/discovery/ladder/plan-records.ts';
import { parseShardsFile, type ShardsFile } from '../../src/discovery/shards-file.ts';
import { RRType } from '../../src/dns/codes.ts';
import { type DomainName, formatName, parseName } from '../../src/dns/name.ts';
import { readCname } from '../../src/dns/rdata/index.ts';

type ZoneNames = 'nested' | 'flat' | 'both';

describe('laws', () => {
  const label = fc.constantFrom('a', 'b', 'c');
  const cluster = fc.record({
    region: fc.option(label, { nil: undefined }),
    zones: fc.uniqueArray(label, { maxLength: 2 }),
    reachable: fc.boolean(),
  });
  const copy = fc.record({
    at: fc.nat(4),
    ips: fc.array(fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'), { maxLength: 2 }),
    ready: fc.nat(1),
  });
  const federation = fc.record({
    clusters: fc.array(cluster, { minLength: 1, maxLength: 5 }),
    copies: fc.array(copy, { maxLength: 5 }),
    isReversed: fc.boolean(),
    zoneNames: fc.constantFrom<ZoneNames>('nested', 'flat', 'both'),
  });

  function fileOf(given: {
    clusters: readonly { region: string | undefined; zones: string[]; reachable: boolean }[];
    copies: readonly { at: number; ips: string[]; ready: number }[];
  }): ShardsFile {
    const names = given.clusters.map((_, index) => `c${index}`);
    const used = new Set<string>();
    const shards = given.copies.flatMap(({ at, ips, ready }) => {
      const name = names[at % names.length] ?? '';
      if (used.has(name)) return [];
      used.add(name);
      return [{ cluster: name, loadBalancer: ips.map((ip) => ({ ip })), readyEndpoints: ready }];
    });
    const text = JSON.stringify({
      federation: 'f',
      domain: 'example.com',
      clusters: given.clusters.map((one, index) => ({ name: `c${index}`, ...one })),
      services: [{ namespace: 'n', name: 's', shards }],
    });
    return parseShardsFile(text, 'shards.yaml');
  }

  it('total, legal, without cycle or dangling alias, whatever the order of inputs', () => {
    fc.assert(
      fc.property(federation, (given) => {
        const file = fileOf(given);
        const options = { zoneNames: given.zoneNames, ttlSeconds: 30, resolve: () => undefined };
        const { owners } = planRecords(file, options);
        for (const owner of owners.keys()) expect(followed(owners, owner)).toBeLessThanOrEqual(2);
        const shuffled = {
          ...file,
          clusters: [...file.clusters].reverse(),
          services: file.services.map((one) => ({ ...one, shards: [...one.shards].reverse() })),
        };
        const again = planRecords(shuffled, options).owners;
        const content = (map: typeof owners) =>
          new Map([...map].map(([owner, { rrsets }]) => [owner, rrsets]));
        expect(content(again)).toEqual(content(owners));
      }),
      { numRuns: 300 },
    );
  });

  /** Steps from a name to where its chain ends; fails on a dangling end or CNAME beside data. */
  function followed(owners: ReturnType<typeof planRecords>['owners'], from: DomainName): number {
    let at = from;
    for (let steps = 0; ; steps++) {
      const held = owners.get(at)?.rrsets;
      if (held === undefined) throw new Error(`${formatName(at)} is not there`);
      const alias = held.find((rrset) => rrset.type === RRType.CNAME)?.rdatas[0];
      if (alias === undefined) {
        expect(held.length > 0 || at === parseName('s.n.f.svc.example.com')).toBe(true);
        return steps;
      }
      expect(held.length).toBe(1);
      at = readCname(alias);
      if (steps > 5) throw new Error('cycle');
    }
  }
});
