/**
 * Random zones: what NSD and Knot agree on is what we answer. Seeds are fixed, so that a difference
 * is found again; its line names seed and question (`run.ts --seed N --zones 1` asks them alone).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCorruptingProxy } from '../conformance/corrupting/corrupting-proxy.ts';
import { corruptions } from '../conformance/corrupting/corruptions.ts';
import { startFedns } from '../conformance/fedns.ts';
import type { DnsServer } from '../lab/dns-server.ts';
import { startKnot } from '../lab/knot.ts';
import { startNsd } from '../lab/nsd.ts';
import { compareServers, describeComparison, OUTCOMES } from './compare-servers.ts';
import { generateZone } from './generate-zone.ts';

const ZONES = 500;
const QUESTIONS = 200;
const FIRST_SEED = 1;

const zones = Array.from({ length: ZONES }, (_, index) =>
  generateZone(FIRST_SEED + index, QUESTIONS),
);
const texts = zones.map((each) => each.zone);

describe('five hundred random zones', () => {
  let nsd: DnsServer;
  let knot: DnsServer;
  beforeAll(async () => {
    [nsd, knot] = await Promise.all([startNsd(texts), startKnot(texts)]);
  }, 60_000);
  afterAll(() => Promise.all([nsd?.stop(), knot?.stop()]));

  test('each kind of answer has its share, the witnesses agree', { timeout: 120_000 }, async () => {
    const result = await compareServers(zones, { witnesses: [nsd, knot] });
    process.stderr.write(`${describeComparison(result)}\n`);
    expect(result.agreed).toBeGreaterThan(0.99 * result.asked);
    for (const outcome of OUTCOMES) {
      const share = (result.outcomes.get(outcome) ?? 0) / result.agreed;
      expect(share, outcome).toBeGreaterThanOrEqual(0.01);
    }
  });

  test.each(['AA turned', 'rcode 3 becomes 0', 'SOA missing', 'TTL plus one', 'glue missing'])(
    'a server that is wrong is seen: %s',
    { timeout: 60_000 },
    async (name) => {
      const proxy = await startCorruptingProxy(nsd);
      proxy.use(corruptions.find((each) => each.name === name));
      const result = await compareServers(zones.slice(0, 10), {
        witnesses: [nsd, knot],
        trial: proxy,
      });
      proxy.stop();
      expect(result.differences.length).toBeGreaterThan(0);
    },
  );

  test('fedns answers as they do', { timeout: 120_000 }, async () => {
    const fedns = await startFedns(texts);
    const result = await compareServers(zones, { witnesses: [nsd, knot], trial: fedns });
    await fedns.stop();
    expect(result.agreed).toBeGreaterThan(0.99 * result.asked);
    expect(result.differences).toEqual([]);
  });
});
