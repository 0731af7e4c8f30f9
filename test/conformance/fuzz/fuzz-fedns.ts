/**
 * The fuzz with our own promises around it: the same process at the end, nothing uncaught in its
 * log, resident memory flat (R2).
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { DnsServer } from '../../lab/dns-server.ts';
import { fuzz } from './fuzz-client.ts';

const PAGE_OCTETS = 4096;
const GROWTH_MAX = 20 * 1024 * 1024;
/** Compiled code, pools and caches come with the first packets of each kind. */
const WARM_UP_PACKETS = 3000;

export interface FuzzPlan {
  readonly seeds: readonly number[];
  readonly packetsEach: number;
}

export async function fuzzFedns(server: DnsServer, plan: FuzzPlan): Promise<void> {
  await fuzz(server, { seed: 99, packets: WARM_UP_PACKETS });
  const before = residentOctets(server.pid);
  for (const seed of plan.seeds) {
    const report = await fuzz(server, { seed, packets: plan.packetsEach });
    const { sent, answered, silent, sentOverTcp, answeredOverTcp } = report;
    process.stderr.write(
      `fuzz seed ${seed}: ${sent} sent, ${answered} answered, ${silent} silent over UDP; ` +
        `${answeredOverTcp} of ${sentOverTcp} answered over TCP\n`,
    );
    expect(report.faults).toEqual([]);
  }
  const grown = residentOctets(server.pid) - before;
  process.stderr.write(`fuzz: resident memory grew by ${(grown / 1048576).toFixed(1)} MB\n`);
  expect(server.alive()).toBe(true);
  expect(server.log()).not.toMatch(/uncaught|unhandled|"level":"(error|fatal)"|"level":[56]0/i);
  expect(grown).toBeLessThan(GROWTH_MAX);
}

function residentOctets(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_OCTETS;
}
