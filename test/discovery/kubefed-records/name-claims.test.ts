/** Who has a name that several records want: the oldest, whatever the order in which they came. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byAge,
  type Claimant,
  describeRecord,
  NameClaims,
} from '../../../src/discovery/kubefed-records/name-claims.ts';
import { type DomainName, parseName } from '../../../src/dns/name.ts';

const record = (key: string, createdAt: string): Claimant => ({
  kind: 'IngressDNSRecord',
  key,
  createdAt,
});
const OLD = record('shop/old', '2026-01-01T00:00:00Z');
const YOUNG = record('shop/young', '2026-02-01T00:00:00Z');
const YOUNGEST = record('shop/a', '2026-03-01T00:00:00Z');

const names = (...texts: string[]) => new Set(texts.map((text) => parseName(text)));
const keys = (records: readonly Claimant[]) => records.map(({ key }) => key);
const lostOf = (claims: NameClaims, one: Claimant) =>
  [...claims.lostBy(one)].map(([name, holder]) => [name, holder.key]);

describe('a name that changes hands', () => {
  it('is told to all others that want it', () => {
    const claims = new NameClaims();
    expect(claims.put(YOUNG, names('a.example'))).toEqual([]);
    expect(claims.put(YOUNGEST, names('a.example', 'b.example'))).toEqual([]);
    expect(keys(claims.put(OLD, names('a.example')))).toEqual(['shop/young', 'shop/a']);
    expect(lostOf(claims, YOUNG)).toEqual([[parseName('a.example'), 'shop/old']]);
    expect(keys(claims.remove(OLD))).toEqual(['shop/young', 'shop/a']);
    expect(lostOf(claims, YOUNG)).toEqual([]);
    expect(lostOf(claims, YOUNGEST)).toEqual([[parseName('a.example'), 'shop/young']]);
  });

  it('nobody is told of what changes nothing for him', () => {
    const claims = new NameClaims();
    claims.put(OLD, names('a.example'));
    claims.put(YOUNG, names('a.example'));
    expect(claims.put(OLD, names('a.example', 'c.example'))).toEqual([]);
    expect(claims.put(YOUNG, names('b.example'))).toEqual([]);
    expect(claims.remove(YOUNG)).toEqual([]);
    expect(claims.remove(YOUNG)).toEqual([]);
  });

  it('a record that was made anew under its name is young', () => {
    const claims = new NameClaims();
    claims.put(OLD, names('a.example'));
    claims.put(YOUNG, names('a.example'));
    const anew = { ...OLD, createdAt: '2026-09-01T00:00:00Z' };
    expect(keys(claims.put(anew, names('a.example')))).toEqual(['shop/young']);
    expect(lostOf(claims, anew)).toEqual([[parseName('a.example'), 'shop/young']]);
    expect(lostOf(claims, YOUNG)).toEqual([]);
  });

  it('a Service and an Ingress of one name and second: one of them has it', () => {
    const claims = new NameClaims();
    const service = { ...OLD, kind: 'ServiceDNSRecord' } as const;
    claims.put(service, names('a.example'));
    expect(claims.put(OLD, names('a.example'))).toEqual([service]);
    expect(lostOf(claims, OLD)).toEqual([]);
  });
});

const TEXTS = ['a.example', 'b.example', 'c.example'];
const change = fc.record({
  at: fc.nat(4),
  age: fc.nat(2),
  isThere: fc.boolean(),
  wanted: fc.subarray(TEXTS),
});

it('after any changes it is as if all had come at once; who is not told lost and got nothing', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const claims = new NameClaims();
      const now = new Map<string, { one: Claimant; wanted: ReadonlySet<DomainName> }>();
      for (const { at, age, isThere, wanted } of changes) {
        const one = record(`shop/r${at}`, `2026-01-0${age + 1}T00:00:00Z`);
        const before = new Map([...now].map(([id, { one: other }]) => [id, told(claims, other)]));
        const set = isThere ? names(...wanted) : new Set<DomainName>();
        const others = isThere ? claims.put(one, set) : claims.remove(one);
        if (isThere) now.set(describeRecord(one), { one, wanted: set });
        else now.delete(describeRecord(one));
        const news = new Set([...others, one].map(describeRecord));
        for (const [id, { one: other, wanted: wants }] of now) {
          expect(told(claims, other)).toBe(lostByRule([...now.values()], other, wants));
          if (!news.has(id)) expect(told(claims, other)).toBe(before.get(id));
        }
      }
    }),
  );
});

function told(claims: NameClaims, one: Claimant): string {
  return [...claims.lostBy(one)].map(([name, holder]) => `${name} ${holder.key}`).join();
}

function lostByRule(
  all: readonly { one: Claimant; wanted: ReadonlySet<DomainName> }[],
  self: Claimant,
  wanted: ReadonlySet<DomainName>,
): string {
  return [...wanted]
    .flatMap((name) => {
      const [oldest] = all
        .filter((other) => other.wanted.has(name))
        .map(({ one }) => one)
        .sort(byAge);
      return oldest === undefined || oldest.key === self.key ? [] : [`${name} ${oldest.key}`];
    })
    .join();
}
