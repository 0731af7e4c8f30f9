/**
 * How every cluster stands, for the sake of workloads: since when it is ready or not, whether its
 * addresses answer meanwhile, whether it was given up.
 */

import { DRAIN_WORKLOADS_ANNOTATION } from '../../api/kubefed/kubefed-cluster.ts';
import {
  type CandidateCluster,
  type CandidateSettings,
  type CandidateVerdict,
  judgeCandidates,
} from '../../federation/replicas/candidates.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import { ADDRESS_LOOK_MS } from '../limits.ts';
import { MemberAddresses } from './member-addresses.ts';

interface Standing {
  isReady: boolean;
  sinceMs: number;
  wasLeft: boolean;
  answers: boolean | undefined;
  askedAtMs: number;
}

export interface JudgedClusters {
  readonly verdicts: ReadonlyMap<string, CandidateVerdict>;
  readonly lookAgainMs: number | undefined;
}

export class ClusterStandings {
  readonly #clusters: FederatedClusters;
  readonly #settings: CandidateSettings;
  readonly #limits: Partial<ListWatchLimits> | undefined;
  readonly #standings = new Map<string, Standing>();
  readonly #addresses = new Map<string, MemberAddresses>();

  constructor(
    clusters: FederatedClusters,
    settings: CandidateSettings,
    limits: Partial<ListWatchLimits> | undefined,
  ) {
    this.#clusters = clusters;
    this.#settings = settings;
    this.#limits = limits;
  }

  /** A cluster came, left, or turned. */
  take(name: string): void {
    const cluster = this.#clusters.get(name);
    const client = cluster?.client?.client;
    const addresses = this.#addresses.get(name);
    if (addresses !== undefined && addresses.client !== client) {
      this.#addresses.delete(name);
      void addresses.stop();
    }
    if (cluster === undefined) {
      this.#standings.delete(name);
      return;
    }
    if (client !== undefined && cluster.isReady && !this.#addresses.has(name)) {
      const watched = new MemberAddresses(client, this.#limits);
      this.#addresses.set(name, watched);
      watched.start();
    }
    const before = this.#standings.get(name);
    if (before?.isReady === cluster.isReady) return;
    this.#standings.set(name, {
      isReady: cluster.isReady,
      // Of a cluster that is not ready at our start it is not known since when.
      sinceMs: performance.now(),
      wasLeft: before?.wasLeft ?? false,
      answers: undefined,
      askedAtMs: Number.NEGATIVE_INFINITY,
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#addresses.values()].map((addresses) => addresses.stop()));
  }

  /** Asks lost clusters' addresses where that is due. */
  async judge(): Promise<JudgedClusters> {
    const nowMs = performance.now();
    await Promise.all(
      [...this.#standings].map(async ([name, standing]) => {
        const isOver = nowMs - standing.sinceMs >= this.#settings.workloadGraceMs;
        const isDue = nowMs - standing.askedAtMs >= ADDRESS_LOOK_MS;
        if (standing.isReady || standing.wasLeft || !isOver || !isDue) return;
        standing.askedAtMs = nowMs;
        standing.answers = await this.#addresses.get(name)?.answers();
      }),
    );
    const judged = judgeCandidates(this.#candidates(), this.#settings, performance.now());
    for (const [name, verdict] of judged.verdicts) {
      const standing = this.#standings.get(name);
      if (standing === undefined) continue;
      if (!standing.isReady && verdict === 'out') standing.wasLeft = true;
      if (verdict === 'in') standing.wasLeft = false;
    }
    return judged;
  }

  #candidates(): CandidateCluster[] {
    return [...this.#standings].map(([name, { isReady, sinceMs, answers, wasLeft }]) => {
      const { wishes } = this.#clusters.get(name) ?? {};
      const isDrained = wishes?.get(DRAIN_WORKLOADS_ANNOTATION) === 'true';
      return { name, isReady, sinceMs, answers, wasLeft, isDrained };
    });
  }
}
