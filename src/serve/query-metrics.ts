/**
 * Prometheus metrics of answering, gathered from the threads' counters when asked. Names and
 * labels as CoreDNS has them, under `fedns_dns_` (and `coredns_dns_` on wish).
 */

import { Counter, Gauge, type Registry } from 'prom-client';
import { formatRcode } from '../dns/codes.ts';
import { type DomainName, formatName } from '../dns/name.ts';
import {
  COUNTED_TYPES,
  DURATION_BOUNDS_US,
  PROTOCOLS,
  type QueryCounters,
  RCODE_SLOTS,
  SIZE_BOUNDS,
} from './answering/query-counters.ts';
import type { AnsweringThreads } from './answering-threads.ts';
import { registerThreadHistogram } from './thread-histogram.ts';

const SERVER = 'dns://';

export interface QueryMetricsSource {
  readonly threads: AnsweringThreads;
  readonly apexes: readonly DomainName[];
}

/** Registers everything under each prefix; values are read at scrape time, never pushed. */
export function registerQueryMetrics(
  registry: Registry,
  source: QueryMetricsSource,
  prefixes: readonly string[],
): void {
  const zones = [...source.apexes.map(formatName), 'dropped'];
  for (const prefix of prefixes) {
    registerRequests(registry, { ...source, zones }, prefix);
    registerResponses(registry, { ...source, zones }, prefix);
    registerHistograms(registry, source, prefix);
  }
  registerSingles(registry, source);
}

type ZonedSource = QueryMetricsSource & { readonly zones: readonly string[] };

function registerRequests(registry: Registry, source: ZonedSource, prefix: string): void {
  const types = [...COUNTED_TYPES, 'other'];
  const counter = new Counter({
    name: `${prefix}_requests_total`,
    help: 'Queries answered, by zone, protocol, family and type.',
    labelNames: ['server', 'zone', 'view', 'proto', 'family', 'type'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [zoneIndex, zone] of source.zones.entries()) {
        for (const [protocol, name] of PROTOCOLS.entries()) {
          for (const [typeIndex, type] of types.entries()) {
            const value = sum(source, (one) => one.requests(zoneIndex, protocol, typeIndex));
            const family = name.endsWith('4') ? '1' : '2';
            const labels = {
              server: SERVER,
              zone,
              view: '',
              proto: name.slice(0, 3),
              family,
              type,
            };
            if (value > 0) this.inc(labels, value);
          }
        }
      }
    },
  });
  counter.reset();
}

function registerResponses(registry: Registry, source: ZonedSource, prefix: string): void {
  const counter = new Counter({
    name: `${prefix}_responses_total`,
    help: 'Answers, by zone and rcode.',
    labelNames: ['server', 'zone', 'view', 'rcode', 'plugin'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [zoneIndex, zone] of source.zones.entries()) {
        for (let rcode = 0; rcode < RCODE_SLOTS; rcode++) {
          const value = sum(source, (one) => one.responses(zoneIndex, rcode));
          const labels = {
            server: SERVER,
            zone,
            view: '',
            rcode: formatRcode(rcode),
            plugin: 'fedns',
          };
          if (value > 0) this.inc(labels, value);
        }
      }
    },
  });
  counter.reset();
}

function registerHistograms(registry: Registry, source: QueryMetricsSource, prefix: string): void {
  const { counters } = source.threads;
  for (const side of ['request', 'response'] as const) {
    registerThreadHistogram(registry, {
      name: `${prefix}_${side}_size_bytes`,
      help: `Octets of a ${side}.`,
      bounds: SIZE_BOUNDS,
      read: () =>
        PROTOCOLS.map((proto, protocol) => ({
          labels: { server: SERVER, zone: '', view: '', proto },
          counts: total(counters.map((one) => one.sizes(side, protocol))),
          sum: sum(source, (one) => one.octets(side, protocol)),
        })),
    });
  }
  registerThreadHistogram(registry, {
    name: `${prefix}_request_duration_seconds`,
    help: 'Time to make an answer, one query in 16.',
    bounds: DURATION_BOUNDS_US.map((us) => us / 1e6),
    read: () => [
      {
        labels: { server: SERVER, zone: '', view: '' },
        counts: total(counters.map((one) => one.durations())),
        sum: sum(source, (one) => one.single('durationSumUs')) / 1e6,
      },
    ],
  });
}

/** Name, help, reading. */
const SINGLES: readonly [string, string, (one: QueryCounters) => number][] = [
  ['fedns_dns_dropped_total', 'Messages that deserved silence.', (one) => one.single('dropped')],
  [
    'fedns_dns_rate_limited_total',
    'Answers cut by the response rate limit.',
    (one) => one.single('limited'),
  ],
  ['fedns_dns_truncated_total', 'Answers with TC.', (one) => one.single('truncated')],
  [
    'fedns_dns_send_errors_total',
    'Datagrams the system refused.',
    (one) => one.single('sendErrors'),
  ],
  ['fedns_dns_panics_total', 'Queries that hit a fault of ours.', (one) => one.single('uncaught')],
  [
    'fedns_dns_tcp_connections_total',
    'TCP connections accepted.',
    (one) => one.single('tcpConnections'),
  ],
  ['fedns_dns_do_requests_total', 'Queries with the DO bit.', (one) => one.single('do')],
  [
    'fedns_dns_valid_cookies_total',
    'Queries with a valid server cookie.',
    (one) => one.single('cookiesValid'),
  ],
];

function registerSingles(registry: Registry, source: QueryMetricsSource): void {
  for (const [name, help, read] of SINGLES) {
    const counter = new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(sum(source, read));
      },
    });
    counter.reset();
  }
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('fedns_answering_threads', 'Answering threads alive.', () => source.threads.aliveCount);
  gauge(
    'fedns_answering_threads_replaced',
    'Threads replaced since the start.',
    () => source.threads.replacedCount,
  );
}

function sum(source: QueryMetricsSource, read: (one: QueryCounters) => number): number {
  return source.threads.counters.reduce((all, one) => all + read(one), 0);
}

function total(rows: readonly (readonly number[])[]): number[] {
  const first = rows[0] ?? [];
  return first.map((_, index) => rows.reduce((all, row) => all + (row[index] ?? 0), 0));
}
