/** The pages of the reading window: /health, /ready, /metrics. */

import { Gauge, type Registry } from 'prom-client';
import type { Page, Pages } from '../../admin/http-server.ts';
import { formatName } from '../../dns/name.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import { registerEventLoopDelay } from '../../runtime/thread/event-loop-metrics.ts';
import type { DnsServer } from '../dns-server.ts';
import { productVersion } from '../product-version.ts';

export interface AdminSource {
  readonly dns: DnsServer;
  readonly alarms: Alarms;
}

export function adminPages({ dns, alarms }: AdminSource, registry: Registry): Pages {
  registerStoreMetrics(dns, registry);
  registerImageMetrics(dns, registry);
  registerOwnFacts(alarms, registry);
  registerEventLoopDelay(registry, () =>
    dns.threads.counters.map((one, index) => [
      `answering-${index}`,
      {
        p99Seconds: one.single('loopDelayP99Seconds'),
        maxSeconds: one.single('loopDelayMaxSeconds'),
      },
    ]),
  );
  return statusPages(registry, () => readiness(dns));
}

/** /health, /ready, /metrics; ready at once where nothing is said of it. */
export function statusPages(
  registry: Registry,
  ready: () => Page = () => text(200, 'ready\n'),
): Pages {
  const metrics = async (): Promise<Page> => ({
    status: 200,
    type: 'text/plain; version=0.0.4',
    body: await registry.metrics(),
  });
  const pages: [string, () => Page | Promise<Page>][] = [
    ['GET /health', () => text(200, 'ok\n')],
    ['GET /ready', ready],
    ['GET /metrics', metrics],
  ];
  return new Map(pages);
}

function readiness(dns: DnsServer): Page {
  if (!dns.isReady) return text(503, 'not ready: zones are not loaded\n');
  if (dns.listenAddresses.length === 0) return text(503, 'not ready: not listening yet\n');
  return text(200, 'ready\n');
}

function gaugesIn(registry: Registry) {
  return (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
}

function registerStoreMetrics(dns: DnsServer, registry: Registry): void {
  const gauge = gaugesIn(registry);
  gauge(
    'fedns_store_revision',
    'Store revision that is served.',
    () => dns.follower.status.revision,
  );
  gauge(
    'fedns_store_contact_age_seconds',
    'Time since the store was heard.',
    () => (performance.now() - dns.follower.status.contactAt) / 1000,
  );
  gauge('fedns_store_stale', '1: out of contact for longer than staleAfter.', () =>
    Number(dns.follower.status.isStale),
  );
  gauge(
    'fedns_store_skipped_values',
    'Values found unreadable since the start.',
    () => dns.follower.status.skippedCount,
  );
  gauge('fedns_held_removals', 'Names kept answering although the store has them no more.', () =>
    dns.follower.status.holds.reduce((count, hold) => count + hold.heldNames, 0),
  );
  gauge(
    'fedns_capped_names',
    'Owner names of which only a part of the records is served.',
    () => dns.follower.status.cappedCount,
  );
}

function registerImageMetrics(dns: DnsServer, registry: Registry): void {
  const gauge = gaugesIn(registry);
  gauge(
    'fedns_image_lag_seconds',
    'How long an event of the store has been in the making into answers; 0: none is.',
    () => dns.follower.status.lagMs / 1000,
  );
  gauge(
    'fedns_image_octets',
    'Memory of the images, shared by all answering threads.',
    () => dns.feed.images.space.takenOctets,
  );
  gauge('fedns_image_generation', 'Images published by this process.', () => dns.feed.generation);
  new Gauge({
    name: 'fedns_zone_names',
    help: 'Owner names served.',
    labelNames: ['zone'],
    registers: [registry],
    collect() {
      for (const apex of dns.apexes)
        this.set({ zone: formatName(apex) }, dns.feed.ownerCount(apex));
    },
  });
  new Gauge({
    name: 'fedns_zone_serial',
    help: 'SOA serial served.',
    labelNames: ['zone'],
    registers: [registry],
    collect() {
      for (const apex of dns.apexes)
        this.set({ zone: formatName(apex) }, dns.feed.serial(apex) ?? 0);
    },
  });
}

/** What every process of ours says: its version, and what a person must act on. */
export function registerOwnFacts(alarms: Alarms, registry: Registry): void {
  new Gauge({
    name: 'fedns_build_info',
    help: 'Version.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: productVersion(), node: process.versions.node }, 1);
  new Gauge({
    name: 'fedns_alarm',
    help: '1 for each condition in which a person must act.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const reason of alarms.active) this.set({ reason }, 1);
    },
  });
}

function text(status: number, body: string): Page {
  return { status, type: 'text/plain', body };
}
