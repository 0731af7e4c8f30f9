/**
 * How long the main thread kept its event loop waiting, as a metric: watches, JSON and images are
 * worked on there, in slices, and this shows whether the slices are short enough.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** A timer this often is what is measured, ms. */
const RESOLUTION_MS = 10;

/** Each reading covers the time since the one before. */
export function registerEventLoopDelay(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  new Gauge({
    name: 'fedns_event_loop_delay_seconds',
    help: 'Delay of the main thread since the last reading.',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      // What is recorded is the whole time between two timers.
      const seconds = (ns: number) => Math.max(0, ns / 1e9 - RESOLUTION_MS / 1000);
      this.set({ quantile: '0.99' }, seconds(delay.percentile(99)));
      this.set({ quantile: '1' }, seconds(delay.max));
      delay.reset();
    },
  });
}
