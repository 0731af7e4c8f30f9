/**
 * R2: twenty-one thousand mutated packets, three seeds: no crash, no uncaught exception, memory
 * flat, every reply readable. NSD first, to prove that the client asks nothing unfair.
 */
import { expect, test } from 'vitest';
import { startNsd } from '../../lab/nsd.ts';
import { startFedns } from '../fedns.ts';
import { zones } from '../zone.ts';
import { fuzz } from './fuzz-client.ts';
import { fuzzFedns } from './fuzz-fedns.ts';

test('NSD survives the same, its replies are readable', { timeout: 60_000 }, async () => {
  const server = await startNsd(zones);
  const report = await fuzz(server, { seed: 1, packets: 4000 });
  expect(report.faults).toEqual([]);
  expect(report.answered).toBeGreaterThan(report.sent / 20);
  expect(server.alive()).toBe(true);
  await server.stop();
});

test('fedns survives twenty-one thousand', { timeout: 120_000 }, async () => {
  const server = await startFedns(zones);
  await fuzzFedns(server, { seeds: [1, 2, 3], packetsEach: 7000 });
  await server.stop();
});
