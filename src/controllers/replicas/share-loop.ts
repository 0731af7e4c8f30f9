/**
 * The loop of one kind that clusters share (README.md): every federated object that asks for it is
 * planned from what is seen now, its spec written where it differs, and its condition Shared.
 */

import { timeText, withConditions } from '../../api/conditions.ts';
import { objectPath } from '../../api/kubefed/api-resource.ts';
import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import type { LabelSelector } from '../../api/label-selector.ts';
import { good } from '../../api/read.ts';
import { listAt, textAt } from '../../api/untyped.ts';
import { type Placed, placeObject } from '../../federation/placement.ts';
import type { CandidateVerdict } from '../../federation/replicas/candidates.ts';
import { sharedSpec } from '../../federation/replicas/scheduled-object.ts';
import type { PlannedShares, SharedKind } from '../../federation/replicas/shared-kinds.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';
import { DONE, type Outcome, WorkQueue } from '../../kubernetes/reconciling/work-queue.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import {
  CONFLICT_RETRY_MS,
  RETRY_MAX_MS,
  RETRY_MIN_MS,
  SHARES_AT_ONCE,
  WORKLOAD_SETTLE_MS,
} from '../limits.ts';
import { outcomeOf } from '../outcome-of.ts';
import type { SyncType } from '../sync/sync-type.ts';
import type { ClusterStandings } from './cluster-standings.ts';

export interface ShareLoopOptions {
  readonly kind: SharedKind;
  readonly host: PacedClient;
  readonly clusters: FederatedClusters;
  readonly standings: ClusterStandings;
  /** By the name of the type config; those that run. */
  readonly engines: () => ReadonlyMap<string, SyncType>;
  /** A namespace's federation has a say in where its objects are. */
  readonly asksNamespaces: boolean;
  readonly plan: (
    object: FederatedObject,
    /** Of the clusters that it may be in. */
    verdicts: ReadonlyMap<string, CandidateVerdict>,
  ) => PlannedShares;
  readonly onFault: (key: string, error: unknown) => void;
}

/** Of the federated object's status, beside KubeFed's Propagation. */
const CONDITION = 'Shared';
/** Where a placement has no selector: all. Its clusters are what is planned. */
const EVERYWHERE: LabelSelector = { labels: new Map(), expressions: [] };

export class ShareLoop {
  readonly #options: ShareLoopOptions;
  readonly #queue: WorkQueue;

  constructor(options: ShareLoopOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      controller: `shares-${options.kind.type}`,
      concurrency: SHARES_AT_ONCE,
      backoffMinMs: RETRY_MIN_MS,
      backoffMaxMs: RETRY_MAX_MS,
      work: (key) => this.#reconcile(key),
      onFault: options.onFault,
    });
  }

  start(): void {
    this.#queue.start();
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  objectChanged(key: string): void {
    if (this.#sharedObject(key) === undefined) this.#queue.forget(key);
    else this.#queue.hurry(key);
  }

  /** A copy of it says something else. */
  copyChanged(key: string): void {
    if (this.#sharedObject(key) !== undefined) this.#queue.addAfter(key, WORKLOAD_SETTLE_MS);
  }

  /** What is said of a namespace is another. */
  namespaceChanged(namespace: string): void {
    for (const key of this.#engine?.objects.keys() ?? []) {
      if (key.startsWith(`${namespace}/`)) this.objectChanged(key);
    }
  }

  /** A cluster, or the type, is another. */
  wakeAll(): void {
    for (const key of this.#engine?.objects.keys() ?? []) this.objectChanged(key);
  }

  get #engine(): SyncType | undefined {
    return this.#options.engines().get(this.#options.kind.type);
  }

  #sharedObject(key: string): FederatedObject | undefined {
    const object = this.#engine?.objects.get(key);
    const isShared = object?.deletion === 'none' && this.#options.kind.isAsked(object);
    return isShared ? object : undefined;
  }

  async #reconcile(key: string): Promise<Outcome> {
    const engine = this.#engine;
    const object = this.#sharedObject(key);
    if (engine === undefined || object === undefined || !this.#options.clusters.hasSynced) {
      return DONE;
    }
    try {
      return await this.#share(object, engine);
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async #share(object: FederatedObject, engine: SyncType): Promise<Outcome> {
    const { kind, plan, standings, host } = this.#options;
    const placed = this.#place(object, engine);
    if (placed === undefined) return again(CONFLICT_RETRY_MS);
    if (placed.kind === 'failed') {
      return await this.#tell(object, engine, { reason: 'Invalid', message: placed.problem });
    }
    const allowed = placed.kind === 'placed' ? placed.clusters : new Set<string>();
    const { verdicts, lookAgainMs } = await standings.judge();
    const planned = plan(object, new Map([...verdicts].filter(([name]) => allowed.has(name))));
    if (planned.kind === 'none') await this.#tell(object, engine, planned);
    else {
      const spec = sharedSpec(object, planned.shares, kind);
      if (spec !== undefined) {
        const { resourceVersion, uid } = object;
        const path = objectPath(engine.config.federated, object);
        await host.patch(path, { metadata: { resourceVersion, uid }, spec });
        // Its watch brings it back, and what is to be told with it.
        return DONE;
      }
      await this.#tell(object, engine, { reason: 'Planned', message: planned.message });
    }
    const soonMs = planned.kind === 'none' ? undefined : planned.lookAgainMs;
    const afterMs = Math.min(lookAgainMs ?? Infinity, soonMs ?? Infinity);
    return Number.isFinite(afterMs) ? again(afterMs) : DONE;
  }

  /**
   * Where the object's selector and its namespace allow it: what stands as the clusters of its placement
   * was planned. undefined: what is said of the namespace was not read yet.
   */
  #place({ placement, namespace }: FederatedObject, engine: SyncType): Placed | undefined {
    const { clusters, asksNamespaces } = this.#options;
    const wish = engine.namespaceWish(namespace);
    if (asksNamespaces && wish === undefined) return undefined;
    const selector = placement.kind === 'good' ? placement.value.selector : undefined;
    const bySelector =
      placement.kind === 'bad'
        ? placement
        : good({ clusters: undefined, selector: selector ?? EVERYWHERE });
    return placeObject({ clusters: clusters.labels, placement: bySelector, namespace: wish });
  }

  async #tell(object: FederatedObject, engine: SyncType, told: Told): Promise<Outcome> {
    const { reason, message } = told;
    const status = reason === 'Planned' ? 'True' : 'False';
    const before = listAt(object.status, 'conditions').find(
      (one) => textAt(one, 'type') === CONDITION,
    );
    const isSame =
      textAt(before, 'status') === status &&
      textAt(before, 'reason') === reason &&
      textAt(before, 'message') === message;
    if (isSame) return DONE;
    const { resourceVersion, uid, generation } = object;
    const now = timeText(new Date());
    const said = { type: CONDITION, status, reason, message } as const;
    const conditions = withConditions(object.status, [said], { generation, now });
    await this.#options.host.patch(`${objectPath(engine.config.federated, object)}/status`, {
      metadata: { resourceVersion, uid },
      status: { conditions },
    });
    return DONE;
  }
}

export type SharedReason = 'Planned' | Extract<PlannedShares, { kind: 'none' }>['reason'];

interface Told {
  readonly reason: SharedReason;
  readonly message: string;
}

function again(afterMs: number): Outcome {
  return { kind: 'again', afterMs };
}
