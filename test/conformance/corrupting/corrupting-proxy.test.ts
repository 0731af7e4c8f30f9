/**
 * The suite sees every fault: a proxy before a good server breaks one thing at a time, and some
 * case fails each time; when it breaks nothing, none does.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DnsServer } from '../../lab/dns-server.ts';
import { startNsd } from '../../lab/nsd.ts';
import { allCases } from '../cases/index.ts';
import { type Case, runCases } from '../runner.ts';
import { zones } from '../zone.ts';
import { type CorruptingProxy, startCorruptingProxy } from './corrupting-proxy.ts';
import { corruptions } from './corruptions.ts';

/** What NSD with minimal answers itself does not do must not pass for a fault that was seen. */
const OWN_FAULTS = new Set([
  'unusual: an error’s header is built, not echoed',
  'data: addresses of MX',
  'data: addresses of SRV',
]);
/** Cases that wait for idle connections or load the server would only make this slow. */
const isQuick = (each: Case) =>
  each.when !== 'alone' && !/ended|stays a while/.test(each.id) && !OWN_FAULTS.has(each.id);
const overUdp = (each: Case) => each.when !== 'stream' && isQuick(each);
const overTcp = (each: Case) => each.when === 'stream' && isQuick(each);

describe('a corrupted server', () => {
  let server: DnsServer;
  let proxy: CorruptingProxy;
  beforeAll(async () => {
    server = await startNsd(zones, { minimal: true });
    proxy = await startCorruptingProxy(server);
  });
  afterAll(async () => {
    proxy.stop();
    await server.stop();
  });

  test('is not found where nothing is broken', { timeout: 60_000 }, async () => {
    proxy.use(undefined);
    expect(await runCases(allCases, proxy, { only: isQuick })).toEqual([]);
    expect(proxy.changed()).toBe(0);
  });

  test('there are at least sixty faults', () => {
    expect(corruptions.length).toBeGreaterThanOrEqual(60);
    expect(new Set(corruptions.map((each) => each.name)).size).toBe(corruptions.length);
  });

  test.each(corruptions)('is found: $name', { timeout: 30_000 }, async (corruption) => {
    proxy.use(corruption);
    const only = corruption.stream === undefined ? overUdp : overTcp;
    const failures = await runCases(allCases, proxy, { only, stopAtFirst: true });
    expect(proxy.changed()).toBeGreaterThan(0);
    expect(failures.length).toBeGreaterThan(0);
  });
});
