/** When the prober asks: spread, bounded, nobody delayed by another, no wall clock. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type ProbeTarget, probeKey } from '../../src/probe/address-prober.ts';
import { fakeWorld, mapOf, pass, some, tcp } from './fake-world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('30,000 wanted at once are spread evenly over a round of 10 s, then every round', () => {
  const { prober, asked } = fakeWorld();
  prober.start();
  prober.follow(mapOf(some(30_000)));
  expect(prober.counts().roundMs).toBe(10_000);
  pass(20_000);
  const perTenth = new Array<number>(200).fill(0);
  const began = asked[0]?.atMs ?? 0;
  for (const { atMs } of asked) {
    const tenth = Math.floor((atMs - began) / 100);
    perTenth[tenth] = (perTenth[tenth] ?? 0) + 1;
  }
  expect(Math.min(...perTenth.slice(0, 199))).toBeGreaterThanOrEqual(290);
  expect(Math.max(...perTenth)).toBeLessThanOrEqual(330);
  expect(prober.counts()).toMatchObject({ up: 30_000, lateCount: 0 });
  prober.follow(mapOf(some(9000)));
  expect(prober.counts().roundMs).toBe(3000);
});

it.each([
  ['http', 2],
  ['https', 6],
] as const)('%s takes the place of %i TCP probes', (kind, weight) => {
  const { prober } = fakeWorld();
  const check = { kind, path: '/', statuses: [200, 299] } as const;
  prober.follow(mapOf(some(6000).map((target) => ({ ...target, check }))));
  expect(prober.counts().roundMs).toBe(2000 * weight);
});

it('added one by one they keep the rate and are evenly spread in the end', () => {
  const { prober, asked } = fakeWorld();
  prober.start();
  for (const target of some(9000)) prober.add(target);
  pass(30_000);
  const last = asked.filter(({ atMs }) => atMs >= 24_000);
  expect(last.length).toBeGreaterThanOrEqual(17_000);
  expect(new Set(last.map(({ address }) => address)).size).toBe(9000);
  for (let fromMs = 0; fromMs < 30_000; fromMs += 1000) {
    const within = asked.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 1000);
    expect(within.length).toBeLessThanOrEqual(4100);
  }
});

it('one in doubt is asked again after a period, even in a longer round', () => {
  const { prober, asked, behave } = fakeWorld();
  const targets = some(15_000);
  const [first] = targets as [ProbeTarget];
  prober.start();
  prober.follow(mapOf(targets));
  pass(5010);
  behave(first.address, 'bad');
  pass(9500);
  const times = asked.filter(({ address }) => address === first.address).map((one) => one.atMs);
  const gaps = times.slice(1).map((atMs, index) => Math.round((atMs - (times[index] ?? 0)) / 10));
  expect(gaps.slice(0, 3)).toEqual([500, 200, 200]);
  expect(prober.state(probeKey(first))?.verdict).toBe('down');
  // Settled: no hurry any more.
  pass(10_000);
  expect(asked.filter(({ address }) => address === first.address).length).toBeLessThan(8);
});

it('the silent hold their sockets no longer than the time-out, and delay nobody', () => {
  const { prober, asked, behave } = fakeWorld();
  const targets = some(600);
  for (const { address } of targets.slice(0, 300)) behave(address, 'silent');
  prober.start();
  prober.follow(mapOf(targets));
  pass(10_000);
  const counts = new Map<string, number>();
  for (const { address } of asked) counts.set(address, (counts.get(address) ?? 0) + 1);
  expect(new Set(counts.values())).toEqual(new Set([5]));
  expect(prober.counts()).toMatchObject({ up: 300, unknown: 300, lateCount: 0 });
  expect(prober.counts().atOnce).toBeLessThan(170);
});

it('never opens more sockets than allowed; the late ones are counted, none is left out', () => {
  const world = fakeWorld({ atOnceMax: 10 });
  const targets = some(100);
  for (const { address } of targets) world.behave(address, 'silent');
  world.prober.start();
  world.prober.follow(mapOf(targets));
  pass(20_000);
  expect(world.openMax).toBe(10);
  expect(new Set(world.asked.map(({ address }) => address)).size).toBe(100);
  expect(world.prober.counts().lateCount).toBeGreaterThan(0);
});

it('time in which our loop stood still is not the time of the targets', () => {
  const { prober, asked, behave, told } = fakeWorld();
  behave('192.0.2.1', 'silent');
  prober.add(tcp('192.0.2.1'));
  prober.start();
  while (asked.length === 0) pass(1);
  const timedOut = () => prober.state('tcp 192.0.2.1 80')?.reason === 'timed out';
  // All at once 900 ms later, as after a long parse.
  const now = performance.now.bind(performance);
  const stalled = vi.spyOn(performance, 'now').mockImplementation(() => now() + 900);
  pass(900);
  expect(timedOut()).toBe(false);
  pass(200);
  expect(timedOut()).toBe(true);
  stalled.mockRestore();
  expect(told).toEqual([]);
});

it('after a stall nobody is asked twice in a hurry: that would be one failure counted twice', () => {
  const { prober, asked } = fakeWorld();
  prober.follow(mapOf(some(20)));
  prober.start();
  pass(4000);
  const now = performance.now.bind(performance);
  const stalled = vi.spyOn(performance, 'now').mockImplementation(() => now() + 1900);
  pass(10_000);
  const lastMs = new Map<string, number>();
  for (const { address, atMs } of asked) {
    expect(atMs - (lastMs.get(address) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(1000);
    lastMs.set(address, atMs);
  }
  stalled.mockRestore();
});

it('a wall clock that jumps changes nothing', () => {
  const { prober, asked } = fakeWorld();
  prober.add(tcp('192.0.2.1'));
  prober.start();
  pass(10_000);
  vi.setSystemTime(Date.now() + 10 * 365 * 86_400_000);
  pass(10_000);
  vi.setSystemTime(0);
  pass(10_000);
  expect(asked.length).toBe(15);
});
