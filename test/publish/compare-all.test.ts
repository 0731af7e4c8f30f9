/** A law: whatever is planned anew while everything is compared, in the end just what is wanted is held. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keysOfName } from '../../src/discovery/owner-names.ts';
import { type DomainName, parseName } from '../../src/dns/name.ts';
import { compareAll } from '../../src/publish/members/records/compare-all.ts';
import type { WantedOwner } from '../../src/publish/writing/reconcile-records.ts';
import type { RecordWriter } from '../../src/store/record-writer.ts';

/** Names of a service, by a number that stands for what they say. */
type Said = ReadonlyMap<DomainName, number>;

/** More than one step takes. */
const NAMES_MAX = 9000;
const SERVICES = 6;
const names = Array.from({ length: SERVICES }, (_, service) =>
  Array.from({ length: NAMES_MAX }, (_, zone) =>
    parseName(`web-${service}.n.fed.svc.z${zone}.west.example.com.`),
  ),
);

function wantedOwner(said: number): WantedOwner {
  return { rank: 2, rrsets: [{ ttlSeconds: said }] as never };
}

const plan = fc.record({
  service: fc.nat(SERVICES - 1),
  from: fc.nat(NAMES_MAX),
  count: fc.oneof(fc.nat(3), fc.nat(NAMES_MAX)),
  said: fc.integer({ min: 1, max: 3 }),
});
const plans = fc.array(plan, { maxLength: 8 });

function saidBy({
  service,
  from,
  count,
  said,
}: typeof plan extends fc.Arbitrary<infer T> ? T : never): {
  readonly key: string;
  readonly all: Said;
} {
  const some = (names[service] ?? []).slice(from, from + count);
  return { key: `n/web-${service}`, all: new Map(some.map((name) => [name, said])) };
}

it('law: what is held in the end is what is wanted', async () => {
  await fc.assert(
    fc.asyncProperty(plans, plans, plans, async (before, first, later) => {
      const held = new Map<DomainName, number>();
      for (const one of before) for (const [name, said] of saidBy(one).all) held.set(name, said);
      const planned = new Map<string, Said>();
      for (const one of first) planned.set(saidBy(one).key, saidBy(one).all);
      /** As it is written when a service is planned anew. */
      const replan = (key: string, after: Said) => {
        for (const name of planned.get(key)?.keys() ?? []) if (!after.has(name)) held.delete(name);
        for (const [name, said] of after) held.set(name, said);
        if (after.size === 0) planned.delete(key);
        else planned.set(key, after);
      };
      const writer = {
        isRead: true,
        refresh: async () => undefined,
        owners: () => held.keys(),
        isAsHeld: ({ owner, rrsets }: { owner: DomainName; rrsets: { ttlSeconds: number }[] }) =>
          held.get(owner) === rrsets[0]?.ttlSeconds,
      } as unknown as RecordWriter;
      const asWanted = (said: Said = new Map()) =>
        new Map([...said].map(([name, each]) => [name, wantedOwner(each)]));
      const steps = compareAll(writer, {
        plans: {
          *wanted() {
            for (const said of planned.values()) yield asWanted(said);
          },
          wantedOf: (key) => asWanted(planned.get(key)),
        },
        globalLabelCount: 6,
        mayGo: () => true,
      });
      const waiting = [...later];
      for await (const changes of steps) {
        for (const { owner, wanted } of changes) {
          if (wanted === undefined) held.delete(owner);
          else held.set(owner, wanted.rrsets[0]?.ttlSeconds ?? 0);
        }
        const next = waiting.shift();
        if (next !== undefined) replan(saidBy(next).key, saidBy(next).all);
      }
      const wanted = new Map([...planned.values()].flatMap((said) => [...said]));
      expect(held.size).toBe(wanted.size);
      for (const [name, said] of wanted) expect(held.get(name)).toBe(said);
    }),
    { numRuns: 40 },
  );
}, 60_000);

describe('one step and the next', () => {
  const NOTHING: ReadonlyMap<DomainName, WantedOwner> = new Map();
  const host = parseName('www.example.com.');
  const planned = new Map<string, ReadonlyMap<DomainName, WantedOwner>>();
  const plansOf = {
    *wanted() {
      yield* planned.values();
    },
    wantedOf: (key: string) => planned.get(key) ?? NOTHING,
  };

  it('a host that is planned while others go is wanted', async () => {
    planned.clear();
    const going = names.slice(0, 2).flat();
    const steps = compareAll(
      { isRead: true, refresh: async () => undefined, owners: () => [...going, host] } as never,
      { plans: plansOf, globalLabelCount: 6, mayGo: () => true },
    );
    const gone = new Set<DomainName>();
    for await (const changes of steps) {
      for (const { owner } of changes) gone.add(owner);
      if (gone.size > 0) planned.set(keysOfName(host)[0], new Map([[host, wantedOwner(1)]]));
    }
    expect(gone.size).toBe(going.length);
    expect(gone.has(host)).toBe(false);
  });

  it('what is held is read again, where a write before has lost it', async () => {
    planned.clear();
    const some = names.slice(0, 4);
    for (const [index, all] of some.entries()) {
      planned.set(`n/web-${index}`, new Map(all.map((name) => [name, wantedOwner(1)])));
    }
    const writer = {
      isRead: false,
      refresh: async () => {
        writer.isRead = true;
      },
      owners: () => some.flat(),
      // Of what is not read nothing is known to be there.
      isAsHeld: () => writer.isRead,
    };
    const steps = compareAll(writer as never, {
      plans: plansOf,
      globalLabelCount: 6,
      mayGo: () => true,
    });
    let stepCount = 0;
    for await (const changes of steps) {
      expect(changes.length).toBe(0);
      stepCount++;
      writer.isRead = false;
    }
    expect(stepCount).toBeGreaterThan(2);
  });
});
