/**
 * Changes that somebody means to make (changed-file.ts), laid over what is known of shards now:
 * the shards as they would be. Pure; the same readers as for what members say.
 */

import { readEndpointSlice, readService, type SlimService } from '../../api/core.ts';
import { valueAt } from '../../api/untyped.ts';
import { InputError } from '../../dns/errors.ts';
import type { ChangedFile, ChangedManifests, ChangedService } from '../changed-file.ts';
import { shardAddress } from '../shard-address.ts';
import type { KnownShard } from './decide-service.ts';
import type { WhenUnreachable } from './liveness.ts';
import { readShardReport, type ServiceSurroundings, type ShardReport } from './shard-report.ts';
import { readWishes } from './shard-wishes.ts';

/** `cluster` undefined: in all clusters that have the service. */
export interface ChangedIn {
  readonly file: ChangedFile;
  readonly cluster: string | undefined;
}

export interface PresentShards {
  readonly clusters: ReadonlySet<string>;
  readonly shardsOf: (key: string) => ReadonlyMap<string, KnownShard>;
  /** As it was read last; undefined: not read by this process. */
  readonly serviceOf: (cluster: string, key: string) => SlimService | undefined;
  /** What else was read of it; undefined likewise. */
  readonly aroundOf: (cluster: string, key: string) => ServiceSurroundings | undefined;
  /** Where an owner says none, as it would be. */
  readonly defaultPolicy: (namespace: string) => WhenUnreachable;
  /** Whether such a Service takes part there; an export there counts. */
  readonly takesPart: (cluster: string, key: string, service: SlimService) => boolean;
}

export interface ChangedShards {
  /** Service key -> cluster -> the shard as it would be; undefined: none. */
  readonly shards: ReadonlyMap<string, ReadonlyMap<string, KnownShard | undefined>>;
  readonly problems: readonly string[];
}

/** Throws InputError CHANGED for a cluster that is no member, or a service that nobody has. */
export function changedShards(files: readonly ChangedIn[], present: PresentShards): ChangedShards {
  const overlay = new Overlay(present);
  for (const { file, cluster } of files) {
    overlay.problems.push(...file.problems);
    const named = cluster === undefined ? undefined : [cluster];
    for (const [key, manifests] of file.manifests) {
      for (const one of overlay.clustersOf(key, named)) overlay.replace(one, key, manifests);
    }
    for (const service of file.services) {
      const key = `${service.namespace}/${service.name}`;
      for (const one of overlay.clustersOf(key, service.clusters ?? named)) {
        overlay.change(one, key, service);
      }
    }
  }
  return { shards: overlay.shards, problems: [...new Set(overlay.problems)] };
}

class Overlay {
  readonly shards = new Map<string, Map<string, KnownShard | undefined>>();
  readonly problems: string[] = [];
  readonly #present: PresentShards;

  constructor(present: PresentShards) {
    this.#present = present;
  }

  clustersOf(key: string, named: readonly string[] | undefined): readonly string[] {
    const { clusters, shardsOf } = this.#present;
    const unknown = named?.find((name) => !clusters.has(name));
    if (unknown !== undefined) throw new InputError('CHANGED', `no member is named "${unknown}"`);
    const all = named ?? [...shardsOf(key).keys()];
    if (all.length > 0) return all;
    const how = 'say in which: clusters, or -f CLUSTER=FILE';
    throw new InputError('CHANGED', `no member has ${key}: ${how}`);
  }

  /** As manifests have it; what only a cluster says (status, assigned addresses) stays. */
  replace(cluster: string, key: string, { service, slices }: ChangedManifests): void {
    const before = this.#before(cluster, key);
    const present = this.#present.serviceOf(cluster, key);
    const read = service === undefined ? present : merged(service, present, before?.report);
    if (read === undefined) {
      this.problems.push(`${cluster} ${key}: slices of a Service that is not there, left out`);
      return;
    }
    if (!this.#present.takesPart(cluster, key, read)) {
      // What takes no part now either is no news.
      if (before !== undefined || present === undefined) {
        this.problems.push(`${cluster} ${key}: is not selected, so it has no names`);
      }
      this.#set(cluster, key, undefined);
      return;
    }
    const around = this.#present.aroundOf(cluster, key);
    const given = slices?.map((slice) => readEndpointSlice(slice));
    const surroundings = { slices: given ?? around?.slices ?? [], nodes: around?.nodes };
    const { report, problems } = readShardReport(read, surroundings, {
      before: before?.report,
      defaultPolicy: this.#policyOf(key),
    });
    const hasEndpoint = slices === undefined ? before?.report.hasEndpoint : report.hasEndpoint;
    this.#tell(cluster, key, problems);
    this.#put(cluster, key, { ...report, hasEndpoint: hasEndpoint ?? false });
  }

  /** As our own document has it. */
  change(cluster: string, key: string, wanted: ChangedService): void {
    if (wanted.absent === true) {
      this.#set(cluster, key, undefined);
      return;
    }
    const before = this.#before(cluster, key)?.report ?? NOTHING;
    const given = Object.entries(wanted.annotations ?? {}).map(([name, text]): [string, string] => [
      name.slice(name.indexOf('/') + 1),
      text,
    ]);
    const { wishes: said, problems } = readWishes(new Map(given));
    this.#tell(cluster, key, problems);
    const wishes = { ...before.wishes, ...said };
    const policy = wishes.whenUnreachable ?? this.#policyOf(key);
    const isFrozen = policy === 'freeze' && before !== NOTHING;
    const targets = wanted.addresses?.map((text) => {
      return shardAddress(text) === undefined ? { hostname: text } : { ip: text };
    });
    this.#put(cluster, key, {
      ...before,
      wishes,
      ...(!isFrozen && targets !== undefined && { targets }),
      ...(!isFrozen && wanted.ready !== undefined && { hasEndpoint: wanted.ready }),
    });
  }

  #policyOf(key: string): WhenUnreachable {
    return this.#present.defaultPolicy(key.slice(0, key.indexOf('/')));
  }

  /** Several files may speak of one shard: the later of what the earlier left. */
  #before(cluster: string, key: string): KnownShard | undefined {
    const changed = this.shards.get(key);
    if (changed?.has(cluster)) return changed.get(cluster);
    return this.#present.shardsOf(key).get(cluster);
  }

  /** Other addresses have answered nobody yet. */
  #put(cluster: string, key: string, report: ShardReport): void {
    const before = this.#before(cluster, key);
    const isSamePlace =
      before !== undefined &&
      JSON.stringify(before.report.targets) === JSON.stringify(report.targets);
    const hasAnswered = isSamePlace && before.hasAnswered;
    this.#set(cluster, key, { report, wasOut: before?.wasOut, hasAnswered });
  }

  #set(cluster: string, key: string, shard: KnownShard | undefined): void {
    const shards = this.shards.get(key) ?? new Map<string, KnownShard | undefined>();
    this.shards.set(key, shards.set(cluster, shard));
  }

  #tell(cluster: string, key: string, problems: readonly string[]): void {
    this.problems.push(...problems.map((problem) => `${cluster} ${key}: ${problem}`));
  }
}

const NOTHING: ShardReport = { targets: [], hasEndpoint: false, wishes: {} };

/** A manifest that was never in a cluster has no status, and no addresses of the cluster. */
function merged(
  object: unknown,
  present: SlimService | undefined,
  before: ShardReport | undefined,
): SlimService {
  const read = readService(object);
  const hasStatus = valueAt(object, 'status', 'loadBalancer') !== undefined;
  return {
    ...read,
    loadBalancer: hasStatus ? read.loadBalancer : (present?.loadBalancer ?? before?.targets ?? []),
    clusterIPs: read.clusterIPs === '' ? (present?.clusterIPs ?? '') : read.clusterIPs,
  };
}
