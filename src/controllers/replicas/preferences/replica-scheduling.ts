/** The loop of ReplicaSchedulingPreferences (README.md). */

import { nameOfKey, objectPath } from '../../../api/kubefed/api-resource.ts';
import type { FederatedObject } from '../../../api/kubefed/federated-object.ts';
import {
  PREFERENCES,
  type ReplicaSchedulingPreference,
  readReplicaSchedulingPreference,
} from '../../../api/kubefed/replica-scheduling-preference.ts';
import type { Read } from '../../../api/read.ts';
import { textMapAt } from '../../../api/untyped.ts';
import { scheduledSpec } from '../../../federation/replicas/scheduled-object.ts';
import type { ListWatchLimits } from '../../../kubernetes/limits.ts';
import { FollowedCollection } from '../../../kubernetes/reconciling/followed-collection.ts';
import type { PacedClient } from '../../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome, WorkQueue } from '../../../kubernetes/reconciling/work-queue.ts';
import type { FederatedClusters } from '../../clusters/federated-clusters.ts';
import {
  CONFLICT_RETRY_MS,
  PREFERENCES_AT_ONCE,
  RETRY_MAX_MS,
  RETRY_MIN_MS,
  UNSCHEDULABLE_CHECK_MS,
  WORKLOAD_SETTLE_MS,
} from '../../limits.ts';
import { outcomeOf } from '../../outcome-of.ts';
import type { Departures } from '../../records/service-records/departures.ts';
import type { PlannedBy } from '../../sync/object-outlook.ts';
import type { SyncType } from '../../sync/sync-type.ts';
import { allowedClusters } from '../allowed-clusters.ts';
import type { ClusterStandings } from '../cluster-standings.ts';
import { MemberWorkloads } from '../member-workloads.ts';
import { NewWishes } from './new-wishes.ts';
import { planPreference } from './plan-preference.ts';
import { type ReadyPreference, writeReady } from './ready-condition.ts';

export interface ReplicaSchedulingOptions {
  readonly host: PacedClient;
  readonly clusters: FederatedClusters;
  /** By the name of the type config; those that run. */
  readonly engines: () => ReadonlyMap<string, SyncType>;
  readonly namespace: string | undefined;
  readonly standings: ClusterStandings;
  readonly departures: Pick<Departures, 'leave'>;
  /** Of a type config's object: an autoscaler has its replicas; undefined: not known yet. */
  readonly isAutoscaled: (type: string, key: string) => boolean | undefined;
  readonly onFault: (key: string, error: unknown) => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

/** Target kind -> name of its type config. */
const SCHEDULED: Readonly<Record<ReplicaSchedulingPreference['targetKind'], string>> = {
  FederatedDeployment: 'deployments.apps',
  FederatedReplicaSet: 'replicasets.apps',
};

interface SeenPreference {
  readonly read: Read<ReplicaSchedulingPreference>;
  readonly object: unknown;
}

export class ReplicaScheduling {
  readonly #options: ReplicaSchedulingOptions;
  readonly #preferences: FollowedCollection<SeenPreference>;
  readonly #queue: WorkQueue;
  /** Type config -> cluster -> its workloads; only of types that preferences name. */
  readonly #workloads = new Map<string, Map<string, MemberWorkloads>>();
  readonly #wishes = new NewWishes();

  constructor(options: ReplicaSchedulingOptions) {
    this.#options = options;
    const { host, namespace, onFault, limits } = options;
    this.#queue = new WorkQueue({
      controller: 'replica-scheduling',
      concurrency: PREFERENCES_AT_ONCE,
      backoffMinMs: RETRY_MIN_MS,
      backoffMaxMs: RETRY_MAX_MS,
      work: (key) => this.#reconcile(key),
      onFault,
    });
    const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
    this.#preferences = new FollowedCollection<SeenPreference>({
      client: host.client,
      path: `/apis/scheduling.kubefed.io/v1alpha1${within}/${PREFERENCES.plural}`,
      project: (object) => ({ read: readReplicaSchedulingPreference(object), object }),
      onObject: (key) => this.#queue.hurry(key),
      limits,
    });
  }

  start(): void {
    this.#preferences.start();
    this.#queue.start();
  }

  async stop(): Promise<void> {
    const workloads = [...this.#workloads.values()].flatMap((each) => [...each.values()]);
    await Promise.all([
      this.#preferences.stop(),
      this.#queue.stop(),
      ...workloads.map((each) => each.stop()),
    ]);
  }

  clusterChanged(): void {
    for (const type of this.#workloads.keys()) this.#follow(type);
    this.#wakeAll();
  }

  /** A federated object, or its type, is another. */
  objectChanged(key: string): void {
    if (this.#preferences.get(key) !== undefined) this.#queue.add(key);
  }

  /** Where its namespace may be is another. */
  namespaceChanged(namespace: string): void {
    for (const key of this.#preferences.keys()) {
      if (nameOfKey(key).namespace === namespace) this.#queue.add(key);
    }
  }

  typesChanged(): void {
    this.#wakeAll();
  }

  /** Of a type config's object: who wrote its placement and its overrides. */
  plannedBy(type: string, key: string): PlannedBy {
    // Not read yet: it may be a plan, and a plan may turn with anything.
    if (!this.#preferences.hasSynced) return type.endsWith('.apps') ? 'turn' : 'person';
    const read = this.#preferences.get(key)?.read;
    if (read?.kind !== 'good' || SCHEDULED[read.value.targetKind] !== type) return 'person';
    return this.#wishes.has(key) ? 'wish' : 'turn';
  }

  #wakeAll(): void {
    for (const key of this.#preferences.keys()) this.#queue.hurry(key);
  }

  async #reconcile(key: string): Promise<Outcome> {
    const seen = this.#preferences.get(key);
    if (seen === undefined) this.#stay(key);
    if (seen === undefined || !this.#options.clusters.hasSynced) return DONE;
    try {
      return await this.#schedule(key, seen);
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async #schedule(key: string, seen: SeenPreference): Promise<Outcome> {
    const { read } = seen;
    const tell = (reason: Exclude<ReadyPreference['reason'], 'Scheduled'>, message: string) =>
      this.#tellOpen(key, seen, { status: 'False', reason, message });
    if (read.kind === 'bad') return await tell('Invalid', read.problem);
    const preference = read.value;
    const type = SCHEDULED[preference.targetKind];
    const engine = this.#options.engines().get(type);
    if (engine === undefined) {
      const why = `its FederatedTypeConfig ${type} is not there, or does not propagate`;
      return await tell('TypeNotFederated', `spec.targetKind: ${preference.targetKind}: ${why}`);
    }
    if (!engine.objects.hasSynced) return { kind: 'again', afterMs: CONFLICT_RETRY_MS };
    const object = engine.objects.get(key);
    if (object === undefined || object.deletion !== 'none') {
      const what = `there is no ${preference.targetKind} ${key}, of the preference's own name`;
      return await tell('TargetNotFound', `spec.targetKind: ${what}`);
    }
    const isAutoscaled = this.#options.isAutoscaled(type, key);
    if (isAutoscaled === undefined) return { kind: 'again', afterMs: CONFLICT_RETRY_MS };
    if (isAutoscaled) {
      const who = 'a FederatedHorizontalPodAutoscaler targets it, and has its replicas';
      return await tell('Autoscaled', `${preference.targetKind} ${key}: ${who}`);
    }
    const workloads = this.#follow(type);
    const { verdicts, dead, lookAgainMs } = await this.#options.standings.judge();
    const namespace = engine.namespaceWish(object.namespace);
    const asksNamespaces = this.#options.namespace === undefined;
    if (asksNamespaces && namespace === undefined) {
      return { kind: 'again', afterMs: CONFLICT_RETRY_MS };
    }
    const inputs = { clusters: this.#options.clusters.labels, namespace };
    const selected = allowedClusters(preference, object, inputs);
    const planned = await planPreference({
      preference,
      object,
      verdicts,
      dead,
      selected,
      workloads,
    });
    const again = (afterMs: number): Outcome => ({ kind: 'again', afterMs });
    if (planned.kind === 'none') {
      await tell(planned.reason, planned.message);
      return again(Math.min(lookAgainMs ?? RETRY_MIN_MS, RETRY_MIN_MS));
    }
    const { message, leaving } = planned;
    const departing = this.#departing(type, object, leaving.keys());
    const counts = new Map(planned.step.counts);
    for (const cluster of departing.keys()) counts.set(cluster, leaving.get(cluster) ?? 0);
    const spec = scheduledSpec(object, counts);
    this.#wishes.note(key, seen.object);
    if (spec !== undefined) await this.#writeSpec(object, engine, spec);
    const { awaited } = planned.step;
    if (awaited.length > 0) {
      await tell('Moving', `${message}; waits until they are ready in ${awaited.join(', ')}`);
    } else if (departing.size > 0) {
      const names = [...departing.keys()].sort().join(', ');
      await tell('Moving', `${message}; waits until clients have forgotten ${names}`);
    } else {
      if (spec === undefined) this.#wishes.forget(key);
      await this.#tell(seen, { status: 'True', reason: 'Scheduled', message });
    }
    const checkMs = planned.isOpen ? UNSCHEDULABLE_CHECK_MS : undefined;
    const waits = [lookAgainMs ?? Infinity, checkMs ?? Infinity, ...departing.values()];
    const afterMs = Math.min(...waits);
    return Number.isFinite(afterMs) ? again(afterMs) : DONE;
  }

  /** Nobody plans it any more. */
  #stay(key: string): void {
    this.#wishes.forget(key);
    this.#endDepartures(key);
  }

  #endDepartures(key: string): void {
    const { namespace } = nameOfKey(key);
    for (const type of Object.values(SCHEDULED)) {
      this.#options.departures.leave({ id: `${type} ${key}`, namespace, labels: new Map() }, []);
    }
  }

  /** Clusters whose pods are kept until clients have forgotten them -> how long yet, ms. */
  #departing(
    type: string,
    { namespace, key, template }: FederatedObject,
    clusters: Iterable<string>,
  ): ReadonlyMap<string, number> {
    const labels = textMapAt(template, 'spec', 'template', 'metadata', 'labels');
    const workload = { id: `${type} ${key}`, namespace, labels };
    const waits = this.#options.departures.leave(workload, clusters);
    return new Map([...waits].filter(([, waitMs]) => waitMs > 0));
  }

  async #writeSpec(object: FederatedObject, engine: SyncType, spec: object): Promise<void> {
    const { resourceVersion, uid } = object;
    const path = objectPath(engine.config.federated, object);
    await this.#options.host.patch(path, { metadata: { resourceVersion, uid }, spec });
  }

  /** The workloads of this type in every cluster that can be read. */
  #follow(type: string): ReadonlyMap<string, MemberWorkloads> {
    const followed = this.#workloads.get(type) ?? new Map<string, MemberWorkloads>();
    this.#workloads.set(type, followed);
    const { clusters, engines, namespace, limits } = this.#options;
    const target = engines().get(type)?.config.target;
    for (const [name, workloads] of followed) {
      if (clusters.get(name)?.client === workloads.client && target !== undefined) continue;
      followed.delete(name);
      void workloads.stop();
    }
    if (target === undefined) return followed;
    for (const name of clusters.names) {
      const client = clusters.get(name)?.client;
      if (client === undefined || followed.has(name)) continue;
      const workloads = new MemberWorkloads({
        client,
        target,
        namespace,
        onWorkload: (key) => {
          if (this.#preferences.get(key) !== undefined)
            this.#queue.addAfter(key, WORKLOAD_SETTLE_MS);
        },
        onSynced: () => this.#wakeAll(),
        limits,
      });
      followed.set(name, workloads);
      workloads.start();
    }
    return followed;
  }

  #tellOpen(key: string, seen: SeenPreference, told: ReadyPreference): Promise<Outcome> {
    // Where it runs it stays: nobody moves it.
    if (told.reason !== 'Moving' && told.reason !== 'WorkloadsNotRead') this.#endDepartures(key);
    return this.#tell(seen, told);
  }

  async #tell({ object }: SeenPreference, told: ReadyPreference): Promise<Outcome> {
    await writeReady(this.#options.host, object, told);
    return DONE;
  }
}
