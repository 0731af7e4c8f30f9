/** Response rate limit: what shares a bucket, what does not, and that silence refills it. */

import { expect, it } from 'vitest';
import { exemptions } from '../../src/serve/answering/exemptions.ts';
import {
  type LimitedAnswer,
  RateLimit,
  rateLimitTable,
} from '../../src/serve/answering/rate-limit.ts';

const client = (...octets: number[]) => Uint8Array.from(octets);
/** An answer of this kind to `LABEL.example`. */
const answer = (label: string, kind: number): LimitedAnswer => ({
  nameOctets: Buffer.from(`\x03${label}\x07example\0`, 'latin1'),
  nameAt: 0,
  kind,
});
const HIT = answer('web', 1);

function passed(limit: RateLimit, from: Uint8Array, at: { count: number; nowMs: number }): number {
  let count = 0;
  for (let index = 0; index < at.count; index++) {
    if (!limit.isOver(from, HIT, at.nowMs)) count++;
  }
  return count;
}

it('lets a burst through, then the rate, then a burst again after silence', () => {
  const limit = new RateLimit(rateLimitTable(), { answersPerSecond: 100, burstSeconds: 1 }, 7);
  const from = client(192, 0, 2, 1);
  expect(passed(limit, from, { count: 1000, nowMs: 0 })).toBeCloseTo(101, -1);
  expect(passed(limit, from, { count: 1000, nowMs: 500 })).toBeCloseTo(50, -1);
  expect(passed(limit, from, { count: 1000, nowMs: 60_000 })).toBeCloseTo(101, -1);
});

it('counts a /24 as one client, another /24, name or kind as another', () => {
  const limit = new RateLimit(rateLimitTable(), { answersPerSecond: 10, burstSeconds: 1 }, 7);
  passed(limit, client(192, 0, 2, 1), { count: 100, nowMs: 0 });
  expect(limit.isOver(client(192, 0, 2, 200), HIT, 0)).toBe(true);
  expect(limit.isOver(client(192, 0, 3, 1), HIT, 0)).toBe(false);
  expect(limit.isOver(client(192, 0, 2, 1), answer('abc', 1), 0)).toBe(false);
  expect(limit.isOver(client(192, 0, 2, 1), answer('web', 4), 0)).toBe(false);
});

it('is one limit for all threads: they share the table', () => {
  const table = rateLimitTable();
  const settings = { answersPerSecond: 100, burstSeconds: 1 };
  const threads = [new RateLimit(table, settings, 7), new RateLimit(table, settings, 7)];
  let count = 0;
  for (let index = 0; index < 1000; index++) {
    if (!threads[index % 2]?.isOver(client(192, 0, 2, 1), HIT, 0)) count++;
  }
  expect(count).toBeCloseTo(101, -1);
});

it('keeps its count across the wrap of a 32-bit clock', () => {
  const limit = new RateLimit(rateLimitTable(), { answersPerSecond: 100, burstSeconds: 1 }, 7);
  const wrap = 2 ** 31;
  expect(passed(limit, client(192, 0, 2, 1), { count: 1000, nowMs: wrap - 100 })).toBeCloseTo(
    101,
    -1,
  );
  expect(passed(limit, client(192, 0, 2, 1), { count: 1000, nowMs: wrap + 400 })).toBeCloseTo(
    50,
    -1,
  );
});

it('exempts loopback and the networks named, and no other', () => {
  const isExempt = exemptions(['198.51.100.0/25', '2001:db8::/33']);
  const v6 = (second: number) =>
    client(0x20, 1, 0xd, 0xb8, second, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
  expect(
    [
      client(127, 9, 9, 9),
      client(198, 51, 100, 127),
      client(198, 51, 100, 128),
      v6(0x7f),
      v6(0x80),
    ].map(isExempt),
  ).toEqual([true, true, false, true, false]);
});
