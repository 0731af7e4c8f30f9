/**
 * The control plane: its loops over one host cluster. It runs where it leads, and only there: one
 * process of all that share the host, elected by a Lease.
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Registry } from 'prom-client';
import { ApiClient } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { ClusterAccess } from '../kubernetes/cluster-access.ts';
import type { ListWatchLimits } from '../kubernetes/limits.ts';
import { LeaseElection } from '../kubernetes/reconciling/lease-election.ts';
import { olderLockEnds } from '../kubernetes/reconciling/older-lock.ts';
import { PacedClient } from '../kubernetes/reconciling/paced-client.ts';
import type { Alarms } from '../runtime/alarms.ts';
import type { Logger } from '../runtime/logger.ts';
import { OneAfterAnother } from '../runtime/one-after-another.ts';
import { RateLimited } from '../runtime/rate-limited.ts';
import { countReconciles, countWrites, type FederationCounts } from './federation-counts.ts';
import { FederationLoops } from './federation-loops.ts';
import {
  HOST_PACE,
  LOCK_NAME,
  SETTINGS_CHECK_MS,
  SETTINGS_RETRY_MS,
  TROUBLE_LOG_MS,
} from './limits.ts';
import { registerFederationMetrics } from './metrics.ts';
import { type Federation, readFederation } from './read-federation.ts';

export interface ControlPlaneOptions {
  /** Of the host. */
  readonly access: ClusterAccess;
  readonly namespace: string;
  readonly logger: Logger;
  readonly alarms: Alarms;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #host: PacedClient;
  /** Of the election alone: it waits behind no other request. */
  readonly #electing: ApiClient;
  readonly #logger: Logger;
  readonly #troubles = new RateLimited(TROUBLE_LOG_MS);
  readonly #ended = new AbortController();
  /** Begin and end follow each other, however fast leaders change. */
  readonly #turns = new OneAfterAnother();
  #election: LeaseElection | undefined;
  #loops: FederationLoops | undefined;
  #settingsCheck: NodeJS.Timeout | undefined;
  #counts: FederationCounts | undefined;
  #endCounting: () => void = () => undefined;
  #started: Promise<void> | undefined;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#logger = options.logger;
    this.#host = new PacedClient(new ApiClient(options.access), HOST_PACE);
    this.#electing = new ApiClient(options.access);
  }

  /** At once; the host need not be there yet. */
  start(): void {
    this.#started ??= this.#start();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#started;
    await this.#election?.stop();
    await this.#turns.run(() => this.#end());
    this.#endCounting();
    await Promise.all([this.#host.close(), this.#electing.close()]);
  }

  registerMetrics(registry: Registry): void {
    this.#counts = countWrites(registry);
    this.#endCounting = countReconciles(registry);
    registerFederationMetrics(registry, this);
  }

  /** Of this process, while it leads. */
  get loops(): FederationLoops | undefined {
    return this.#loops;
  }

  get isLeading(): boolean {
    return this.#election?.isLeading === true;
  }

  async #start(): Promise<void> {
    const federation = await this.#readFederation();
    if (federation === undefined) return;
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs, resourceLock } = federation.settings;
    if (resourceLock !== 'leases') {
      const reason = `resourceLock ${resourceLock} is no lock any more: a Lease is used`;
      this.#logger.info('setting read otherwise', { key: 'leaderElect.resourceLock', reason });
    }
    const identity = `${hostname()}_${randomUUID()}`;
    this.#election = new LeaseElection({
      client: this.#electing,
      namespace: this.#options.namespace,
      name: LOCK_NAME,
      identity,
      times: { leaseDurationMs, renewDeadlineMs, retryPeriodMs },
      onElected: () => {
        this.#logger.info('leading', { key: LOCK_NAME, holder: identity });
        void this.#turns.run(async () => {
          await this.#whenKubefedEnds();
          this.#begin(federation);
        });
      },
      onLost: () => {
        this.#logger.warn('leads no more, nothing is written', { key: LOCK_NAME });
        void this.#turns.run(() => this.#end());
      },
      onOther: (holder) => this.#logger.info('standing by', { key: LOCK_NAME, holder }),
      onTrouble: (error) => this.#tellTrouble('no election: host is away', error),
    });
    this.#election.start();
  }

  /** KubeFed's controllers may still run, in the middle of an upgrade: their lock is not our Lease. */
  async #whenKubefedEnds(): Promise<void> {
    await olderLockEnds({
      client: this.#electing,
      namespace: this.#options.namespace,
      name: LOCK_NAME,
      isWanted: () => this.isLeading,
      onHeld: ({ holder, plural }) => {
        const reason = `KubeFed's own lock is held by ${holder} (${plural} ${LOCK_NAME})`;
        this.#tellTrouble('control plane waits until KubeFed ends', reason);
      },
      onTrouble: (error) => this.#tellTrouble('control plane waits for its host', error),
    });
  }

  /** Until it can be read; undefined: told to stop meanwhile. */
  async #readFederation(): Promise<Federation | undefined> {
    const { namespace } = this.#options;
    while (!this.#ended.signal.aborted) {
      try {
        const read = await readFederation(this.#host, namespace);
        if (read.kind === 'good') return read.value;
        this.#tellTrouble('control plane waits: its settings are wrong', read.problem);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#tellTrouble('control plane waits for its host', error);
      }
      await sleep(SETTINGS_RETRY_MS, undefined, { signal: this.#ended.signal }).catch(() => {});
    }
    return undefined;
  }

  #begin(federation: Federation): void {
    const { access, namespace, limits, alarms } = this.#options;
    if (!this.isLeading) return;
    const logger = this.#logger;
    this.#loops = new FederationLoops({
      ...{ access, namespace, limits, alarms, federation, logger },
      host: this.#host,
      counts: this.#counts,
    });
    this.#loops.start();
    this.#settingsCheck = setTimeout(() => this.#checkSettings(federation), SETTINGS_CHECK_MS);
  }

  /** Changed settings of the host are taken up by loops that begin anew; who leads goes on leading. */
  #checkSettings(before: Federation): void {
    void this.#turns.run(async () => {
      if (this.#loops === undefined || !this.isLeading) return;
      const now = await this.#rereadFederation();
      if (now === undefined || isDeepStrictEqual(now, before)) {
        this.#settingsCheck = setTimeout(() => this.#checkSettings(before), SETTINGS_CHECK_MS);
        return;
      }
      this.#logger.info('settings of the federation changed, its loops begin anew');
      await this.#end();
      this.#begin(now);
    });
  }

  /** undefined: it cannot be read now, or is wrong; what is in force stays. */
  async #rereadFederation(): Promise<Federation | undefined> {
    try {
      const read = await readFederation(this.#host, this.#options.namespace);
      if (read.kind === 'good') return read.value;
      this.#tellTrouble('settings of the federation not taken, the old ones stay', read.problem);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#tellTrouble('settings of the federation not read, the old ones stay', error);
    }
    return undefined;
  }

  async #end(): Promise<void> {
    clearTimeout(this.#settingsCheck);
    const loops = this.#loops;
    this.#loops = undefined;
    await loops?.stop();
  }

  #tellTrouble(what: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#troubles.run(what, () => this.#logger.warn(what, { error: text }));
  }
}
