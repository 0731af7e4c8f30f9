/** Whom the prober asks: each target once however many want it, until nobody does. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AddressProber,
  PROBE_DEFAULTS,
  type ProbeTarget,
  probeKey,
} from '../../src/probe/address-prober.ts';
import { fakeWorld, mapOf, pass, some, tcp } from './fake-world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the key of a target', () => {
  const check = { kind: 'http', path: '/ready', statuses: [200, 299] } as const;
  const http = { address: '192.0.2.1', port: 80, check } as const;
  it.each<[string, ProbeTarget, boolean]>([
    ['the same again', { ...http, check: { ...check } }, true],
    ['another port', { ...http, port: 81 }, false],
    ['another path', { ...http, check: { ...check, path: '/' } }, false],
    ['other statuses', { ...http, check: { ...check, statuses: [200, 399] } }, false],
    ['TLS', { ...http, check: { ...check, kind: 'https' } }, false],
    ['a host', { ...http, check: { ...check, host: 'a.example' } }, false],
    ['a TLS name', { ...http, check: { ...check, tlsName: 'a.example' } }, false],
    ['no headers', { ...http, check: { ...check, headers: {} } }, true],
    ['a header', { ...http, check: { ...check, headers: { a: 'b' } } }, false],
  ])('%s', (_, target, isSame) => {
    expect(probeKey(target) === probeKey(http)).toBe(isSame);
  });

  it('does not depend on the order or case of headers', () => {
    const withHeaders = (headers: Record<string, string>) =>
      probeKey({ ...http, check: { ...check, headers } });
    expect(withHeaders({ A: '1', b: '2' })).toBe(withHeaders({ B: '2', a: '1' }));
  });
});

it('an address wanted twice once a period, until it is let go twice', () => {
  const { prober, asked } = fakeWorld();
  const target = tcp('192.0.2.1');
  prober.add(target);
  prober.add({ ...target });
  prober.start();
  pass(20_000);
  expect(asked.length).toBe(10);
  prober.remove(probeKey(target));
  pass(20_000);
  expect(asked.length).toBe(20);
  prober.remove(probeKey(target));
  prober.remove(probeKey(target));
  pass(20_000);
  expect(asked.length).toBe(20);
  expect(prober.state(probeKey(target))).toBeUndefined();
  expect(prober.counts()).toMatchObject({ up: 0, down: 0, unknown: 0 });
});

it('just those of the last follow, and what add holds', () => {
  const { prober } = fakeWorld();
  const [a, b, c] = some(3) as [ProbeTarget, ProbeTarget, ProbeTarget];
  const isKnown = () => [a, b, c].map((one) => prober.state(probeKey(one)) !== undefined);
  prober.start();
  prober.follow(mapOf([a, b]));
  prober.add(b);
  expect(isKnown()).toEqual([true, true, false]);
  prober.follow(mapOf([c]));
  expect(isKnown()).toEqual([false, true, true]);
  prober.remove(probeKey(b));
  expect(isKnown()).toEqual([false, false, true]);
  prober.follow(mapOf([a, b, c]));
  prober.follow(mapOf([b, c]));
  expect(isKnown()).toEqual([false, true, true]);
  expect(prober.counts().unknown).toBe(2);
});

it('keeps its verdict through a follow that keeps it', () => {
  const { prober } = fakeWorld();
  const [a, b] = some(2) as [ProbeTarget, ProbeTarget];
  prober.start();
  prober.follow(mapOf([a]));
  pass(4000);
  prober.follow(mapOf([a, b]));
  expect(prober.state(probeKey(a))?.verdict).toBe('up');
  prober.follow(mapOf([b]));
  prober.follow(mapOf([a, b]));
  expect(prober.state(probeKey(a))?.verdict).toBe('unknown');
});

it('an answer to a target let go meanwhile changes nothing', () => {
  const { prober, asked, told, openCount } = fakeWorld();
  const target = tcp('192.0.2.1');
  prober.add(target);
  prober.start();
  while (asked.length === 0) pass(1);
  prober.remove(probeKey(target));
  expect(openCount()).toBe(0);
  pass(5000);
  expect([told, asked.length]).toEqual([[], 1]);
});

it('an asker that tells twice, or after it was given up, is heard once or not at all', () => {
  const tells: (() => void)[] = [];
  const prober = new AddressProber({
    settings: { ...PROBE_DEFAULTS, fall: 1 },
    onVerdict: () => {},
    random: () => 0.5,
    connect: (_, tell) => {
      tells.push(() => tell({ kind: 'good', reason: 'connected' }));
      return () => {};
    },
  });
  prober.add(tcp('192.0.2.1'));
  prober.start();
  pass(2100);
  // The first was given up after 1 s.
  tells[0]?.();
  expect(prober.counts()).toMatchObject({ up: 0, unknown: 1 });
  pass(4000);
  tells.at(-1)?.();
  tells.at(-1)?.();
  pass(6000);
  expect(tells.length).toBe(prober.counts().probesSent);
  expect(tells.length).toBeLessThanOrEqual(7);
});

it('nobody after stop, all again after start, and verdicts stay', async () => {
  const { prober, asked, openCount } = fakeWorld();
  prober.follow(mapOf(some(50)));
  pass(5000);
  expect(asked.length).toBe(0);
  prober.start();
  pass(2010);
  await prober.stop();
  expect([asked.length, openCount()]).toEqual([50, 0]);
  pass(10_000);
  expect(asked.length).toBe(50);
  expect(prober.counts().up).toBeGreaterThan(45);
  prober.start();
  pass(2010);
  expect(asked.length).toBe(100);
});
