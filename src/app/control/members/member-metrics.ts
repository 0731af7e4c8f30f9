/** Metrics of watching members: what each has, how far it can be believed, what is made of it. */

import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Member } from '../../../members/member.ts';
import type { MemberRegistry } from '../../../members/registry.ts';
import type { MembersSource } from '../../../publish/members/members-source.ts';
import type { ServicePlans } from '../../../publish/members/service-plans.ts';
import type { Propagation } from '../../../publish/propagation.ts';
import { type CountedProbes, registerProbeMetrics } from './probe-metrics.ts';

export interface MemberMetricsSource {
  readonly registry: MemberRegistry;
  readonly source: MembersSource;
  readonly prober: CountedProbes;
  readonly propagation: Propagation;
}

type Row = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Rows {
  readonly labels: readonly string[];
  readonly read: () => Iterable<Row>;
}

/** One row a member. */
const OF_A_MEMBER: readonly (readonly [string, string, (member: Member) => number])[] = [
  [
    'fedns_member_fresh',
    '1: its API answers and its watches flow; 0: lost, its last state stays.',
    ({ status }) => Number(status.api === 'fresh'),
  ],
  [
    'fedns_member_synced',
    '1: read whole at least once by this process.',
    ({ status }) => Number(status.hasSynced),
  ],
  [
    'fedns_member_received_octets',
    'Received from its watches since the start.',
    ({ watches }) => watches.services.receivedOctets + watches.slices.receivedOctets,
  ],
];

export function registerMemberMetrics(registry: Registry, source: MemberMetricsSource): void {
  registerWatchMetrics(registry, source.registry);
  registerPublishMetrics(registry, source);
  registerProbeMetrics(registry, source.prober);
  registerPropagation(registry, source.propagation);
}

/** Seconds; from what a cache answers to what an owner calls an outage. */
const PROPAGATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

function registerPropagation(registry: Registry, propagation: Propagation): void {
  const histogram = new Histogram({
    name: 'fedns_propagation_seconds',
    help: 'How long a change took on its way, by hop: seen, decided, stored, served, endToEnd.',
    labelNames: ['hop'],
    buckets: PROPAGATION_BUCKETS,
    registers: [registry],
  });
  propagation.onSample = (hop, ms) => histogram.observe({ hop }, ms / 1000);
}

export function registerWatchMetrics(registry: Registry, members: MemberRegistry): void {
  const gauge = gaugesIn(registry);
  const joined = () => [...members.joined];
  for (const [name, help, read] of OF_A_MEMBER) {
    gauge(name, help, {
      labels: ['cluster'],
      read: () => joined().map(([cluster, { member }]): Row => [{ cluster }, read(member)]),
    });
  }
  gauge('fedns_member_objects', 'Objects held of a member.', {
    labels: ['cluster', 'kind'],
    read: () =>
      joined().flatMap(([cluster, { member }]) =>
        Object.entries(member.objects.counts).map(
          ([kind, count]): Row => [{ cluster, kind }, count],
        ),
      ),
  });
}

function registerPublishMetrics(registry: Registry, source: MemberMetricsSource): void {
  const gauge = gaugesIn(registry);
  gauge('fedns_publish_services', 'Federated services planned.', {
    labels: [],
    read: () => [[{}, source.source.plans.count]],
  });
  gauge('fedns_publish_services_refused', 'Services beyond members.servicesMax, by member.', {
    labels: ['cluster'],
    read: () => source.source.refused.map(({ cluster, refused }): Row => [{ cluster }, refused]),
  });
  gauge('fedns_publish_shards', 'Shards by cluster, in the answers or out of them.', {
    labels: ['cluster', 'state'],
    read: () => shardRows(source.source.plans),
  });
}

function gaugesIn(registry: Registry) {
  return (name: string, help: string, rows: Rows) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      labelNames: [...rows.labels],
      collect() {
        // A member that left leaves the page.
        this.reset();
        for (const [labels, value] of rows.read()) this.set({ ...labels }, value);
      },
    });
}

function shardRows({ shardCounts }: ServicePlans): Row[] {
  const rows = [...shardCounts.all()].flatMap(({ cluster, inCount, outCount }): Row[] => [
    [{ cluster, state: 'in' }, inCount],
    [{ cluster, state: 'out' }, outCount],
  ]);
  // Of none there is no row: alerts ask whether there is one.
  return rows.filter(([, count]) => count > 0);
}
