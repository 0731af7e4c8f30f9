/**
 * The other end of contributed members: what our members say goes into the store as shards, and
 * whoever leads the federation makes records of them. Decides nothing, and needs no access to any
 * cluster but its own.
 *
 *   member event -> key -> report (book) -> store
 */

import type { DecideContext } from '../../discovery/health/decide-service.ts';
import type { Completeness, MemberRegistry, MemberSpec } from '../../members/registry.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Fence } from '../../store/control/control-keys.ts';
import type { RecordStore } from '../../store/record-store.ts';
import type { ShardBook } from '../book/shard-book.ts';
import {
  DECIDE_AT_ONCE,
  GRACE_TICK_MS,
  RECONCILE_RETRY_MAX_MS,
  RECONCILE_RETRY_MS,
} from '../limits.ts';
import { MemberReports, type SelectServices } from '../members/member-reports.ts';
import type { FederationView } from '../seen/federation-view.ts';

export interface ContributingSourceOptions {
  readonly registry: MemberRegistry;
  readonly book: ShardBook;
  readonly view: FederationView;
  readonly select: SelectServices;
  readonly defaultPolicy: DecideContext['defaultPolicy'];
  readonly logger: Logger;
}

interface Place {
  readonly store: RecordStore;
  readonly fence: Fence | undefined;
}

export class ContributingSource {
  readonly #options: ContributingSourceOptions;
  readonly #reports: MemberReports;
  /** Service key -> the members whose word on it is read anew. */
  readonly #waiting = new Map<string, Set<string>>();
  /** Fresh, which is said once all of it is written: whoever reads that believes what is missing. */
  readonly #fresh = new Set<string>();
  #place: Place | undefined;
  #running: Promise<void> | undefined;
  #mustRunAgain = false;
  #tick: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RECONCILE_RETRY_MS;

  constructor(options: ContributingSourceOptions) {
    this.#options = options;
    this.#reports = new MemberReports({ ...options, contributed: undefined });
  }

  /** Writes here from now on, whatever was known of the store before. */
  async start(place: Place): Promise<void> {
    await this.pause();
    this.#options.book.forgetAll();
    this.#place = place;
    this.#tick = setInterval(() => {
      if (!this.#options.view.isPlaceDue) return;
      this.#options.view.refresh();
      this.#wake();
    }, GRACE_TICK_MS);
    this.#wake();
  }

  replaceMembers(specs: readonly MemberSpec[], how?: Completeness): void {
    this.#options.registry.replace(specs, how);
    if (this.#options.book.isLoaded) this.#forgetLeft();
    this.#options.view.refresh();
    this.#wake();
  }

  serviceChanged(cluster: string, key: string): void {
    if (this.#options.registry.get(cluster)?.member.status.hasSynced) this.#wait(key, cluster);
    this.#wake();
  }

  memberChanged(cluster: string): void {
    this.#options.view.refresh();
    this.#memberChanged(cluster);
    this.#wake();
  }

  /** Writes nothing more until the next start; members are still read. */
  async pause(): Promise<void> {
    this.#place = undefined;
    clearInterval(this.#tick);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    await this.#running;
    this.#waiting.clear();
  }

  async stop(): Promise<void> {
    await this.pause();
    await this.#options.registry.stop();
  }

  #memberChanged(cluster: string): void {
    const { registry, book } = this.#options;
    const member = registry.get(cluster)?.member;
    if (member === undefined) return;
    const { hasSynced, api } = member.status;
    const isFresh = hasSynced && api === 'fresh';
    if (isFresh) this.#fresh.add(cluster);
    else this.#fresh.delete(cluster);
    if (book.isLoaded && !isFresh) book.setSignal(cluster, 'lost');
    if (hasSynced) for (const key of member.objects.keys()) this.#wait(key, cluster);
    for (const key of book.keysOf(cluster)) this.#wait(key, cluster);
  }

  #wait(key: string, cluster: string): void {
    const clusters = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, clusters.add(cluster));
  }

  #forgetLeft(): void {
    const { registry, book } = this.#options;
    for (const cluster of book.clusters) {
      if (registry.get(cluster) !== undefined || registry.isPerhaps(cluster)) continue;
      this.#fresh.delete(cluster);
      book.forget(cluster);
    }
  }

  #wake(): void {
    const place = this.#place;
    if (place === undefined) {
      this.#waiting.clear();
      return;
    }
    if (this.#retry !== undefined) return;
    if (this.#running !== undefined) {
      this.#mustRunAgain = true;
      return;
    }
    this.#mustRunAgain = false;
    this.#running = this.#run(place).finally(() => {
      this.#running = undefined;
      if (this.#mustRunAgain || this.#waiting.size > 0) this.#wake();
    });
  }

  async #run(place: Place): Promise<void> {
    const { book } = this.#options;
    try {
      if (!book.isLoaded) await this.#loadBook(place);
      // Once at least: that nobody is waited for any more is news, too.
      do {
        await new Promise(setImmediate);
        this.#takeSome();
        await this.#save(place);
      } while (place === this.#place && (this.#waiting.size > 0 || book.hasUnsaved));
      this.#retryMs = RECONCILE_RETRY_MS;
    } catch (error) {
      this.#failed(error);
    }
  }

  async #loadBook({ store }: Place): Promise<void> {
    const { book, registry, view } = this.#options;
    await book.load(store);
    this.#forgetLeft();
    view.refresh();
    for (const cluster of registry.joined.keys()) this.#memberChanged(cluster);
  }

  #takeSome(): void {
    const { book, view } = this.#options;
    let count = 0;
    for (const [key, clusters] of this.#waiting) {
      this.#waiting.delete(key);
      for (const cluster of clusters) this.#reports.take(cluster, key);
      if (++count === DECIDE_AT_ONCE) return;
    }
    for (const cluster of this.#fresh) book.setSignal(cluster, 'fresh');
    this.#fresh.clear();
    if (view.haveAllSynced) book.complete();
  }

  async #save({ store, fence }: Place): Promise<void> {
    const { book, logger } = this.#options;
    for (const { key, reason } of await book.save(store, fence)) {
      logger.error('not contributed: the store refuses it', { key, reason });
    }
  }

  #failed(error: unknown): void {
    if (this.#place === undefined) return;
    const text = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn('shards not contributed, trying again', {
      error: text,
      durationMs: this.#retryMs,
    });
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#wake();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RECONCILE_RETRY_MAX_MS);
  }
}
