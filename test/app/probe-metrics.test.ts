/** What the metrics page says of the probes: counters that grow, gauges that follow. */

import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { registerProbeMetrics } from '../../src/app/control/members/probe-metrics.ts';
import type { ProbeCounts } from '../../src/probe/probe-tally.ts';

const COUNTS: ProbeCounts = {
  ...{ up: 3, down: 2, unknown: 1, inDoubt: 1, atOnce: 7, roundMs: 2500, selfTrouble: false },
  ...{ probesSent: 100, lateCount: 4, localCount: 5, goodCount: 60, badCount: 30 },
};

it('says where they stand, what was asked and how, and how often the thread was replaced', async () => {
  const registry = new Registry();
  const probes = { counts: () => COUNTS, replacedCount: 2 };
  registerProbeMetrics(registry, probes);
  await registry.metrics();
  const lines = (await registry.metrics()).split('\n');
  for (const line of [
    'fedns_probe_addresses{verdict="up"} 3',
    'fedns_probe_addresses{verdict="down"} 2',
    'fedns_probe_addresses{verdict="unknown"} 1',
    'fedns_probe_in_doubt 1',
    'fedns_probe_open 7',
    'fedns_probe_round_seconds 2.5',
    'fedns_probe_sent_total 100',
    'fedns_probe_late_total 4',
    'fedns_probe_answers_total{outcome="good"} 60',
    'fedns_probe_answers_total{outcome="bad"} 30',
    'fedns_probe_answers_total{outcome="local"} 5',
    'fedns_probe_thread_restarts_total 2',
  ]) {
    expect(lines).toContain(line);
  }
});
