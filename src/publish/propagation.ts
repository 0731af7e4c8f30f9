/**
 * How long a change took on its way, hop by hop, over the last changes:
 *
 *   seen      from the cause in the member (the slice's last-change-trigger-time, by the wall clocks
 *             of both sides) until its event was here
 *   decided   from the event until the service was decided anew
 *   stored    from there until the store has it
 *   served    from there until this process answers from it
 *   endToEnd  a record of our own, written and asked for over the wire (canary.ts)
 */

export const HOPS = ['seen', 'decided', 'stored', 'served', 'endToEnd'] as const;
export type Hop = (typeof HOPS)[number];

/** Samples of each hop that the quantiles speak of. */
const SAMPLES_MAX = 1000;

export interface HopTimes {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export class Propagation {
  /** Called with each sample: for histograms. */
  onSample: (hop: Hop, ms: number) => void = () => undefined;
  readonly #samples = new Map<Hop, number[]>();
  readonly #counts = new Map<Hop, number>();

  /** Clocks of two machines may differ: what comes before its cause took no time. */
  took(hop: Hop, ms: number): void {
    const tookMs = Math.max(0, ms);
    const samples = this.#samples.get(hop) ?? [];
    this.#samples.set(hop, samples);
    const count = this.#counts.get(hop) ?? 0;
    samples[count % SAMPLES_MAX] = tookMs;
    this.#counts.set(hop, count + 1);
    this.onSample(hop, tookMs);
  }

  /** undefined: nothing was changed yet. */
  times(hop: Hop): HopTimes | undefined {
    const samples = this.#samples.get(hop);
    if (samples === undefined) return undefined;
    const sorted = [...samples].sort((left, right) => left - right);
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    return { count: this.#counts.get(hop) ?? 0, p50Ms: at(0.5), p99Ms: at(0.99) };
  }
}
