/** Metrics of the probes: where the addresses stand, what was asked, and whether in time. */

import { Counter, Gauge, type Registry } from 'prom-client';
import type { ProbeCounts } from '../../../probe/probe-tally.ts';

/** What is read of a prober. */
export interface CountedProbes {
  counts(): ProbeCounts;
  readonly replacedCount: number;
}

type Read = (probes: CountedProbes) => number;

const GAUGES: readonly (readonly [name: string, help: string, read: Read])[] = [
  [
    'fedns_probe_in_doubt',
    'Addresses that are up, but whose last answer was none.',
    (probes) => probes.counts().inDoubt,
  ],
  ['fedns_probe_open', 'Probes under way.', (probes) => probes.counts().atOnce],
  [
    'fedns_probe_round_seconds',
    'Time in which each address is asked once; longer than the period where there are too many.',
    (probes) => probes.counts().roundMs / 1000,
  ],
];

const COUNTERS: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['fedns_probe_sent_total', 'Probes begun.', (probes) => probes.counts().probesSent],
  [
    'fedns_probe_late_total',
    'Of these: begun later than due by over half the time between two probes of the address.',
    (probes) => probes.counts().lateCount,
  ],
  [
    'fedns_probe_thread_restarts_total',
    'Times that the probing thread died and was replaced.',
    (probes) => probes.replacedCount,
  ],
];

export function registerProbeMetrics(registry: Registry, probes: CountedProbes): void {
  const registers = [registry];
  new Gauge({
    name: 'fedns_probe_addresses',
    help: 'Addresses probed, by verdict.',
    labelNames: ['verdict'],
    registers,
    collect() {
      const { up, down, unknown } = probes.counts();
      for (const [verdict, count] of Object.entries({ up, down, unknown }))
        this.set({ verdict }, count);
    },
  });
  new Counter({
    name: 'fedns_probe_answers_total',
    help: 'Probes by outcome: good, bad (or none in time), local (failed on our side: no sample).',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { goodCount: good, badCount: bad, localCount: local } = probes.counts();
      this.reset();
      for (const [outcome, count] of Object.entries({ good, bad, local }))
        this.inc({ outcome }, count);
    },
  });
  for (const [name, help, read] of GAUGES) {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read(probes));
      },
    });
  }
  for (const [name, help, read] of COUNTERS) {
    new Counter({
      ...{ name, help, registers },
      collect() {
        this.reset();
        this.inc(read(probes));
      },
    });
  }
}
