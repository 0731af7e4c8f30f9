/**
 * The control plane: its loops over one host cluster. It runs where it leads, and only there: one
 * process of all that share the host, elected by a Lease.
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Registry } from 'prom-client';
import { ApiClient } from '../kubernetes/api-client.ts';
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
import { HOST_PACE, LOCK_NAME, SETTINGS_CHECK_MS, TROUBLE_LOG_MS } from './limits.ts';
import { registerFederationMetrics } from './metrics.ts';
import { FederationSettings } from './settings/federation-settings.ts';
import type { Federation } from './settings/read-federation.ts';

export interface ControlPlaneOptions {
  /** Of the host. */
  readonly access: ClusterAccess;
  readonly namespace: string;
  readonly logger: Logger;
  readonly alarms: Alarms;
  /** federation-loops.ts. */
  readonly servedTtlSeconds?: number | undefined;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #host: PacedClient;
  /** Of the election alone: it waits behind no other request. */
  readonly #electing: ApiClient;
  readonly #settings: FederationSettings;
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
    this.#settings = new FederationSettings({
      host: this.#host,
      namespace: options.namespace,
      onTrouble: (what, error) => this.#tellTrouble(what, error),
    });
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

  /** Of the host: where its own objects are. */
  get namespace(): string {
    return this.#options.namespace;
  }

  /** Of this process, while it leads. */
  get loops(): FederationLoops | undefined {
    return this.#loops;
  }

  get isLeading(): boolean {
    return this.#election?.isLeading === true;
  }

  async #start(): Promise<void> {
    const federation = await this.#settings.untilGood(this.#ended.signal);
    if (federation === undefined) return;
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs, resourceLock } = federation.settings;
    if (resourceLock !== 'leases') {
      // Whether a person chose it cannot be seen: the API server writes its default as if one had.
      const whose = resourceLock === 'configmaps' ? " (KubeFed's default)" : '';
      const reason = `resourceLock ${resourceLock}${whose} is no lock any more: a Lease is used; say leases`;
      this.#logger.warn('setting read otherwise', { key: 'leaderElect.resourceLock', reason });
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

  #begin(federation: Federation): void {
    const { access, namespace, limits, alarms, servedTtlSeconds } = this.#options;
    if (!this.isLeading) return;
    const logger = this.#logger;
    this.#loops = new FederationLoops({
      ...{ access, namespace, limits, alarms, federation, servedTtlSeconds, logger },
      host: this.#host,
      counts: this.#counts,
    });
    this.#loops.start();
    // At once: who stood by read them long ago, perhaps, and that they are in force is told.
    this.#checkSettings(federation, this.#loops);
  }

  /** Changed settings of the host are taken up by loops that begin anew; who leads goes on leading. */
  #checkSettings(before: Federation, loops: FederationLoops): void {
    void this.#turns.run(async () => {
      if (this.#loops !== loops || !this.isLeading) return;
      const now = await this.#settings.readAgain();
      if (now === undefined || isDeepStrictEqual(now, before)) {
        const check = () => this.#checkSettings(before, loops);
        this.#settingsCheck = setTimeout(check, SETTINGS_CHECK_MS);
        return;
      }
      this.#logger.info('settings of the federation changed, its loops begin anew');
      await this.#end();
      this.#begin(now);
    });
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
