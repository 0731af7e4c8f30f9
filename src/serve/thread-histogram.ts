/**
 * A Prometheus histogram over counts that the answering threads keep: read at scrape time.
 * prom-client's own takes single observations, one call each; here there are none.
 */

import { Histogram, type Registry } from 'prom-client';

/** One labelled series: counts per bound, the last for what is larger, and the sum of values. */
export interface HistogramSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly counts: readonly number[];
  readonly sum: number;
}

export interface ThreadHistogram {
  readonly name: string;
  readonly help: string;
  /** Upper bounds in the unit of the name. */
  readonly bounds: readonly number[];
  readonly read: () => readonly HistogramSeries[];
}

export function registerThreadHistogram(registry: Registry, source: ThreadHistogram): void {
  const { name, help, bounds, read } = source;
  const histogram = new Histogram({ name, help, buckets: [...bounds], registers: [registry] });
  const values = async () => ({
    ...(await new Histogram({ name, help, registers: [] }).get()),
    values: read().flatMap((series) => rowsOf(name, bounds, series)),
  });
  // The registry asks an instance by these two; all else of it stays prom-client's.
  Object.assign(histogram, { get: values, getForPromString: values });
}

function rowsOf(name: string, bounds: readonly number[], series: HistogramSeries) {
  const { labels, counts, sum } = series;
  let below = 0;
  const buckets = counts.map((count, index) => {
    below += count;
    const bound = bounds[index];
    const le = bound === undefined ? '+Inf' : String(bound);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: { ...labels }, value: sum },
    { metricName: `${name}_count`, labels: { ...labels }, value: below },
  ];
}
