/** The delays of all event loops as one metric; apart, so that answering threads load no metrics. */

import { Gauge, type Registry } from 'prom-client';
import { EventLoopDelay, type LoopDelay } from './event-loop-delay.ts';

/** The main thread's, since the last reading, and what the others say of theirs. */
export function registerEventLoopDelay(
  registry: Registry,
  others: () => readonly (readonly [thread: string, delay: LoopDelay])[],
): void {
  const own = new EventLoopDelay();
  new Gauge({
    name: 'fedns_event_loop_delay_seconds',
    help: 'Delay of a thread: main since the last reading, others over their last ten seconds at most.',
    labelNames: ['thread', 'quantile'],
    registers: [registry],
    collect() {
      for (const [thread, delay] of [['main', own.read()] as const, ...others()]) {
        this.set({ thread, quantile: '0.99' }, delay.p99Seconds);
        this.set({ thread, quantile: '1' }, delay.maxSeconds);
      }
      own.reset();
    },
  });
}
