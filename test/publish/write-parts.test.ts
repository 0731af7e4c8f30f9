/** What is written together: everything once, services whole, and nothing beside what takes names out. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { WRITE_AT_ONCE } from '../../src/publish/limits.ts';
import { allOf, writeParts } from '../../src/publish/members/records/write-parts.ts';
import type { OwnerChange } from '../../src/publish/members/service-plans.ts';

const rrset = { owner: parseName('a.'), type: 1, ttlSeconds: 5, rdatas: [] } as never;

function changesOf(service: number, names: number, goes: boolean): OwnerChange[] {
  return Array.from({ length: names }, (_, zone) => ({
    owner: parseName(`web-${service}.n.fed.svc.zone-${zone}.west.example.com.`),
    rank: 2,
    wanted: goes && zone === names - 1 ? undefined : { rank: 2, rrsets: [rrset] },
  }));
}

it('law: in parts of whole services', () => {
  const service = fc.record({ names: fc.integer({ min: 1, max: 900 }), goes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(service, { minLength: 1, maxLength: 12 }), (services) => {
      const changes = services.flatMap(({ names, goes }, index) => changesOf(index, names, goes));
      const rounds = [...writeParts(changes)];
      expect(rounds.flat(2)).toEqual(changes);
      const partOf = new Map<string, number>();
      for (const [index, part] of rounds.flat().entries()) {
        for (const { owner } of part) {
          const [name = ''] = /web-\d+/.exec(owner) ?? [];
          expect(partOf.get(name) ?? index).toBe(index);
          partOf.set(name, index);
        }
        const before = part.slice(0, -1).length;
        expect(before).toBeLessThan(WRITE_AT_ONCE + 900);
      }
      for (const round of rounds) {
        expect(round.length).toBeLessThanOrEqual(2);
        const goes = round.some((part) => part.some(({ wanted }) => wanted === undefined));
        if (goes) expect(round).toHaveLength(1);
      }
    }),
    { numRuns: 50 },
  );
});

it('one that fails is thrown once all have ended', async () => {
  let hasEnded = false;
  const slow = new Promise<void>((resolve) => setTimeout(resolve, 30)).then(() => {
    hasEnded = true;
  });
  await expect(allOf([Promise.reject(new Error('no')), slow])).rejects.toThrow('no');
  expect(hasEnded).toBe(true);
});
