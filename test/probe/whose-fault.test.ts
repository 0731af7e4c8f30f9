/** Whether a failure is the target's or ours, and how many fell together. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { probeKey } from '../../src/probe/address-prober.ts';
import { fakeWorld, mapOf, pass, some, tcp } from './fake-world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('our own failures are no samples: nothing falls, and we say so', () => {
  const { prober, behave, told } = fakeWorld();
  const targets = some(10);
  prober.start();
  prober.follow(mapOf(targets));
  pass(4000);
  expect(prober.counts()).toMatchObject({ up: 10, selfTrouble: false, localCount: 0 });
  for (const { address } of targets.slice(0, 5)) behave(address, 'local');
  pass(8000);
  expect(prober.counts().selfTrouble).toBe(false);
  behave(targets[5]?.address ?? '', 'local');
  pass(8000);
  expect(prober.counts()).toMatchObject({ up: 10, selfTrouble: true });
  expect(prober.counts().localCount).toBeGreaterThanOrEqual(40);
  expect(told.length).toBe(10);
  for (const { address } of targets) behave(address, 'good');
  pass(8000);
  expect(prober.counts()).toMatchObject({ up: 10, selfTrouble: false });
});

it('no route to one is its fault, no route to any is ours; each address family by itself', () => {
  const { prober, behave } = fakeWorld();
  const ipv4 = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
  const ipv6 = ['2001:db8::1', '2001:db8::2'];
  for (const address of [...ipv4, ...ipv6]) prober.add(tcp(address));
  prober.start();
  pass(4000);
  for (const address of ['192.0.2.1', ...ipv6]) behave(address, 'no-route');
  pass(20_000);
  const verdicts = [...ipv4, ...ipv6].map(
    (address) => prober.state(probeKey(tcp(address)))?.verdict,
  );
  expect(verdicts).toEqual(['down', 'up', 'up', 'up', 'up']);
  for (const address of ipv4) behave(address, 'no-route');
  pass(20_000);
  expect(prober.counts()).toMatchObject({ up: 4, down: 1, selfTrouble: true });
});

it('a family that never worked from here is no trouble', () => {
  const { prober, behave } = fakeWorld();
  const ipv6 = ['2001:db8::1', '2001:db8::2', '2001:db8::3'];
  for (const address of ipv6) behave(address, 'no-route');
  for (const address of ['192.0.2.1', ...ipv6]) prober.add(tcp(address));
  prober.start();
  pass(20_000);
  expect(prober.counts()).toMatchObject({ up: 1, unknown: 3, selfTrouble: false });
  expect(prober.state(probeKey(tcp('2001:db8::1')))?.reason).toBe('no-route');
});

it('tells which share fell lately, and who is in doubt before', () => {
  const { prober, behave, told } = fakeWorld();
  const targets = some(10);
  const never = tcp('192.0.2.1');
  behave(never.address, 'bad');
  prober.start();
  prober.follow(mapOf([...targets, never]));
  pass(4000);
  expect([prober.downShare(), prober.counts().inDoubt]).toEqual([0, 0]);
  for (const { address } of targets.slice(0, 4)) behave(address, 'bad');
  pass(2100);
  expect([prober.downShare(), prober.counts().inDoubt]).toEqual([0, 4]);
  pass(4000);
  expect([prober.downShare(), prober.counts().inDoubt]).toEqual([0.4, 0]);
  behave(targets[0]?.address ?? '', 'good');
  pass(6000);
  expect(prober.downShare()).toBe(0.3);
  pass(30_000);
  expect(prober.downShare()).toBe(0);
  expect(prober.counts()).toMatchObject({ up: 7, down: 3, unknown: 1 });
  expect(told.length).toBe(10 + 4 + 1);
});

it('may be called back into while it tells', () => {
  const world = fakeWorld();
  const { prober, behave, asked } = world;
  const targets = some(50);
  prober.start();
  prober.follow(mapOf(targets));
  pass(4000);
  for (const { address } of targets) behave(address, 'silent');
  world.onTold = () => prober.follow(new Map());
  pass(7000);
  const { length } = asked;
  pass(10_000);
  expect([asked.length, world.openCount(), world.told.length]).toEqual([length, 0, 51]);
  expect(prober.counts()).toMatchObject({ up: 0, down: 0, unknown: 0, inDoubt: 0, atOnce: 0 });
  expect(prober.downShare()).toBe(0);
});
