/**
 * One ServiceDNSRecord or IngressDNSRecord with its status -> everything its names hold. A record is a
 * federation of its own with one service, so the ladder is the one that all services have. Pure.
 *
 *   P = <externalName or name>.<namespace>.<domainRef>.svc        D = the Domain's domain
 *   zone  P.<zone>.<region>.D     region  P.<region>.D     global  P.D
 *   dnsPrefix  <prefix>.D CNAME P.D                        a host of an Ingress  itself, no ladder
 *
 * Source: specs of KubeFed, "DNSEndpoint controllers". Here other than there: AAAA beside A, places
 * that a cluster lacks are skipped, a global name without shards is NODATA and no alias dangles.
 */

import type {
  DnsRecord,
  IngressDnsRecord,
  RecordEntry,
  ServiceDnsRecord,
} from '../../api/kubefed/dns-record-objects.ts';
import { InputError } from '../../dns/errors.ts';
import { type DomainName, formatName, parseName, ROOT } from '../../dns/name.ts';
import type { ResolveHost } from '../health/said-shard.ts';
import { type LadderLevel, rrsetsOfLevel } from '../ladder/hierarchy.ts';
import { type PlannedOwner, planRecords } from '../ladder/plan-records.ts';
import { checkedLabel, HOSTS, type ZoneNames } from '../owner-names.ts';
import type { MemberCluster } from '../shard.ts';
import { canonicalHost, type DeclaredService, type ShardsFile } from '../shards-file.ts';

export interface RecordPlanOptions {
  readonly resolve: ResolveHost;
  /** Where the record says none. */
  readonly ttlSeconds: number;
  /** Of KubeFed, and the default: nested. */
  readonly zoneNames?: ZoneNames;
}

export interface PlannedRecord {
  /** Global, regions, zones, the prefix's; of an Ingress its hosts in their order. */
  readonly owners: ReadonlyMap<DomainName, PlannedOwner>;
  /** The alias that dnsPrefix asks for. */
  readonly prefixed: DomainName | undefined;
  /** Host names whose addresses are wanted, canonical. */
  readonly hosts: ReadonlySet<string>;
  /** What has no name or no address, and why; one line each. */
  readonly remarks: readonly string[];
}

/** `domain`: of a ServiceDNSRecord; without it undefined: no names. Throws InputError. */
export function planRecord(
  record: DnsRecord,
  domain: string | undefined,
  options: RecordPlanOptions,
): PlannedRecord | undefined {
  if (record.kind === 'IngressDNSRecord') return planIngressRecord(record, options);
  return domain === undefined ? undefined : planServiceRecord(record, domain, options);
}

/**
 * Without the names that it may not have, `foreign`, and without the aliases that lead to these: they would lead to
 * what is another's.
 */
export function ownNames(planned: PlannedRecord, foreign: ReadonlySet<DomainName>): PlannedRecord {
  if (foreign.size === 0) return planned;
  const isOwn = (owner: DomainName): boolean => {
    if (foreign.has(owner)) return false;
    const outcome = planned.owners.get(owner)?.level.outcome;
    return outcome?.kind !== 'alias' || isOwn(outcome.target);
  };
  return { ...planned, owners: new Map([...planned.owners].filter(([owner]) => isOwn(owner))) };
}

/** `domain`: of its Domain. Throws InputError for names that cannot be. */
export function planServiceRecord(
  record: ServiceDnsRecord,
  domain: string,
  options: RecordPlanOptions,
): PlannedRecord {
  const remarks: string[] = [];
  const objectName = record.externalName || record.name;
  const apex = parseName(domain);
  const file: ShardsFile = {
    federation: record.domainRef,
    domain: apex,
    ttlSeconds: undefined,
    clusters: record.entries.map((entry) => locatedCluster(entry, remarks)),
    services: [declared(record, { namespace: record.namespace, objectName })],
    resolved: new Map(),
  };
  const { owners, hosts } = planned(file, options);
  const all = new Map(owners);
  const [global] = owners.keys();
  const prefixed = record.dnsPrefix === '' ? undefined : parseName(record.dnsPrefix, apex);
  if (prefixed !== undefined && global !== undefined) {
    if (all.has(prefixed)) {
      remarks.push(`dnsPrefix: ${formatName(prefixed)} is one of its own names, left out`);
    } else all.set(prefixed, aliasOf(prefixed, global, record.ttlSeconds ?? options.ttlSeconds));
  }
  return { owners: all, prefixed, hosts, remarks: [...remarks, ...unresolved(hosts, options)] };
}

/** Hosts of one Ingress all hold the same; they are tied to no Domain. */
export function planIngressRecord(
  record: IngressDnsRecord,
  options: RecordPlanOptions,
): PlannedRecord {
  const file: ShardsFile = {
    federation: '',
    domain: ROOT,
    ttlSeconds: undefined,
    clusters: record.entries.map(({ cluster }) => clusterAt(cluster, undefined, [])),
    services: record.hosts.map((host) => declared(record, { namespace: HOSTS, objectName: host })),
    resolved: new Map(),
  };
  const { owners, hosts } = planned(file, options);
  return { owners, prefixed: undefined, hosts, remarks: unresolved(hosts, options) };
}

function planned(file: ShardsFile, options: RecordPlanOptions) {
  return planRecords(file, { zoneNames: 'nested', ...options });
}

/** What counts was decided where the status was written: an address there is one that answers. */
function declared(
  record: DnsRecord,
  key: Pick<DeclaredService, 'namespace' | 'objectName'>,
): DeclaredService {
  return {
    ...key,
    ttlSeconds: record.ttlSeconds,
    rule: { allowWithoutEndpoints: true, unreachable: 'keep' },
    shards: record.entries.map(({ cluster, loadBalancer }) => ({
      cluster,
      loadBalancer,
      readyEndpointCount: 1,
      weight: 1,
      rank: 0,
      capacity: undefined,
    })),
  };
}

/** A place that can be no label has no names; the cluster's others stand. */
function locatedCluster(entry: RecordEntry, remarks: string[]): MemberCluster {
  const { cluster, topologyZones } = entry;
  const label = (text: string, what: string): string[] => {
    try {
      return [checkedLabel(text, what)];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      remarks.push(`${cluster}: ${error.message}`);
      return [];
    }
  };
  const [region] = entry.region === undefined ? [] : label(entry.region, 'region');
  const zones = topologyZones.flatMap((zone) => label(zone, 'zone'));
  return clusterAt(cluster, region, [...new Set(zones)].sort());
}

function clusterAt(
  name: string,
  region: string | undefined,
  topologyZones: readonly string[],
): MemberCluster {
  return { name, locality: { region, topologyZones }, isReachable: true };
}

function aliasOf(owner: DomainName, target: DomainName, ttlSeconds: number): PlannedOwner {
  const outcome = { kind: 'alias', target } as const;
  const level: LadderLevel = { level: 'global', owner, place: '', outcome, considered: [] };
  return { level, rrsets: rrsetsOfLevel(level, ttlSeconds) };
}

function unresolved(hosts: ReadonlySet<string>, { resolve }: RecordPlanOptions): string[] {
  return [...hosts].flatMap((host) => {
    const hasAddresses = (resolve(canonicalHost(host)) ?? []).length > 0;
    return hasAddresses ? [] : [`host name ${host} is not resolved`];
  });
}
