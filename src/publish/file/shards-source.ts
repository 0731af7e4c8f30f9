/**
 * The shards file as a source of records: file -> plan -> store, level by level. Whatever happens
 * (an edit, a host name that moved, a stranger's write), the whole wanted state is compared with
 * the whole stored one and the difference applied; running twice changes nothing.
 */

import { whyLines } from '../../discovery/explain.ts';
import {
  type Fallbacks,
  type PlannedOwner,
  planRecords,
  type RecordPlan,
  storedOwners,
} from '../../discovery/ladder/plan-records.ts';
import type { ZoneNames } from '../../discovery/owner-names.ts';
import { parseShardsFile, type ShardsFile } from '../../discovery/shards-file.ts';
import { InputError } from '../../dns/errors.ts';
import type { FallbackRule } from '../../dns/fallback-rule.ts';
import type { DomainName } from '../../dns/name.ts';
import type { HostAddresses } from '../../probe/host-addresses.ts';
import type { Logger } from '../../runtime/logger.ts';
import { RECONCILE_RETRY_MAX_MS, RECONCILE_RETRY_MS, RESYNC_MS } from '../limits.ts';
import { MoveTeller } from '../move-teller.ts';
import type { Reconciled, WantedOwner } from '../writing/reconcile-records.ts';
import { WatchedFile } from './watched-file.ts';

/** Makes the store hold just `wanted` for us; gives what had to be changed. */
export type Reconcile = (
  wanted: ReadonlyMap<DomainName, WantedOwner>,
  rules: readonly FallbackRule[],
) => Promise<Reconciled>;

export interface ShardsSourceOptions {
  readonly path: string;
  readonly zoneNames: ZoneNames;
  readonly fallbacks: Fallbacks;
  readonly ttlSeconds: number;
  readonly hosts: HostAddresses;
  readonly reconcile: Reconcile;
  readonly logger: Logger;
}

/** The order in which the levels of a service appear. */
const RANKS = { global: 0, region: 1, zone: 2 } as const;

export class ShardsSource {
  readonly #options: ShardsSourceOptions;
  readonly #watched: WatchedFile;
  readonly #teller: MoveTeller;
  #file: ShardsFile;
  /** The last look at the file was in vain, and that was told. */
  #isBehindFile = false;
  #isWanted = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RECONCILE_RETRY_MS;
  #isStopped = false;
  #isPaused = false;
  /** As it was reconciled last. */
  #planned: RecordPlan | undefined;
  #revision: number | undefined;

  /** Reads the file once. Throws InputError SHARDS_FILE. */
  constructor(options: ShardsSourceOptions) {
    this.#options = options;
    this.#teller = new MoveTeller(options.logger);
    this.#watched = new WatchedFile(options.path, () => this.reread());
    this.#file = this.#read();
  }

  get file(): ShardsFile {
    return this.#file;
  }

  /** Resolves once the first reconcile was tried, with the revision of what it wrote last. */
  async start(): Promise<number | undefined> {
    this.#isPaused = false;
    this.#watched.start();
    this.wake();
    await this.#running;
    return this.#revision;
  }

  /** A bad file is told and changes nothing; that it is good again is told too. */
  reread(): void {
    const { logger } = this.#options;
    try {
      const file = this.#read();
      if (file.domain !== this.#file.domain || file.federation !== this.#file.federation) {
        throw new InputError('SHARDS_FILE', 'domain or federation changed: restart to follow');
      }
      this.#file = file;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      logger.error('shards file not taken, the last good one stays', { error: text });
      this.#isBehindFile = true;
      return;
    }
    if (this.#isBehindFile) logger.info('shards file taken again');
    this.#isBehindFile = false;
    this.wake();
  }

  /** Something may have changed: compare again, soon. */
  wake(): void {
    this.#isWanted = true;
    if (this.#running !== undefined || this.#isStopped || this.#isPaused) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Writes nothing more until the next start; the file and host names are still followed. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#watched.stop();
    this.#options.hosts.stop();
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#isWanted && !this.#isStopped && !this.#isPaused) {
      this.#isWanted = false;
      await this.#reconcileOnce();
    }
  }

  async #reconcileOnce(): Promise<void> {
    const { hosts, reconcile, logger } = this.#options;
    try {
      const plan = this.#plan();
      this.#planned = plan;
      hosts.follow(plan.hosts);
      const owners = new Map(
        [...storedOwners(plan)].map(([owner, { rrsets, level }]) => [
          owner,
          { rrsets, rank: RANKS[level.level] },
        ]),
      );
      const { moves, revision } = await reconcile(owners, plan.rules);
      this.#revision = revision ?? this.#revision;
      this.#teller.tell(this.#teller.room(moves), (owner) => plan.owners.get(owner));
      this.#retryMs = RECONCILE_RETRY_MS;
      this.#wakeIn(RESYNC_MS);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      logger.warn('records not published, trying again', {
        error: text,
        durationMs: this.#retryMs,
      });
      this.#wakeIn(this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, RECONCILE_RETRY_MAX_MS);
    }
  }

  /** Why a name answers so, from it up the ladder; undefined: not one of its names. */
  whyOf(name: DomainName): readonly string[] | undefined {
    this.#planned ??= this.#plan();
    const { owners } = this.#planned;
    const lines: string[] = [];
    let at: DomainName | undefined = name;
    while (at !== undefined) {
      const planned: PlannedOwner | undefined = owners.get(at);
      if (planned === undefined) break;
      lines.push(...whyLines(planned));
      const { outcome } = planned.level;
      at = outcome.kind === 'alias' ? outcome.target : undefined;
    }
    return lines.length === 0 ? undefined : lines;
  }

  #plan(): RecordPlan {
    const { hosts, zoneNames, fallbacks, ttlSeconds } = this.#options;
    const resolve = (host: string) => hosts.get(host) ?? this.#file.resolved.get(host);
    return planRecords(this.#file, { zoneNames, fallbacks, ttlSeconds, resolve });
  }

  #wakeIn(delayMs: number): void {
    if (this.#isStopped || this.#isPaused) return;
    this.#timer = setTimeout(() => this.wake(), delayMs);
  }

  #read(): ShardsFile {
    try {
      return parseShardsFile(this.#watched.read(), this.#options.path);
    } catch (error) {
      if (error instanceof InputError) throw error;
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const reason =
        code === 'ENOENT'
          ? 'no such file'
          : code === 'EACCES'
            ? 'permission denied'
            : String(error);
      throw new InputError('SHARDS_FILE', `${this.#options.path}: ${reason}`, this.#options.path);
    }
  }
}
