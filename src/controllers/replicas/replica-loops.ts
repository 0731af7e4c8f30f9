/**
 * The loops about how many of it where, wired: preferences of replicas, Jobs and autoscalers that
 * clusters share, workloads that an autoscaler has. How the clusters stand is judged once for all.
 */

import { readJobPreferences } from '../../api/job-preferences.ts';
import { nameOfKey } from '../../api/kubefed/api-resource.ts';
import { SCALE_REST_MS_DEFAULT } from '../../federation/replicas/autoscaler-planner.ts';
import { shareAutoscaler } from '../../federation/replicas/autoscaler-shares.ts';
import type { CandidateSettings } from '../../federation/replicas/candidates.ts';
import { shareJob } from '../../federation/replicas/job-shares.ts';
import { SHARED_AUTOSCALERS, SHARED_JOBS } from '../../federation/replicas/shared-kinds.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import type { Departures } from '../records/service-records/departures.ts';
import type { PlannedBy } from '../sync/object-outlook.ts';
import type { TypeConfigs } from '../type-configs/type-configs.ts';
import { AutoscaledWorkloads } from './autoscaled-workloads.ts';
import { ClusterStandings, type ClusterStandingsOptions } from './cluster-standings.ts';
import { MemberAutoscalers } from './member-autoscalers.ts';
import { IdlePreferences } from './preferences/idle-preferences.ts';
import { ReplicaScheduling } from './preferences/replica-scheduling.ts';
import { ShareLoop } from './share-loop.ts';

export interface ReplicaLoopsOptions {
  readonly host: PacedClient;
  readonly clusters: FederatedClusters;
  readonly departures: Pick<Departures, 'leave'>;
  readonly types: () => TypeConfigs;
  /** The control plane's own, of a federation that is no more than a namespace. */
  readonly onlyNamespace: string | undefined;
  readonly settings: CandidateSettings;
  readonly lastAddresses: ClusterStandingsOptions['lastAddresses'];
  /** KubeFed's gate: ReplicaSchedulingPreferences are followed. */
  readonly followsPreferences: boolean;
  readonly onFault: (key: string, error: unknown) => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class ReplicaLoops {
  readonly #clusters: FederatedClusters;
  readonly #types: () => TypeConfigs;
  readonly #standings: ClusterStandings;
  readonly #preferences: ReplicaScheduling | undefined;
  /** Where nobody follows them. */
  readonly #idle: IdlePreferences | undefined;
  readonly #jobs: ShareLoop;
  readonly #autoscalers: ShareLoop;
  readonly #copies: MemberAutoscalers;
  readonly #autoscaled: AutoscaledWorkloads;

  constructor(options: ReplicaLoopsOptions) {
    const { host, clusters, types, onlyNamespace, onFault, limits } = options;
    const engines = () => types().engines;
    this.#clusters = clusters;
    this.#types = types;
    this.#standings = new ClusterStandings(options);
    this.#autoscaled = new AutoscaledWorkloads({
      engineOf: (type) => types().engineOf(type),
      onTurn: (type, key) => {
        engines().get(type)?.plan(key);
        this.#preferences?.objectChanged(key);
      },
    });
    this.#copies = new MemberAutoscalers({
      ...{ clusters, engines, onlyNamespace, limits },
      onCopy: (key) => this.#autoscalers.copyChanged(key),
      onSynced: () => this.#autoscalers.wakeAll(),
    });
    const shared = { host, clusters, engines, onFault, standings: this.#standings };
    const asksNamespaces = onlyNamespace === undefined;
    this.#jobs = new ShareLoop({
      ...{ ...shared, asksNamespaces, kind: SHARED_JOBS },
      plan: (object, verdicts) => {
        const preferences = readJobPreferences(object.jobPreferences ?? '');
        return shareJob(object, { preferences, verdicts });
      },
    });
    this.#autoscalers = new ShareLoop({
      ...{ ...shared, asksNamespaces, kind: SHARED_AUTOSCALERS },
      plan: (object, verdicts) => {
        const copies = this.#copies.copiesOf(object.key);
        const moment = { nowMs: Date.now(), scaleRestMs: SCALE_REST_MS_DEFAULT };
        return shareAutoscaler(object, { verdicts, copies, ...moment });
      },
    });
    const scheduling = {
      ...{ ...shared, limits, namespace: onlyNamespace, departures: options.departures },
      isAutoscaled: (type: string, key: string) => this.isAutoscaled(type, key),
    };
    const { followsPreferences } = options;
    this.#preferences = followsPreferences ? new ReplicaScheduling(scheduling) : undefined;
    this.#idle = followsPreferences ? undefined : new IdlePreferences(scheduling);
  }

  start(): void {
    for (const name of this.#clusters.names) this.#standings.take(name);
    for (const loop of [this.#jobs, this.#autoscalers]) loop.start();
    this.#copies.typesChanged();
    this.#preferences?.start();
    this.#idle?.start();
  }

  async stop(): Promise<void> {
    const loops = [this.#jobs, this.#autoscalers, this.#copies, this.#preferences, this.#idle];
    await Promise.all([...loops.map((loop) => loop?.stop()), this.#standings.stop()]);
  }

  /** Come, gone, ready or not, or reached otherwise. */
  clusterChanged(name: string): void {
    this.#standings.take(name);
    this.#copies.clusterChanged(name);
    this.#preferences?.clusterChanged();
    for (const loop of [this.#jobs, this.#autoscalers]) loop.wakeAll();
  }

  /** A federated object of this type came, went, or says something else. */
  objectChanged(type: string, key: string): void {
    if (type.endsWith('.apps')) this.#preferences?.objectChanged(key);
    if (type === 'namespaces') {
      const { namespace } = nameOfKey(key);
      const loops = [this.#jobs, this.#autoscalers, this.#preferences];
      for (const loop of loops) loop?.namespaceChanged(namespace);
    }
    if (type === SHARED_JOBS.type) this.#jobs.objectChanged(key);
    if (type !== SHARED_AUTOSCALERS.type) return;
    this.#autoscaled.autoscalerChanged(key);
    this.#autoscalers.objectChanged(key);
  }

  /** Which types run is another. */
  typesChanged(): void {
    this.#copies.typesChanged();
    this.#autoscaled.typesChanged();
    this.#preferences?.typesChanged();
    for (const loop of [this.#jobs, this.#autoscalers]) loop.wakeAll();
  }

  /** Of an object of this type: who wrote its placement and its overrides. */
  plannedBy(type: string, key: string): PlannedBy {
    const kind = [SHARED_JOBS, SHARED_AUTOSCALERS].find((one) => one.type === type);
    if (kind === undefined) return this.#preferences?.plannedBy(type, key) ?? 'person';
    const object = this.#types().engines.get(type)?.objects.get(key);
    return object !== undefined && kind.isAsked(object) ? 'turn' : 'person';
  }

  /** undefined: not known yet. */
  isAutoscaled(type: string, key: string): boolean | undefined {
    return this.#autoscaled.isAutoscaled(type, key);
  }
}
