/** Whether the prober does what it is there for: from its counts, looked at now and then. */

import { PROBE_LATE_SHARE, PROBE_TROUBLE_MS } from './limits.ts';
import type { ProbeCounts } from './probe-tally.ts';

type Looked = Pick<ProbeCounts, 'probesSent' | 'lateCount' | 'selfTrouble'>;

export class ProbeTrouble {
  #windowMs = Number.NEGATIVE_INFINITY;
  #sentCount = 0;
  #lateCount = 0;
  #isLate = false;
  #diedMs = Number.NEGATIVE_INFINITY;

  /** The thread ended: trouble until its replacement has lived for a window. */
  died(nowMs: number): void {
    this.#diedMs = nowMs;
  }

  /** One line; undefined: none. Monotonic ms; counts that only grow. */
  look({ probesSent, lateCount, selfTrouble }: Looked, nowMs: number): string | undefined {
    if (nowMs - this.#windowMs >= PROBE_TROUBLE_MS) {
      const late = lateCount - this.#lateCount;
      this.#isLate = late > 0 && late > PROBE_LATE_SHARE * (probesSent - this.#sentCount);
      this.#windowMs = nowMs;
      this.#sentCount = probesSent;
      this.#lateCount = lateCount;
    }
    if (nowMs - this.#diedMs < PROBE_TROUBLE_MS) return 'the probing thread died';
    if (selfTrouble) return 'most probes cannot be sent from here';
    return this.#isLate ? 'many probes are sent far later than they are due' : undefined;
  }
}
