/**
 * How every cluster stands, for the sake of workloads: since when it is ready or not, whether its
 * addresses answer meanwhile, whether it was given up.
 */

import { DRAIN_WORKLOADS_ANNOTATION } from '../../api/kubefed/kubefed-cluster.ts';
import {
  ADDRESS_LOOK_MS,
  type AddressSign,
  type CandidateCluster,
  type CandidateSettings,
  type Judged,
  judgeCandidates,
} from '../../federation/replicas/candidates.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { type LookUpHost, resolverLookUp } from '../../probe/host-addresses.ts';
import type { FederatedClusters } from '../clusters/federated-clusters.ts';
import { anyAnswers, type LoadBalancer, MemberAddresses } from './member-addresses.ts';

interface Standing {
  isReady: boolean;
  sinceMs: number;
  wasLeft: boolean;
  addresses: AddressSign;
  askedAtMs: number;
}

/** A timer may be early by so much, ms. */
const LOOK_SLACK_MS = 100;

export interface ClusterStandingsOptions {
  readonly clusters: FederatedClusters;
  readonly settings: CandidateSettings;
  /** Of a cluster that was never read since our start: what it said before, as others remember it. */
  readonly lastAddresses: (cluster: string) => readonly LoadBalancer[];
  /** The control plane's own, of a federation that is no more than a namespace. */
  readonly onlyNamespace: string | undefined;
  readonly lookUp?: LookUpHost | undefined;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class ClusterStandings {
  readonly #options: ClusterStandingsOptions;
  readonly #lookUp: LookUpHost;
  readonly #standings = new Map<string, Standing>();
  readonly #addresses = new Map<string, MemberAddresses>();

  constructor(options: ClusterStandingsOptions) {
    this.#options = options;
    this.#lookUp = options.lookUp ?? resolverLookUp();
  }

  /** A cluster came, left, or turned. */
  take(name: string): void {
    const cluster = this.#options.clusters.get(name);
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
      const watched = new MemberAddresses(client, this.#options);
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
      addresses: { kind: 'answering' },
      askedAtMs: Number.NEGATIVE_INFINITY,
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#addresses.values()].map((addresses) => addresses.stop()));
  }

  /** Asks lost clusters' addresses where that is due. */
  async judge(): Promise<Judged> {
    const nowMs = performance.now();
    await Promise.all(
      [...this.#standings].map(async ([name, standing]) => {
        const isDue = nowMs - standing.askedAtMs >= ADDRESS_LOOK_MS - LOOK_SLACK_MS;
        if (standing.isReady || standing.wasLeft || !isDue) return;
        standing.askedAtMs = nowMs;
        const answers = await anyAnswers(this.#known(name), this.#lookUp);
        standing.addresses = signOf(answers, standing.addresses, nowMs);
      }),
    );
    const judged = judgeCandidates(this.#candidates(), this.#options.settings, performance.now());
    for (const [name, verdict] of judged.verdicts) {
      const standing = this.#standings.get(name);
      if (standing === undefined) continue;
      if (judged.dead.has(name)) standing.wasLeft = true;
      if (verdict === 'in') standing.wasLeft = false;
    }
    return judged;
  }

  #known(name: string): readonly LoadBalancer[] {
    const known = this.#addresses.get(name)?.known ?? [];
    return known.length > 0 ? known : this.#options.lastAddresses(name);
  }

  #candidates(): CandidateCluster[] {
    return [...this.#standings].map(([name, { isReady, sinceMs, addresses, wasLeft }]) => {
      const { wishes } = this.#options.clusters.get(name) ?? {};
      const isDrained = wishes?.get(DRAIN_WORKLOADS_ANNOTATION) === 'true';
      return { name, isReady, sinceMs, addresses, wasLeft, isDrained };
    });
  }
}

/** Silence lasts from the first time on that nobody answered. */
function signOf(answers: boolean | undefined, before: AddressSign, nowMs: number): AddressSign {
  if (answers === undefined) return { kind: 'unknown' };
  if (answers) return { kind: 'answering' };
  return before.kind === 'silent' ? before : { kind: 'silent', sinceMs: nowMs };
}
