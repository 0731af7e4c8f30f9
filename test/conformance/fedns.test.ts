/**
 * Our own server passes every MUST of the suite, and every SHOULD but those argued here (R1: one at
 * most).
 */
import { afterAll, expect, test } from 'vitest';
import type { DnsServer } from '../lab/dns-server.ts';
import { allCases } from './cases/index.ts';
import { startFedns } from './fedns.ts';
import { runCases } from './runner.ts';
import { zones } from './zone.ts';

/** Case to the argument why we do otherwise. */
const argued: Readonly<Record<string, string>> = {};

const running: DnsServer[] = [];
afterAll(() => Promise.all(running.map((server) => server.stop())));

// Both loopbacks: sockets of the two families are bound, read and answered apart.
test.concurrent.each(['127.0.0.1', '::1'])(
  'fedns passes the protocol suite on %s',
  { timeout: 120_000 },
  async (host) => {
    expect(Object.keys(argued).length).toBeLessThanOrEqual(1);
    const server = await startFedns(zones, host);
    running.push(server);
    const failures = await runCases(allCases, server);
    expect(failures.filter((each) => !(each.id in argued))).toEqual([]);
    const failed = new Set(failures.map((each) => each.id));
    expect(Object.keys(argued).filter((id) => !failed.has(id))).toEqual([]);
    expect(server.alive()).toBe(true);
  },
);
