/**
 * Signal one, by consecutive opposite samples: a member is lost after so many failures in a row,
 * fresh again after so many successes in a row. (KubeFed counted the age of the published state,
 * so that one failure after three good probes turned a cluster at once: kubefed#1496.) Pure.
 */

export interface ApiSample {
  readonly isGood: boolean;
  readonly nowMs: number;
}

export interface SignalThresholds {
  readonly fall: number;
  readonly rise: number;
}

export class ApiSignalCounter {
  readonly #thresholds: SignalThresholds;
  #signal: 'fresh' | 'lost' = 'lost';
  #sinceMs: number;
  #opposite = 0;
  #isFirst = true;

  /** Lost until a sample says otherwise; the very first good one is believed at once. */
  constructor(thresholds: SignalThresholds, nowMs: number) {
    this.#thresholds = thresholds;
    this.#sinceMs = nowMs;
  }

  get signal(): 'fresh' | 'lost' {
    return this.#signal;
  }

  /** Fresh, but the last sample was against it. */
  get isInDoubt(): boolean {
    return this.#signal === 'fresh' && this.#opposite > 0;
  }

  /** Monotonic, ms. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Gives whether the signal turned. */
  take({ isGood, nowMs }: ApiSample): boolean {
    const isOpposite = isGood === (this.#signal === 'lost');
    this.#opposite = isOpposite ? this.#opposite + 1 : 0;
    const { fall, rise } = this.#thresholds;
    const needed = this.#signal === 'fresh' ? fall : this.#isFirst ? 1 : rise;
    if (this.#opposite < needed) return false;
    this.#signal = isGood ? 'fresh' : 'lost';
    this.#sinceMs = nowMs;
    this.#opposite = 0;
    this.#isFirst = false;
    return true;
  }
}
