/**
 * The loop of type configs: for every FederatedTypeConfig whose propagation is on an engine runs;
 * off, changed or gone, it ends. Each says in its status which is so.
 *
 * Source: specs of KubeFed 0.10, "FederatedTypeConfig controller". Turning propagation off deletes
 * nothing in members.
 */

import { type ApiResource, resourceName } from '../../api/kubefed/api-resource.ts';
import {
  ACCEPT_ANNOTATION,
  type FederatedTypeConfig,
  readFederatedTypeConfig,
} from '../../api/kubefed/federated-type-config.ts';
import type { Read } from '../../api/read.ts';
import { listAt, textAt, textMapAt, valueAt } from '../../api/untyped.ts';
import { isNamespace } from '../../federation/copies/member-object.ts';
import { isSameWork } from '../../federation/federated-types/type-config.ts';
import type { NamespaceWish } from '../../federation/placement.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import {
  FollowedCollection,
  nameWithin,
} from '../../kubernetes/reconciling/followed-collection.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome, WorkQueue } from '../../kubernetes/reconciling/work-queue.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import type { ClusterChange } from '../clusters/federated-clusters.ts';
import { RETRY_MAX_MS, RETRY_MIN_MS } from '../limits.ts';
import { outcomeOf } from '../outcome-of.ts';
import type { SyncType, SyncTypeOptions } from '../sync/sync-type.ts';
import { readiness, removedFrom, unreadable, writeTypeStatus } from './type-readiness.ts';

/** What this loop gives to an engine. */
export type EngineWiring = Pick<SyncTypeOptions, 'namespaceWish' | 'onObject' | 'onHeld'>;

export interface TypeConfigsOptions {
  readonly host: PacedClient;
  readonly namespace: string;
  /** A federation of all namespaces, or of the control plane's alone. */
  readonly scope: 'Cluster' | 'Namespaced';
  readonly makeEngine: (config: FederatedTypeConfig, how: EngineWiring) => SyncType;
  readonly alarms: Alarms;
  /** A loop beside the engine keeps its status objects. */
  readonly keepsStatuses: (type: string) => boolean;
  /** A federated object of this type changed. */
  readonly onObject: (type: string, key: string) => void;
  /** Which types run is another. */
  readonly onTypes: () => void;
  /** `accept`: a word about removals that are not held so; else it is not federated. */
  readonly onProblem: (config: string, problem: string, of?: 'accept') => void;
  readonly onFault: (config: string, error: unknown) => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

interface SeenConfig {
  readonly read: Read<FederatedTypeConfig>;
  readonly object: unknown;
}

const FINALIZER = 'core.kubefed.io/federated-type-config';

export class TypeConfigs {
  readonly #options: TypeConfigsOptions;
  readonly #path: string;
  readonly #configs: FollowedCollection<SeenConfig>;
  readonly #queue: WorkQueue;
  readonly #engines = new Map<string, SyncType>();
  #isStopped = false;

  constructor(options: TypeConfigsOptions) {
    this.#options = options;
    const { host, namespace, onFault } = options;
    this.#path = `/apis/core.kubefed.io/v1beta1/namespaces/${namespace}/federatedtypeconfigs`;
    this.#queue = new WorkQueue({
      controller: 'type-configs',
      concurrency: 4,
      backoffMinMs: RETRY_MIN_MS,
      backoffMaxMs: RETRY_MAX_MS,
      work: (name) => this.#reconcile(name),
      onFault,
    });
    this.#configs = new FollowedCollection<SeenConfig>({
      client: host.client,
      path: this.#path,
      project: (object) => ({ read: readFederatedTypeConfig(object), object }),
      keyOf: nameWithin,
      onObject: (name) => this.#queue.hurry(name),
      limits: options.limits,
    });
  }

  get engines(): ReadonlyMap<string, SyncType> {
    return this.#engines;
  }

  start(): void {
    this.#configs.start();
    this.#queue.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#options.alarms.clear('copies-held', 'another leads, and judges anew');
    const engines = [...this.#engines.values()].map((engine) => engine.stop());
    await Promise.all([...engines, this.#configs.stop(), this.#queue.stop()]);
    this.#engines.clear();
  }

  clusterChanged(cluster: string, change: ClusterChange): void {
    for (const engine of this.#engines.values()) engine.clusterChanged(cluster, change);
  }

  planAll(): void {
    for (const engine of this.#engines.values()) engine.planAll();
  }

  /** undefined: not known yet, or about to run. */
  engineOf(name: string): SyncType | 'none' | undefined {
    if (!this.#configs.hasSynced) return undefined;
    const read = this.#configs.get(name)?.read;
    const config = read?.kind === 'good' ? read.value : undefined;
    const isComing = config?.isPropagating === true && !config.isDeleting && this.#canRun(config);
    return this.#engines.get(name) ?? (isComing ? undefined : 'none');
  }

  /** Whether an object of this type and key is there, and wanted in the cluster; undefined: not known. */
  isWanted(target: ApiResource, key: string, cluster: string): boolean | undefined {
    if (!this.#configs.hasSynced) return undefined;
    const engine = this.#engines.get(resourceName(target));
    if (engine !== undefined) return engine.isWanted(key, cluster);
    // Nobody federates the type: what was to go goes. One that may start yet is waited for.
    return this.#configs.get(resourceName(target)) === undefined ? false : undefined;
  }

  async #reconcile(name: string): Promise<Outcome> {
    const seen = this.#configs.get(name);
    if (seen?.read.kind !== 'good') await this.#end(name);
    if (seen === undefined) return DONE;
    try {
      if (seen.read.kind === 'bad') return await this.#refuse(seen, name, seen.read.problem);
      const config = seen.read.value;
      // It wakes all of them once it runs: nothing is said of them before.
      if (config.target.isNamespaced && this.#isNamespacesComing) return DONE;
      if (config.isDeleting) {
        await this.#end(name);
        await this.#setFinalizers(seen, without(config.finalizers));
        return DONE;
      }
      if (!config.finalizers.includes(FINALIZER)) {
        await this.#setFinalizers(seen, [...config.finalizers, FINALIZER]);
        return DONE;
      }
      await this.#runOrEnd(config);
      await this.#takeWord(seen, name);
      await this.#writeStatus(seen, config);
      return DONE;
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async #runOrEnd(config: FederatedTypeConfig): Promise<void> {
    const { name } = config;
    const running = this.#engines.get(name);
    const isWanted = config.isPropagating && this.#canRun(config);
    if (running !== undefined && isWanted && isSameWork(running.config, config)) return;
    await this.#end(name);
    if (!isWanted || this.#isStopped) return;
    const isOfNamespaces = isNamespace(config.target);
    const asksNamespaces = config.target.isNamespaced && this.#options.scope === 'Cluster';
    const engine = this.#options.makeEngine(config, {
      onHeld: (type) => this.#heldChanged(type),
      ...(asksNamespaces && { namespaceWish: (namespace) => this.#namespaceWish(namespace) }),
      onObject: (key) => {
        if (isOfNamespaces) this.#namespaceChanged(nameWithin(key));
        this.#options.onObject(name, key);
      },
    });
    this.#engines.set(name, engine);
    engine.start();
    this.#options.onTypes();
    if (isOfNamespaces) this.#wakeNamespaced();
  }

  /** The engine of namespaces is about to start. */
  get #isNamespacesComing(): boolean {
    if (this.#options.scope === 'Namespaced' || this.#engines.has(NAMESPACES)) return false;
    const read = this.#configs.get(NAMESPACES)?.read;
    return read?.kind === 'good' && read.value.isPropagating && !read.value.isDeleting;
  }

  /** Namespaced types ask what is said of namespaces; a namespace's federation has only those. */
  #canRun({ target }: FederatedTypeConfig): boolean {
    if (this.#options.scope === 'Namespaced') return target.isNamespaced;
    return !target.isNamespaced || this.#engines.has(NAMESPACES);
  }

  async #end(name: string): Promise<void> {
    const engine = this.#engines.get(name);
    if (engine === undefined) return;
    this.#engines.delete(name);
    await engine.stop();
    this.#clearUnheld();
    this.#options.onTypes();
    if (name === NAMESPACES) this.#wakeNamespaced();
  }

  #wakeNamespaced(): void {
    for (const [name, { read }] of this.#configs.entries()) {
      if (read.kind === 'good' && read.value.target.isNamespaced) this.#queue.hurry(name);
    }
  }

  #namespaceWish(namespace: string): NamespaceWish | 'none' | undefined {
    const engine = this.#engines.get(NAMESPACES);
    if (engine?.objects.hasSynced !== true) return undefined;
    const key = `${namespace}/${namespace}`;
    const object = engine.objects.get(key);
    if (object === undefined) return 'none';
    const cause = object.deletion === 'delete' ? engine.deletionCause(key) : 'none';
    if (cause === undefined) return undefined;
    // Meant to go it federates nothing any more, and what is in it goes first. Lost with its host
    // namespace it says nothing of what is in it.
    if (cause === 'asked') return 'none';
    return { placement: object.placement, limit: object.clusterLimit };
  }

  /** Copies are held, or no more: said by an alarm, and in the status of the type. */
  #heldChanged(type: string): void {
    const reason = this.#engines.get(type)?.gate.held?.reason;
    if (reason === undefined) this.#clearUnheld();
    else {
      const what = 'copies held, they stay where they are';
      this.#options.alarms.raise('copies-held', what, { key: type, reason });
    }
    this.#queue.hurry(type);
  }

  #clearUnheld(): void {
    if ([...this.#engines.values()].some(({ gate }) => gate.held)) return;
    this.#options.alarms.clear('copies-held', 'copies not held any more');
  }

  /** A person's word about what is held: for just that, and taken once; one said meanwhile stays. */
  async #takeWord({ object }: SeenConfig, name: string): Promise<void> {
    const id = textMapAt(object, 'metadata', 'annotations').get(ACCEPT_ANNOTATION);
    if (id === undefined) return;
    const { host, onProblem } = this.#options;
    const resourceVersion = valueAt(object, 'metadata', 'resourceVersion');
    const annotations = { [ACCEPT_ANNOTATION]: null };
    await host.patch(`${this.#path}/${name}`, { metadata: { resourceVersion, annotations } });
    if (this.#engines.get(name)?.gate.accept(id) === true) return;
    onProblem(name, `annotation ${ACCEPT_ANNOTATION}: nothing is held as "${id}"`, 'accept');
  }

  #namespaceChanged(namespace: string): void {
    for (const engine of this.#engines.values()) engine.namespaceChanged(namespace);
  }

  async #writeStatus({ object }: SeenConfig, config: FederatedTypeConfig): Promise<void> {
    const { host, keepsStatuses } = this.#options;
    const engine = this.#engines.get(config.name);
    await writeTypeStatus(host, `${this.#path}/${config.name}`, object, {
      readiness: readiness(config, engine, await removedFrom(host, config)),
      isRunning: engine !== undefined,
      keepsStatuses: config.status && engine !== undefined && keepsStatuses(config.name),
    });
  }

  /** It was stored, and cannot be read. */
  async #refuse(seen: SeenConfig, name: string, problem: string): Promise<Outcome> {
    this.#options.onProblem(name, problem);
    if (textAt(seen.object, 'metadata', 'deletionTimestamp') !== undefined) {
      const finalizers = listAt(seen.object, 'metadata', 'finalizers').map(String);
      await this.#setFinalizers(seen, without(finalizers));
      return DONE;
    }
    const said = { readiness: unreadable(problem), isRunning: false, keepsStatuses: undefined };
    await writeTypeStatus(this.#options.host, `${this.#path}/${name}`, seen.object, said);
    return DONE;
  }

  async #setFinalizers({ object }: SeenConfig, finalizers: readonly string[]): Promise<void> {
    const resourceVersion = valueAt(object, 'metadata', 'resourceVersion');
    const name = String(valueAt(object, 'metadata', 'name'));
    await this.#options.host.patch(`${this.#path}/${name}`, {
      metadata: { resourceVersion, finalizers },
    });
  }
}

/** The type config of the core group's Namespace. */
const NAMESPACES = resourceName({ group: '', plural: 'namespaces' });

function without(finalizers: readonly string[]): readonly string[] {
  return finalizers.filter((one) => one !== FINALIZER);
}
