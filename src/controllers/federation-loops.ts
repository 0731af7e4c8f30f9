/** The loops of one leader, from its election to its end: wired, started and stopped together. */

import type { CopyTombstone } from '../api/copy-tombstone.ts';
import { nameOfKey } from '../api/kubefed/api-resource.ts';
import type { FederatedTypeConfig } from '../api/kubefed/federated-type-config.ts';
import type { ClusterAccess } from '../kubernetes/cluster-access.ts';
import type { ListWatchLimits } from '../kubernetes/limits.ts';
import type { PacedClient } from '../kubernetes/reconciling/paced-client.ts';
import type { Alarms } from '../runtime/alarms.ts';
import { faultText } from '../runtime/fault-text.ts';
import type { Logger } from '../runtime/logger.ts';
import { ClusterHealthLoop } from './clusters/cluster-health.ts';
import { FederatedClusters } from './clusters/federated-clusters.ts';
import { TokenRenewal } from './clusters/token-renewal.ts';
import type { FederationCounts } from './federation-counts.ts';
import { MEMBER_PACE, SYSTEM_NAMESPACES } from './limits.ts';
import { ObjectEvents } from './object-events.ts';
import { RecordLoops } from './records/record-loops.ts';
import { SERVED_TYPES } from './records/service-records/led-services.ts';
import { tcpPortOf } from './replicas/member-addresses.ts';
import { ReplicaLoops } from './replicas/replica-loops.ts';
import type { Federation } from './settings/read-federation.ts';
import { DeletionCauses } from './sync/deletion-cause.ts';
import { PropagatedVersions } from './sync/propagated-versions.ts';
import { SyncType } from './sync/sync-type.ts';
import { objectKeyOf, Tombstones } from './tombstones/tombstones.ts';
import { type EngineWiring, TypeConfigs } from './type-configs/type-configs.ts';

const { services: SERVICES } = SERVED_TYPES;

export interface FederationLoopsOptions {
  readonly access: ClusterAccess;
  readonly host: PacedClient;
  readonly namespace: string;
  readonly federation: Federation;
  /** TTL of names that are answered from members' own objects, s; undefined: there are none. */
  readonly servedTtlSeconds?: number | undefined;
  readonly logger: Logger;
  readonly alarms: Alarms;
  readonly counts?: FederationCounts | undefined;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class FederationLoops {
  readonly clusters: FederatedClusters;
  readonly types: TypeConfigs;
  readonly tokens: TokenRenewal;
  readonly #health: ClusterHealthLoop;
  readonly #events: ObjectEvents;
  readonly #tombstones: Tombstones;
  readonly #records: RecordLoops;
  readonly #replicas: ReplicaLoops;
  readonly #causes: DeletionCauses;
  readonly #versions: Readonly<Record<'namespaced' | 'ofCluster', PropagatedVersions>>;
  readonly #options: FederationLoopsOptions;
  /** The one of a federation that is no more than it. */
  readonly #onlyNamespace: string | undefined;

  constructor(options: FederationLoopsOptions) {
    const { access, host, namespace, federation, logger, limits } = options;
    const { settings } = federation;
    this.#options = options;
    this.#onlyNamespace = settings.scope === 'Namespaced' ? namespace : undefined;
    this.clusters = new FederatedClusters({
      hostAccess: access,
      host,
      namespace,
      pace: MEMBER_PACE,
      onChange: (cluster, change) => {
        this.types.clusterChanged(cluster, change);
        this.tokens.clusterChanged(cluster);
        this.#tombstones.wake();
        this.#records.clusterChanged(cluster);
        this.#replicas.clusterChanged(cluster);
        // Without an access it may be that its Secret only comes: the next round says so.
        if (this.clusters.get(cluster)?.client !== undefined) this.#health.lookAt(cluster);
      },
      onProblem: (object, reason) => logger.warn('cluster read in part', { key: object, reason }),
      limits,
    });
    this.tokens = new TokenRenewal({
      clusters: this.clusters,
      host,
      namespace,
      onCondition: (cluster) => this.#health.lookAt(cluster),
      onFault: (cluster, error) => tellFault(logger, cluster, '', error),
    });
    this.#health = healthLoop(this, options);
    const versionsOf = (isNamespaced: boolean) =>
      new PropagatedVersions({
        host,
        isNamespaced,
        namespace: isNamespaced ? this.#onlyNamespace : undefined,
        onSynced: () => this.types.planAll(),
        limits,
      });
    this.#versions = { namespaced: versionsOf(true), ofCluster: versionsOf(false) };
    this.#events = new ObjectEvents(host);
    this.#tombstones = tombstonesOf(this.clusters, this, options);
    this.#records = recordLoops(this, options);
    this.#replicas = replicaLoops(this, options, this.#records);
    this.#causes = new DeletionCauses(host);
    this.types = new TypeConfigs({
      alarms: options.alarms,
      host,
      namespace,
      scope: settings.scope,
      keepsStatuses: (type) => type === SERVICES && this.#records.keepsStatuses,
      makeEngine: (config, how) => this.#makeEngine(config, how),
      onObject: (type, key) => {
        this.#replicas.objectChanged(type, key);
        if (type === SERVICES) this.#records.federatedServiceChanged(key);
      },
      onTypes: () => {
        this.#replicas.typesChanged();
        this.#records.typesChanged();
      },
      onProblem: (config, reason, of) => {
        const what = of === 'accept' ? 'nothing let go' : 'type not federated';
        logger.warn(what, { key: config, reason });
      },
      onFault: (config, error) =>
        logger.error('fault of ours, going on', { key: config, error: faultText(error) }),
      limits,
    });
  }

  #makeEngine(config: FederatedTypeConfig, how: EngineWiring): SyncType {
    const { host, namespace, federation, logger, counts, limits } = this.#options;
    const { settings, uid } = federation;
    return new SyncType({
      config,
      host,
      clusters: this.clusters,
      versions: this.#versions[config.federated.isNamespaced ? 'namespaced' : 'ofCluster'],
      onlyNamespace: this.#onlyNamespace,
      // KubeFed's gate stands before every type's own word.
      collectsStatus:
        config.collectsStatus && settings.featureGates.get('RawResourceStatusCollection') === true,
      federationUid: uid,
      systemNamespaces: new Set([...SYSTEM_NAMESPACES, namespace]),
      adopts: settings.adoptsResources,
      causes: this.#causes,
      deletionPatienceMs: federation.deletionPatienceMs,
      clustersLeft: this.#clustersLeft(config.name),
      isAutoscaled: (key) => this.#replicas.isAutoscaled(config.name, key),
      plannedBy: (key) => this.#replicas.plannedBy(config.name, key),
      bury: (tombstone, objectUid) => this.#tombstones.bury(tombstone, objectUid),
      isBuried: (cluster, key) => this.#tombstones.has({ cluster, key, target: config.target }),
      onNote: (object, note) => this.#events.note(config.federated, object, note),
      counts,
      onFault: (cluster, key, error) => tellFault(logger, cluster, key, error),
      limits,
      ...how,
    });
  }

  /** undefined: no name is answered from copies of this type. */
  #clustersLeft(type: string): ((key: string) => ReadonlySet<string> | undefined) | undefined {
    const isServed = Object.values<string>(SERVED_TYPES).includes(type);
    if (!isServed || this.#options.servedTtlSeconds === undefined) return undefined;
    return (key) => {
      const { namespace } = nameOfKey(key);
      return this.#records.departures.clustersLeft({ type, key, namespace });
    };
  }

  get tombstoneCount(): number {
    return this.#tombstones.count;
  }

  /** Copies left in members out of reach, whose objects are gone. */
  get copiesLeft(): readonly CopyTombstone[] {
    return this.#tombstones.readable;
  }

  start(): void {
    for (const versions of Object.values(this.#versions)) versions.start();
    this.clusters.start();
    this.#health.start();
    this.tokens.start();
    this.types.start();
    this.#tombstones.start();
    this.#records.start();
    this.#replicas.start();
  }

  /** All at once, the engines first: who leads no more begins no write. */
  async stop(): Promise<void> {
    this.#events.stop();
    await Promise.all([
      this.types.stop(),
      this.#replicas.stop(),
      this.#tombstones.stop(),
      this.#health.stop(),
      this.tokens.stop(),
      this.#records.stop(),
    ]);
    await this.clusters.stop();
    await Promise.all(Object.values(this.#versions).map((versions) => versions.stop()));
  }
}

function recordLoops(
  loops: FederationLoops,
  { host, namespace, federation, servedTtlSeconds, logger, limits }: FederationLoopsOptions,
): RecordLoops {
  const { scope, featureGates } = federation.settings;
  // Where the status of copies is in the federated object itself, KubeFed's older object is not kept.
  const isLegacy = featureGates.get('RawResourceStatusCollection') !== true;
  return new RecordLoops({
    ...{ host, namespace, logger, limits },
    clusters: loops.clusters,
    onlyNamespace: scope === 'Namespaced' ? namespace : undefined,
    writesEndpoints: federation.writesEndpoints,
    served:
      servedTtlSeconds === undefined
        ? undefined
        : {
            ttlSeconds: servedTtlSeconds,
            onShard: ({ type, key }) => loops.types.engines.get(type)?.plan(key),
          },
    federatedServices: () => (isLegacy ? loops.types.engines.get(SERVICES) : undefined),
  });
}

function replicaLoops(
  loops: FederationLoops,
  { host, namespace, federation, logger, limits }: FederationLoopsOptions,
  records: RecordLoops,
): ReplicaLoops {
  const { scope, featureGates } = federation.settings;
  return new ReplicaLoops({
    ...{ host, departures: records.departures },
    clusters: loops.clusters,
    types: () => loops.types,
    onlyNamespace: scope === 'Namespaced' ? namespace : undefined,
    settings: federation.candidates,
    lastAddresses: (cluster) => {
      const services = loops.types.engines.get(SERVICES)?.objects;
      return records.lastAddresses(cluster).flatMap(([key, targets]) => {
        const port = tcpPortOf(services?.get(key)?.template);
        return port === undefined ? [] : targets.map((target) => ({ target, port }));
      });
    },
    followsPreferences: featureGates.get('SchedulerPreferences') !== false,
    onFault: (key, error) => tellFault(logger, '', key, error),
    limits,
  });
}

function healthLoop(
  { clusters, tokens }: FederationLoops,
  { host, namespace, federation, logger }: FederationLoopsOptions,
): ClusterHealthLoop {
  const { settings } = federation;
  return new ClusterHealthLoop({
    clusters,
    host,
    namespace,
    tokenCondition: (cluster) => tokens.conditionOf(cluster),
    settings: {
      periodMs: settings.healthPeriodMs,
      timeoutMs: settings.healthTimeoutMs,
      failure: settings.failureThreshold,
      success: settings.successThreshold,
    },
    onTurn: (cluster, sample) => {
      if (sample.kind === 'ready') logger.info('cluster turned', { cluster, moved: 'ready' });
      else logger.warn('cluster turned', { cluster, moved: sample.kind, reason: sample.message });
    },
    onTrouble: (cluster, error) =>
      logger.warn('cluster not told of', { cluster, error: faultText(error) }),
  });
}

function tombstonesOf(
  clusters: FederatedClusters,
  loops: { readonly types: TypeConfigs },
  { host, namespace, federation, logger, limits }: FederationLoopsOptions,
): Tombstones {
  return new Tombstones({
    host,
    namespace,
    clusters,
    federationUid: federation.uid,
    isWanted: (tombstone) =>
      loops.types.isWanted(tombstone.target, objectKeyOf(tombstone), tombstone.cluster),
    onProblem: (key, reason) => logger.warn('tombstone not read', { key, reason }),
    onFault: (key, error) => tellFault(logger, '', key, error),
    limits,
  });
}

function tellFault(logger: Logger, cluster: string, key: string, error: unknown): void {
  const { namespace, name } = nameOfKey(key);
  const at = { cluster, namespace, objectName: name };
  logger.error('fault of ours, going on', { ...at, error: faultText(error) });
}
