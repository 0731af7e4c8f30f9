/**
 * The loop of cluster health: every cluster's API is asked whether it is well, all at once and each
 * by itself, and its KubeFedCluster says what came of it. A slow cluster delays only itself.
 *
 * Written when something but the time of the probe is another, and once a minute all the same, so
 * that the time shows a loop at work (KubeFed writes every period).
 *
 * Source: specs of KubeFed 0.10, "Cluster controller"; regions and zones as in its 0.6.1, but that
 * what was said once is remembered while nobody can be asked.
 */

import { listAt, textAt, valueAt } from '../../api/untyped.ts';
import {
  type ClusterCondition,
  type ClusterHealth,
  conditionsOf,
  type HealthThresholds,
  nextHealth,
  PROBED_TYPES,
  type ProbeSample,
  sampleOf,
} from '../../federation/cluster-condition.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import { tellReconciled } from '../../kubernetes/reconciling/reconciled.ts';
import { PROBE_TOLD_MS } from '../limits.ts';
import { type ClusterPlace, readClusterPlace } from './cluster-place.ts';
import type { FederatedCluster, FederatedClusters } from './federated-clusters.ts';

export interface ClusterHealthSettings extends HealthThresholds {
  readonly periodMs: number;
  readonly timeoutMs: number;
}

export interface ClusterHealthOptions {
  readonly clusters: FederatedClusters;
  readonly host: PacedClient;
  readonly namespace: string;
  readonly settings: ClusterHealthSettings;
  /** Of its token; undefined: nothing is known. */
  readonly tokenCondition: (cluster: string) => ClusterCondition | undefined;
  readonly onTurn: (cluster: string, sample: ProbeSample) => void;
  readonly onTrouble: (cluster: string, error: unknown) => void;
}

interface Probed {
  readonly health: ClusterHealth;
  readonly place: ClusterPlace | undefined;
}

export class ClusterHealthLoop {
  readonly #options: ClusterHealthOptions;
  readonly #probed = new Map<string, Probed>();
  readonly #withoutAccess = new Set<string>();
  readonly #asked = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ClusterHealthOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#round(), this.#options.settings.periodMs);
    this.#round();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await Promise.all(this.#asked.values());
  }

  #round(): void {
    const { clusters } = this.#options;
    if (!clusters.hasSynced) return;
    const names = new Set(clusters.names);
    for (const name of this.#probed.keys()) if (!names.has(name)) this.#probed.delete(name);
    for (const name of this.#withoutAccess) if (!names.has(name)) this.#withoutAccess.delete(name);
    for (const name of names) {
      // An object and its Secret come one after the other: the second round believes it.
      const isNew = clusters.get(name)?.client === undefined && !this.#withoutAccess.has(name);
      if (isNew) this.#withoutAccess.add(name);
      else this.lookAt(name);
    }
    for (const name of this.#withoutAccess) {
      if (clusters.get(name)?.client !== undefined) this.#withoutAccess.delete(name);
    }
  }

  /** Now, unless it is being asked. */
  lookAt(name: string): void {
    const cluster = this.#options.clusters.get(name);
    if (cluster === undefined || this.#asked.has(name) || this.#timer === undefined) return;
    const begunMs = performance.now();
    const tell = (result: 'done' | 'failed') => tellReconciled('cluster-health', result, begunMs);
    const asked = this.#ask(cluster)
      .then(() => tell('done'))
      .catch((error: unknown) => {
        tell('failed');
        this.#options.onTrouble(name, error);
      })
      .finally(() => this.#asked.delete(name));
    this.#asked.set(name, asked);
  }

  async #ask(cluster: FederatedCluster): Promise<void> {
    const { settings, onTurn } = this.#options;
    const sample = await this.#probe(cluster);
    const before = this.#probed.get(cluster.name);
    const health = nextHealth(before?.health ?? recordedHealth(cluster), sample, settings);
    let place = before?.place;
    if (health.sample.kind === 'ready' && cluster.client !== undefined) {
      place = await readClusterPlace(cluster.client.client, place, settings.timeoutMs);
    }
    this.#probed.set(cluster.name, { health, place });
    if (before?.health.sample.kind !== health.sample.kind) onTurn(cluster.name, health.sample);
    await this.#write(cluster, health.sample, place);
  }

  async #probe({ client, problem }: FederatedCluster): Promise<ProbeSample> {
    if (client === undefined) {
      const why = problem ?? 'its object or its Secret cannot be used';
      return { kind: 'malformed', message: `no access: ${why}` };
    }
    try {
      const { timeoutMs } = this.#options.settings;
      const text = await client.client.getText('/healthz', { timeoutMs });
      if (text.trim().toLowerCase() === 'ok') return { kind: 'ready' };
      return { kind: 'not ready', message: text.slice(0, 100) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { kind: 'offline', message: error.message };
    }
  }

  /** Merge patch under the version that was read: the conditions of others are in it. */
  async #write(
    cluster: FederatedCluster,
    sample: ProbeSample,
    place: ClusterPlace | undefined,
  ): Promise<void> {
    const { host, namespace, clusters } = this.#options;
    const current = clusters.get(cluster.name)?.object;
    if (current === undefined) return;
    const token = this.#options.tokenCondition(cluster.name);
    const conditions = [
      ...conditionsOf(sample),
      ...(sample.kind === 'malformed' ? [] : keptAccess(clusters.get(cluster.name)?.problem)),
      ...(token === undefined ? [] : [token]),
    ];
    const status = statusWith(current, { conditions, place, now: new Date() });
    if (status === undefined) return;
    const resourceVersion = textAt(current, 'metadata', 'resourceVersion');
    const path = `/apis/core.kubefed.io/v1beta1/namespaces/${namespace}/kubefedclusters`;
    try {
      const body = { metadata: { resourceVersion }, status };
      await host.patch(`${path}/${cluster.name}/status`, body);
    } catch (error) {
      // Written by another meanwhile, or gone: the next round sees it as it is then.
      const isPassed = error instanceof ApiError && (error.status === 409 || error.status === 404);
      if (!isPassed) throw error;
    }
  }
}

/** Changed into nonsense while it ran: unknown is not absent, and it is told. */
function keptAccess(problem: string | undefined): readonly ClusterCondition[] {
  if (problem === undefined) return [];
  return conditionsOf({ kind: 'malformed', message: `${problem}: the access it had stays` });
}

/** A start goes on from what the object says: one failure does not turn a cluster. */
function recordedHealth({ object }: FederatedCluster): ClusterHealth | undefined {
  const conditions = listAt(object, 'status', 'conditions').map((one) => ({
    type: textAt(one, 'type') ?? '',
    status: textAt(one, 'status') ?? '',
    message: textAt(one, 'message') ?? '',
  }));
  const sample = sampleOf(conditions);
  return sample && { sample, oppositeCount: 0 };
}

interface StatusInputs {
  readonly conditions: readonly ClusterCondition[];
  readonly place: ClusterPlace | undefined;
  readonly now: Date;
}

/** undefined: what stands there is right, and the time of its probe is not old. */
function statusWith(object: unknown, { conditions, place, now }: StatusInputs): object | undefined {
  const said = listAt(object, 'status', 'conditions');
  const nowText = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const wanted = conditions.map((condition) => {
    const before = said.find((one) => textAt(one, 'type') === condition.type);
    const isSame = textAt(before, 'status') === condition.status;
    const turned = isSame ? textAt(before, 'lastTransitionTime') : undefined;
    return { ...condition, lastProbeTime: nowText, lastTransitionTime: turned ?? nowText };
  });
  const ours = said.filter((one) => PROBED_TYPES.has(textAt(one, 'type') ?? ''));
  const others = said.filter((one) => !PROBED_TYPES.has(textAt(one, 'type') ?? ''));
  const isSame =
    ours.length === wanted.length &&
    wanted.every(({ type, status, reason, message }) => {
      const before = ours.find((one) => textAt(one, 'type') === type);
      return (
        textAt(before, 'status') === status &&
        textAt(before, 'reason') === reason &&
        textAt(before, 'message') === message
      );
    });
  const probedAt = Date.parse(textAt(ours[0], 'lastProbeTime') ?? '');
  const isRecent = now.getTime() - probedAt < PROBE_TOLD_MS;
  // Absent from the patch: what was said of the place before stays.
  const { kubernetesVersion, region, zones } = place ?? {};
  const located = {
    ...(kubernetesVersion !== undefined && { kubernetesVersion }),
    ...(region !== undefined && { region }),
    ...(zones !== undefined && zones.length > 0 && { zones }),
  };
  const isPlaced = Object.entries(located).every(
    ([key, value]) => JSON.stringify(valueAt(object, 'status', key)) === JSON.stringify(value),
  );
  if (isSame && isRecent && isPlaced) return undefined;
  return { conditions: [...wanted, ...others], ...located };
}
