/**
 * The members that a host cluster names: its KubeFedCluster objects and their Secrets, followed ->
 * specs for the registry. What it writes is for people: Events, and a condition of each object.
 *
 * Promised: nothing is told before both collections were read whole, so "not yet read" never looks
 * like "no members". The host away, all stay as they are. An object that is wrong, or whose Secret
 * is, harms only itself: told once, and a member that was good keeps the access it had. Tokens are
 * held in memory, and told to nobody but their member.
 */

import {
  readKubeFedCluster,
  readSecretToken,
  type SlimKubeFedCluster,
} from '../../api/kubefed/kubefed-cluster.ts';
import type { Read } from '../../api/read.ts';
import { ApiClient } from '../../kubernetes/api-client.ts';
import type { ApiError } from '../../kubernetes/api-error.ts';
import type { ClusterAccess } from '../../kubernetes/cluster-access.ts';
import type { ListWatchSink } from '../../kubernetes/collection.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { ListWatch } from '../../kubernetes/list-watch.ts';
import { EventWriter } from '../event-writer.ts';
import { HOST_OBJECTS_MAX, HOST_SETTLE_MS } from '../limits.ts';
import type { MemberSpec } from '../registry.ts';
import { ClusterConditions } from './cluster-conditions.ts';
import { federatedNamespace } from './federation-scope.ts';
import { kubefedAccess } from './kubefed-access.ts';
import { watchedCondition } from './watched-condition.ts';

export interface HostMembersOptions {
  /** Of the host. */
  readonly access: ClusterAccess;
  readonly namespace: string;
  /** How a member stands. */
  readonly turnOf?: (cluster: string) => MemberTurn | undefined;
  /**
   * All members that the host names now; the first time once it was read whole. `withheld`: names
   * of further ones, of which no access is known that could be used.
   */
  readonly onChange: (specs: readonly MemberSpec[], withheld: readonly string[]) => void;
  /** `KubeFedCluster namespace/name`, or the host itself; once until it is another. */
  readonly onProblem: (object: string, problem: string) => void;
  readonly limits?: Partial<ListWatchLimits>;
}

/** How a member's API stands; `api` undefined: not read yet. */
export interface MemberTurn {
  readonly api: 'fresh' | 'lost' | undefined;
  /** Why it is lost. */
  readonly reason: string;
}

type Cluster = Read<SlimKubeFedCluster>;
type Token = Read<string>;

export class HostMembers {
  readonly #options: HostMembersOptions;
  readonly #client: ApiClient;
  readonly #events: EventWriter;
  readonly #conditions: ClusterConditions;
  readonly #clusterWatch: ListWatch<Cluster>;
  readonly #secretWatch: ListWatch<Token>;
  /** By name. */
  readonly #clusters = new Map<string, Cluster>();
  readonly #tokens = new Map<string, Token>();
  /** By name: what was good last. */
  readonly #specs = new Map<string, MemberSpec>();
  /** Object -> problem told last. */
  readonly #told = new Map<string, string>();
  /** By name: what is wrong with its object or Secret now. */
  readonly #problems = new Map<string, string>();
  #toldSpecs: string | undefined;
  /** The only one that the federation is of; empty: of all; undefined: not known yet. */
  #onlyNamespace: string | undefined;
  readonly #ended = new AbortController();
  #asking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HostMembersOptions) {
    this.#options = options;
    this.#client = new ApiClient(options.access);
    this.#events = new EventWriter(this.#client);
    const { namespace } = options;
    const clusters = `/apis/core.kubefed.io/v1beta1/namespaces/${namespace}/kubefedclusters`;
    this.#conditions = new ClusterConditions({ client: this.#client, path: clusters });
    const changed = () => this.#settle();
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    this.#clusterWatch = this.#watch(clusters, readKubeFedCluster, byName(this.#clusters, changed));
    this.#secretWatch = this.#watch(secrets, readSecretToken, byName(this.#tokens, changed));
  }

  start(): void {
    this.#clusterWatch.start();
    this.#secretWatch.start();
    this.#asking ??= this.#askScope();
  }

  /** Said on the member's object, as Event and condition, where the host has one of that name. */
  turned(cluster: string): void {
    // Of an object that was not looked at with its Secret it is said when it is.
    const isKnown = this.#specs.has(cluster) || this.#problems.has(cluster);
    if (!this.hasSynced || !isKnown || !this.#clusters.has(cluster)) return;
    this.#setCondition(cluster);
    const turn = this.#turnOf(cluster);
    if (turn.api === undefined) return;
    const { namespace } = this.#options;
    const regarding = { apiVersion: 'core.kubefed.io/v1beta1', kind: 'KubeFedCluster', namespace };
    const isLost = turn.api === 'lost';
    this.#events.write({
      regarding: { ...regarding, name: cluster },
      type: isLost ? 'Warning' : 'Normal',
      reason: isLost ? 'MemberLost' : 'MemberFresh',
      note: isLost ? `what it said last stays: ${turn.reason}` : 'watched, and its API answers',
    });
  }

  /** Whether this process writes the conditions. */
  writeConditions(isWriter: boolean): void {
    this.#conditions.write(isWriter);
  }

  /** Resolves once quiet: nothing is told any more. */
  async stop(): Promise<void> {
    this.#ended.abort();
    clearTimeout(this.#timer);
    this.#events.stop();
    this.#conditions.stop();
    await Promise.all([this.#asking, this.#clusterWatch.stop(), this.#secretWatch.stop()]);
    await this.#client.close();
  }

  /** Both collections were read whole, whose namespaces they are for is known, and it was told. */
  get hasSynced(): boolean {
    return this.#toldSpecs !== undefined;
  }

  #watch<T>(
    path: string,
    project: (object: unknown) => T | undefined,
    sink: ListWatchSink<T>,
  ): ListWatch<T> {
    const { namespace, onProblem, limits } = this.#options;
    return new ListWatch({
      client: this.#client,
      path,
      project,
      sink,
      onStatus: () => this.#look(),
      onSkipped: (_key, reason) => onProblem(`host namespace ${namespace}`, reason),
      limits: { objectsMax: HOST_OBJECTS_MAX, ...limits },
    });
  }

  /** Read whole for the first time; lost; there again. */
  #look(): void {
    const watches = [this.#clusterWatch.status, this.#secretWatch.status];
    const host = `host cluster ${this.#options.access.server}`;
    const lost = watches.find(({ isInContact, lastError }) => !isInContact && lastError);
    // What fails again in other words is the same loss.
    if (lost === undefined) this.#told.delete(host);
    else if (!this.#told.has(host)) {
      const what = this.hasSynced ? 'its members stay as they are' : 'no members are known from it';
      this.#tell(host, `${lost.lastError ?? ''}: ${what}`);
    }
    if (this.hasSynced || this.#onlyNamespace === undefined) return;
    if (watches.every(({ hasSynced }) => hasSynced)) this.#publish();
  }

  /** Where nobody says it, or not to us, it is of all; and we ask on. */
  async #askScope(): Promise<void> {
    const { signal } = this.#ended;
    const take = (namespace: string) => {
      this.#onlyNamespace = namespace;
      this.#look();
      this.#settle();
    };
    const { namespace } = this.#options;
    const onUnsure = ({ status, message }: Pick<ApiError, 'status' | 'message'>) => {
      if (this.#onlyNamespace !== undefined) return;
      if (status === 403 || status === 404) take('');
      // Where the rest cannot be read either, that is told.
      else if (this.#clusterWatch.status.hasSynced && this.#secretWatch.status.hasSynced)
        this.#tell(
          `KubeFedConfig ${namespace}/kubefed`,
          `${message}: no members are known without`,
        );
    };
    const known = await federatedNamespace({ client: this.#client, namespace, signal, onUnsure });
    if (known !== undefined) take(known);
  }

  #settle(): void {
    if (!this.hasSynced || this.#ended.signal.aborted) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#publish();
    }, HOST_SETTLE_MS);
  }

  /** What is wrong with its object or its Secret now. */
  problemOf(name: string): string | undefined {
    return this.#problems.get(name);
  }

  #publish(): void {
    if (this.#ended.signal.aborted) return;
    for (const name of this.#specs.keys()) if (!this.#clusters.has(name)) this.#specs.delete(name);
    for (const name of this.#conditions.clusters) {
      if (this.#clusters.has(name)) continue;
      this.#conditions.set(name, undefined);
      this.#problems.delete(name);
    }
    const names = new Set([...this.#clusters.keys()].map((name) => this.#object(name)));
    for (const object of this.#told.keys()) {
      if (object.startsWith('KubeFedCluster ') && !names.has(object)) this.#told.delete(object);
    }
    for (const [name, cluster] of this.#clusters) {
      const read = this.#specOf(name, cluster);
      if (read.kind === 'good') {
        this.#specs.set(name, read.value);
        this.#told.delete(this.#object(name));
        this.#problems.delete(name);
        this.#setCondition(name);
        continue;
      }
      this.#problems.set(name, read.problem);
      this.#setCondition(name);
      const kept = this.#specs.has(name) ? 'the access it had stays' : 'it cannot be read';
      this.#tell(this.#object(name), `${read.problem}: ${kept}`);
    }
    const specs = [...this.#specs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    // A status is written every few seconds by whoever probes clusters: only what we use is news.
    const withheld = [...this.#clusters.keys()].filter((name) => !this.#specs.has(name)).sort();
    const text = JSON.stringify([specs.map(({ access: _, ...rest }) => rest), withheld]);
    if (text === this.#toldSpecs) return;
    this.#toldSpecs = text;
    this.#options.onChange(specs, withheld);
  }

  #specOf(name: string, cluster: Cluster): Read<MemberSpec> {
    if (cluster.kind === 'bad') return cluster;
    const { secretName, region, topologyZones } = cluster.value;
    const token = this.#tokens.get(secretName);
    const secret = `spec.secretRef.name: Secret "${secretName}"`;
    if (token === undefined) {
      return { kind: 'bad', problem: `${secret} is not there, or has no data.token` };
    }
    if (token.kind === 'bad') return { kind: 'bad', problem: `${secret}: ${token.problem}` };
    const read = kubefedAccess(this.#object(name), cluster.value, token.value);
    if (read.kind === 'bad') return read;
    const within = this.#onlyNamespace === '' ? {} : { onlyNamespace: this.#onlyNamespace };
    const value = { name, ...read.value, region, topologyZones, allow: [], ...within };
    return { kind: 'good', value };
  }

  #setCondition(name: string): void {
    const { api, reason } = this.#turnOf(name);
    const hasAccess = this.#specs.has(name);
    const problem = this.#problems.get(name);
    this.#conditions.set(name, watchedCondition({ problem, hasAccess, api, reason }));
  }

  #turnOf(name: string): MemberTurn {
    return this.#options.turnOf?.(name) ?? { api: undefined, reason: '' };
  }

  #object(name: string): string {
    return `KubeFedCluster ${this.#options.namespace}/${name}`;
  }

  #tell(object: string, problem: string): void {
    if (this.#told.get(object) === problem) return;
    this.#told.set(object, problem);
    this.#options.onProblem(object, problem);
  }
}

function nameOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

function byName<T>(objects: Map<string, T>, changed: () => void): ListWatchSink<T> {
  return {
    replace: (all) => {
      objects.clear();
      for (const [key, object] of all) objects.set(nameOf(key), object);
      changed();
    },
    put: (key, object) => {
      objects.set(nameOf(key), object);
      changed();
    },
    remove: (key) => {
      objects.delete(nameOf(key));
      changed();
    },
  };
}
