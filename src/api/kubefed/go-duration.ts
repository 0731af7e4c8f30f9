/**
 * Durations as KubeFed's settings say them: `20s`, `1m30s`, `1.5h`. Milliseconds, perhaps not whole.
 *
 * Source: Go time.ParseDuration, of which a minus and a bare 0 are no settings of ours.
 */

const PART = /([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)/y;

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
/** Go counts nanoseconds in 63 bits: some 292 years. */
export const GO_DURATION_MS_MAX = 2 ** 63 / 1e6;

/** undefined: it is none. */
export function readGoDuration(text: string): number | undefined {
  let durationMs = 0;
  const start = text.startsWith('+') ? 1 : 0;
  let offset = start;
  while (offset < text.length) {
    PART.lastIndex = offset;
    const part = PART.exec(text);
    if (part === null) return undefined;
    durationMs += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? Number.NaN);
    offset = PART.lastIndex;
  }
  return offset > start && durationMs < GO_DURATION_MS_MAX ? durationMs : undefined;
}
