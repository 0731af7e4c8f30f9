/** What an operator may choose about probes. */

export interface ProbeSettings {
  readonly periodMs: number;
  readonly timeoutMs: number;
  /** Failures in a row that turn up into down. */
  readonly fall: number;
  /** Successes in a row that turn down into up. */
  readonly rise: number;
  /** Sockets open at the same time. */
  readonly atOnceMax: number;
}

export const PROBE_DEFAULTS: ProbeSettings = {
  periodMs: 2000,
  timeoutMs: 1000,
  fall: 3,
  rise: 2,
  // All that can be started within the time-out: even if nobody answers the rate is kept.
  atOnceMax: 4096,
};
