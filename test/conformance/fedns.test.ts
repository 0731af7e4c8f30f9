/**
 * Our own server passes every MUST of the suite, and every SHOULD but those argued here (R1: one at
 * most).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DnsServer } from '../lab/dns-server.ts';
import { allCases } from './cases/index.ts';
import { startFedns } from './fedns.ts';
import { runCases } from './runner.ts';
import { zones } from './zone.ts';

/** Case to the argument why we do otherwise. */
const argued: Readonly<Record<string, string>> = {};

let server: DnsServer;
beforeAll(async () => {
  server = await startFedns(zones);
}, 60_000);
afterAll(() => server?.stop());

test('fedns passes the protocol suite', { timeout: 120_000 }, async () => {
  expect(Object.keys(argued).length).toBeLessThanOrEqual(1);
  const failures = await runCases(allCases, server);
  expect(failures.filter((each) => !(each.id in argued))).toEqual([]);
  expect(server.alive()).toBe(true);
});
