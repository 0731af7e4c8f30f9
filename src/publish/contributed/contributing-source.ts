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
import { DECIDE_AT_ONCE } from '../limits.ts';
import type { SelectHosts } from '../reports/host-reports.ts';
import { MemberReports, type SelectServices } from '../reports/member-reports.ts';
import type { ServiceQuota } from '../reports/service-quota.ts';
import { Rounds } from '../rounds.ts';
import type { FederationView } from '../seen/federation-view.ts';

export interface ContributingSourceOptions {
  readonly registry: MemberRegistry;
  readonly book: ShardBook;
  readonly view: FederationView;
  readonly select: SelectServices;
  readonly selectHosts: SelectHosts;
  readonly defaultPolicy: DecideContext['defaultPolicy'];
  readonly quota: ServiceQuota;
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
  readonly #rounds: Rounds<Place>;
  /** Fresh, which is said once all of it is written: whoever reads that believes what is missing. */
  readonly #fresh = new Set<string>();

  constructor(options: ContributingSourceOptions) {
    this.#options = options;
    const naming = () => options.view.plan.naming;
    this.#reports = new MemberReports({ ...options, naming, contributed: undefined });
    this.#rounds = new Rounds({
      run: (place, isCurrent) => this.#run(place, isCurrent),
      hasMore: () => this.#waiting.size > 0,
      // Who writes nothing gathers nothing: a start reads everything anew.
      onIdle: () => this.#waiting.clear(),
      onFailed: (error, waitMs) => {
        const text = error instanceof Error ? error.message : String(error);
        options.logger.warn('shards not contributed, trying again', {
          error: text,
          durationMs: waitMs,
        });
      },
    });
  }

  /** Writes here from now on, whatever was known of the store before. */
  async start(place: Place): Promise<void> {
    await this.pause();
    this.#options.book.forgetAll();
    this.#rounds.begin(place);
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
    await this.#rounds.end();
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
    const seen = hasSynced ? this.#options.view.seen.get(cluster) : undefined;
    for (const key of seen?.keys() ?? []) this.#wait(key, cluster);
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
    this.#rounds.wake();
  }

  async #run(place: Place, isCurrent: () => boolean): Promise<void> {
    const { book } = this.#options;
    if (!book.isLoaded) await this.#loadBook(place);
    // Once at least: that nobody is waited for any more is news, too.
    do {
      await new Promise(setImmediate);
      this.#takeSome();
      await this.#save(place);
      this.#rounds.wentWell();
    } while (isCurrent() && (this.#waiting.size > 0 || book.hasUnsaved));
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
}
