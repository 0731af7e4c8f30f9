/**
 * The shards file: clusters, services and their shards as a person without Kubernetes writes
 * them. Text -> checked values; the first step of the line when no member cluster is watched.
 * Our own format (shape in src/discovery/README.md). Pure: no file is read here.
 */

import { z } from 'zod';
import {
  checkYaml,
  formatYamlPath,
  formatYamlProblem,
  type YamlPath,
} from '../api/yaml/checked-yaml.ts';
import { InputError } from '../dns/errors.ts';
import { SERVED_TTL_SECONDS_MAX } from '../dns/limits.ts';
import { type DomainName, parseName } from '../dns/name.ts';
import {
  checkedLabel,
  flatZoneName,
  globalName,
  type LadderNaming,
  regionName,
  type ZoneNames,
  zoneName,
} from './owner-names.ts';
import type { HealthRule, MemberCluster, ObservedShard } from './shard.ts';
import { shardAddress } from './shard-address.ts';

export interface DeclaredService {
  readonly namespace: string;
  readonly objectName: string;
  readonly ttlSeconds: number | undefined;
  readonly rule: HealthRule;
  readonly shards: readonly DeclaredShard[];
}

export interface DeclaredShard extends ObservedShard {
  readonly weight: number;
  readonly rank: number;
  readonly capacity: number | undefined;
}

export interface ShardsFile {
  readonly federation: string;
  readonly domain: DomainName;
  readonly ttlSeconds: number | undefined;
  readonly clusters: readonly MemberCluster[];
  readonly services: readonly DeclaredService[];
  /** Host name (lower case, no final dot) -> addresses; offline planning only. */
  readonly resolved: ReadonlyMap<string, readonly string[]>;
}

/** Throws InputError SHARDS_FILE: one line a problem, each `file:line: path: what`. */
export function parseShardsFile(text: string, file: string): ShardsFile {
  const checked = checkYaml(text, FILE);
  if (checked.kind === 'bad') {
    const lines = checked.problems.map((problem) => formatYamlProblem(problem, file));
    throw new InputError('SHARDS_FILE', lines.join('\n'), file);
  }
  const { value, lineOf } = checked;
  const at = <T>(path: YamlPath, build: () => T): T => {
    try {
      return build();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const problem = { line: lineOf(path), path: formatYamlPath(path), message: error.message };
      throw new InputError('SHARDS_FILE', formatYamlProblem(problem, file), file);
    }
  };
  const federation = at(['federation'], () => checkedLabel(value.federation, 'federation'));
  const domain = at(['domain'], () => parseName(value.domain));
  const clusters = value.clusters.map((cluster, index) =>
    at(['clusters', index], () => checkedCluster(cluster, value.clusters, index)),
  );
  const naming = { federation, domain, zoneNames: 'nested' } as const;
  const services = value.services.map((service, index) =>
    at(['services', index], () =>
      checkedService(service, { all: value.services, index, clusters, naming }),
    ),
  );
  const resolved = resolvedHosts(value.resolved ?? {});
  return { federation, domain, ttlSeconds: value.ttlSeconds, clusters, services, resolved };
}

export function resolvedHosts(said: z.infer<typeof RESOLVED>): Map<string, readonly string[]> {
  return new Map(Object.entries(said).map(([host, ips]) => [canonicalHost(host), ips]));
}

/** How a host name is compared: lower case, without the final dot. */
export function canonicalHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

/** The naming of a file's ladder. */
export function namingOf(file: ShardsFile, zoneNames: ZoneNames): LadderNaming {
  return { federation: file.federation, domain: file.domain, zoneNames };
}

const ttl = z.int().min(1).max(SERVED_TTL_SECONDS_MAX);
const ip = z
  .string()
  .refine((text) => shardAddress(text) !== undefined, { error: 'not an IP address' });
const TARGET = z.union([z.strictObject({ ip }), z.strictObject({ hostname: z.string().min(1) })], {
  error: 'expected {ip: ADDRESS} or {hostname: NAME}',
});
const SHARD = z.strictObject({
  cluster: z.string().min(1),
  loadBalancer: z.array(TARGET).default([]),
  readyEndpoints: z.int().min(0).default(0),
  weight: z.int().min(0).default(1),
  rank: z.int().min(0).default(0),
  capacity: z.number().positive().optional(),
});
const SERVICE = z.strictObject({
  namespace: z.string().min(1),
  name: z.string().min(1),
  ttlSeconds: ttl.optional(),
  allowWithoutEndpoints: z.boolean().default(false),
  unreachable: z.enum(['keep', 'withdraw']).default('keep'),
  shards: z.array(SHARD).default([]),
});
const CLUSTER = z.strictObject({
  name: z.string().min(1),
  region: z.string().optional(),
  zones: z.array(z.string()).default([]),
  reachable: z.boolean().default(true),
});
/** Host name -> its addresses, for what asks no resolver. */
export const RESOLVED = z.record(z.string(), z.array(ip));
const FILE = z.strictObject({
  federation: z.string(),
  domain: z.string().min(1),
  ttlSeconds: ttl.optional(),
  clusters: z.array(CLUSTER).default([]),
  services: z.array(SERVICE).default([]),
  resolved: RESOLVED.optional(),
});

function checkedCluster(
  cluster: z.infer<typeof CLUSTER>,
  all: readonly z.infer<typeof CLUSTER>[],
  index: number,
): MemberCluster {
  if (all.findIndex((other) => other.name === cluster.name) !== index) {
    throw new InputError('DUPLICATE', `cluster "${cluster.name}" is there twice`);
  }
  const topologyZones = cluster.zones.map((zone) =>
    checkedLabel(zone, `cluster ${cluster.name}: zone`),
  );
  const region =
    cluster.region === undefined || cluster.region === ''
      ? undefined
      : checkedLabel(cluster.region, `cluster ${cluster.name}: region`);
  return {
    name: cluster.name,
    locality: { region, topologyZones: [...new Set(topologyZones)].sort() },
    isReachable: cluster.reachable,
  };
}

interface ServicePlace {
  readonly all: readonly z.infer<typeof SERVICE>[];
  readonly index: number;
  readonly clusters: readonly MemberCluster[];
  readonly naming: LadderNaming;
}

function checkedService(service: z.infer<typeof SERVICE>, place: ServicePlace): DeclaredService {
  const id = `${service.namespace}/${service.name}`;
  const namespace = checkedLabel(service.namespace, 'namespace');
  const objectName = checkedLabel(service.name, 'service name');
  const first = place.all.findIndex(
    (other) =>
      other.namespace.toLowerCase() === namespace && other.name.toLowerCase() === objectName,
  );
  if (first !== place.index) throw new InputError('DUPLICATE', `service ${id} is there twice`);
  checkLadderFits(place, { namespace, objectName });
  const seen = new Set<string>();
  for (const shard of service.shards) {
    if (!place.clusters.some((cluster) => cluster.name === shard.cluster)) {
      throw new InputError(
        'UNKNOWN_CLUSTER',
        `service ${id}: no cluster is named "${shard.cluster}"`,
      );
    }
    if (seen.has(shard.cluster)) {
      throw new InputError('DUPLICATE', `service ${id}: two shards in cluster "${shard.cluster}"`);
    }
    seen.add(shard.cluster);
  }
  const { allowWithoutEndpoints, unreachable, ttlSeconds } = service;
  const shards = service.shards.map(({ readyEndpoints, capacity, ...shard }) => ({
    ...shard,
    readyEndpointCount: readyEndpoints,
    capacity,
  }));
  return {
    namespace,
    objectName,
    ttlSeconds,
    rule: { allowWithoutEndpoints, unreachable },
    shards,
  };
}

/** RFC 1035 section 2.3.4: the longest name of the ladder must fit into 255 octets. */
function checkLadderFits(
  place: ServicePlace,
  key: { namespace: string; objectName: string },
): void {
  globalName(place.naming, key);
  for (const { locality } of place.clusters) {
    const { region, topologyZones } = locality;
    if (region !== undefined) regionName(place.naming, key, region);
    for (const topologyZone of topologyZones) {
      if (region === undefined) flatZoneName(place.naming, key, topologyZone);
      else zoneName(place.naming, key, { region, topologyZone });
    }
  }
}
