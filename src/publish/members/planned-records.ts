/**
 * Planned records into the store: what changed, at once; everything wanted against everything
 * stored at the start, when the places change, after a failure and every so often. Holds what is
 * planned and not yet confirmed.
 */

import { type FederationPlan, fallbackRulesOf } from '../../discovery/ladder/hierarchy.ts';
import type { Fallbacks } from '../../discovery/ladder/plan-records.ts';
import { keysOfName, serviceKeyOf } from '../../discovery/owner-names.ts';
import type { FallbackRule } from '../../dns/fallback-rule.ts';
import { type DomainName, labelCount } from '../../dns/name.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Fence } from '../../store/control/control-keys.ts';
import type { RecordStore } from '../../store/record-store.ts';
import type { RecordWriter } from '../../store/record-writer.ts';
import { applyApart, type LeftBudget, type LeftService } from '../apply-apart.ts';
import type { ShardBook } from '../book/shard-book.ts';
import type { ChangeFeed } from '../change-feed.ts';
import { APART_LEFT_MAX, APART_RETRY_MS, PACE_WAIT_MS, SERVED_WAIT_MS } from '../limits.ts';
import { MoveTeller } from '../move-teller.ts';
import type { Propagation } from '../propagation.ts';
import type { Move } from '../reconcile-records.ts';
import type { FederationView } from '../seen/federation-view.ts';
import { compareAll } from './compare-all.ts';
import type { OwnerChange, ServicePlans } from './service-plans.ts';
import { allOf, writeParts } from './write-parts.ts';

/** Where records and shards are written. */
export interface PublishTarget {
  readonly store: RecordStore;
  readonly writer: RecordWriter;
  readonly fence: Fence | undefined;
  /** Makes the store say just these, or these too; gives the revision where it had to be changed. */
  readonly writeRules: (
    rules: readonly FallbackRule[],
    how: { readonly keepsOthers: boolean },
  ) => Promise<number | undefined>;
}

export interface PlannedRecordsOptions {
  readonly book: ShardBook;
  readonly view: FederationView;
  readonly plans: ServicePlans;
  readonly fallbacks: Fallbacks;
  readonly propagation: Propagation;
  readonly feed?: ChangeFeed;
  /** Whether the answers of this process are from this revision, within a time. */
  readonly serves: ((revision: number, limitMs: number) => Promise<boolean>) | undefined;
  readonly logger: Logger;
}

export class PlannedRecords {
  readonly #options: PlannedRecordsOptions;
  readonly #teller: MoveTeller;
  /** The last wish for each owner. */
  readonly #unwritten = new Map<DomainName, OwnerChange>();
  /** What the store does not take of a service, by its key. */
  #left = new Map<string, readonly OwnerChange[]>();
  /** Monotonic, ms: when that is tried again. */
  #leftUntilMs = Number.POSITIVE_INFINITY;
  #isWholeWanted = true;
  /** With this store. */
  #hasCompared = false;
  /** Whose rules are stored, whatever else is. */
  #ruledPlan: FederationPlan | undefined;
  #revision: number | undefined;
  /** Of the write before that. */
  #revisionBefore: number | undefined;
  /** Monotonic, ms: the oldest of what is not written. */
  #wantedAtMs: number | undefined;
  #isServing = false;

  constructor(options: PlannedRecordsOptions) {
    this.#options = options;
    this.#teller = new MoveTeller(options.logger, options.feed);
  }

  /** Of the last write. */
  get revision(): number | undefined {
    return this.#revision;
  }

  get hasWork(): boolean {
    return this.#unwritten.size > 0 || this.#mayCompareAll || this.#isLeftDue;
  }

  /** A store of which nothing is known. */
  begin(): void {
    this.#isWholeWanted = true;
    this.#hasCompared = false;
    this.#unwritten.clear();
    this.#revision = undefined;
    this.#revisionBefore = undefined;
    this.#wantedAtMs = undefined;
    this.#ruledPlan = undefined;
    this.#left.clear();
    this.#leftUntilMs = Number.POSITIVE_INFINITY;
  }

  compareWhole(): void {
    this.#isWholeWanted = true;
  }

  want(changes: readonly OwnerChange[]): void {
    if (changes.length > 0) this.#wantedAtMs ??= performance.now();
    for (const change of changes) this.#unwritten.set(change.owner, change);
  }

  /** `areAllDecided`: no service waits to be decided. Throws StoreError. */
  async publish(target: PublishTarget, areAllDecided: boolean): Promise<void> {
    if (this.#isLeftDue) this.#wantLeft(this.#left.keys());
    const mayCompareAll = this.#mayCompareAll;
    if (mayCompareAll && areAllDecided) {
      await this.#compareAll(target);
      return;
    }
    // At a start nearly everything is as it was: one comparison finds what is not.
    if (mayCompareAll && !this.#hasCompared) return;
    // Names that are new take what stands above them from rules: one member that was never read
    // must not keep them from it.
    if (!mayCompareAll) await this.#addRules(target);
    await this.#write(target);
  }

  /** What is stored and unexplained may only go once nothing is unknown any more. */
  get #mayCompareAll(): boolean {
    const { book, view } = this.#options;
    return this.#isWholeWanted && (book.isComplete || view.haveAllSynced);
  }

  /** Gives the revision, where there was anything to be written. */
  async #write(target: PublishTarget): Promise<number | undefined> {
    if (this.#unwritten.size === 0) return undefined;
    this.#wantLeft(new Set([...this.#unwritten.keys()].map(serviceKeyOf)));
    let last: number | undefined;
    const budget = { count: APART_LEFT_MAX };
    let isPaced = true;
    for (const parts of writeParts([...this.#unwritten.values()])) {
      if (isPaced) isPaced = await this.#keepPace();
      const before = this.#revision;
      const writing = parts.map((changes) => this.#writeSome(target, changes, { last, budget }));
      for (const revision of await allOf(writing)) {
        if (revision !== undefined) last = Math.max(revision, last ?? 0);
      }
      this.#revisionBefore = before;
    }
    this.#measure(last);
    return last;
  }

  async #writeSome(
    target: PublishTarget,
    changes: readonly OwnerChange[],
    { last, budget }: { readonly last: number | undefined; readonly budget: LeftBudget },
  ): Promise<number | undefined> {
    const moves = this.#teller.room(changes).map(({ owner, wanted }): Move => {
      return { owner, before: target.writer.heldAt(owner), after: wanted?.rrsets };
    });
    const { revision, left } = await applyApart(target.writer, changes, budget);
    for (const { owner } of changes) this.#unwritten.delete(owner);
    this.#leave(new Set(changes.map(({ owner }) => serviceKeyOf(owner))), left);
    const { plans } = this.#options;
    const isWritten = (owner: DomainName) => !this.#left.has(serviceKeyOf(owner));
    plans.written(
      changes.map(({ owner }) => owner).filter(isWritten),
      revision ?? last ?? target.writer.readRevision,
    );
    if (revision !== undefined) this.#revision = Math.max(revision, this.#revision ?? 0);
    this.#teller.tell(
      moves.filter(({ owner }) => isWritten(owner)),
      (owner) => plans.plannedAt(owner),
    );
    return revision;
  }

  /**
   * What was written before the last has come back to this process first. etcd looks anew, in all
   * that was written since, for a watcher that its buffer (128 answers) left behind: written ahead,
   * 600,000 entries took 137 s of its time, and 17 s this way. Gives whether it did come back.
   */
  async #keepPace(): Promise<boolean> {
    const { serves } = this.#options;
    const revision = this.#revisionBefore;
    if (revision === undefined || serves === undefined) return true;
    const isSeen = await serves(revision, PACE_WAIT_MS);
    // Whoever sees nothing now must not hold up what follows.
    if (!isSeen) this.#revisionBefore = undefined;
    return isSeen;
  }

  get #isLeftDue(): boolean {
    return performance.now() >= this.#leftUntilMs;
  }

  /** What is wanted since is newer. */
  #wantLeft(keys: Iterable<string>): void {
    for (const change of [...keys].flatMap((key) => this.#left.get(key) ?? [])) {
      if (!this.#unwritten.has(change.owner)) this.#unwritten.set(change.owner, change);
    }
  }

  /** All that is wanted of the services in `tried` was tried now. */
  #leave(tried: ReadonlySet<string>, left: readonly LeftService[]): void {
    const known = new Set(this.#left.keys());
    for (const key of tried) this.#left.delete(key);
    for (const { key, changes, reason } of left) {
      this.#left.set(key, changes);
      if (!known.has(key)) {
        this.#options.logger.error('not published, the others are', { key, reason });
      }
    }
    if (this.#left.size === 0) this.#leftUntilMs = Number.POSITIVE_INFINITY;
    else if (left.length > 0) this.#leftUntilMs = performance.now() + APART_RETRY_MS;
  }

  /** A whole comparison finds what happened long ago: that is no propagation. */
  #measure(revision: number | undefined): void {
    const { propagation, serves } = this.#options;
    const storedMs = performance.now();
    const wantedAtMs = this.#wantedAtMs;
    this.#wantedAtMs = undefined;
    if (revision === undefined || wantedAtMs === undefined || !this.#hasCompared) return;
    propagation.took('stored', storedMs - wantedAtMs);
    if (serves === undefined || this.#isServing) return;
    // One at a time: of a flood of changes some are enough.
    this.#isServing = true;
    void serves(revision, SERVED_WAIT_MS).then((isServed) => {
      this.#isServing = false;
      if (isServed) propagation.took('served', performance.now() - storedMs);
    });
  }

  async #compareAll(target: PublishTarget): Promise<void> {
    const { book, plans, view } = this.#options;
    const { plan } = view;
    this.#isWholeWanted = false;
    this.#hasCompared = true;
    const rules = this.#rulesOf(plan);
    // Rules first where they take the place of records, last where records take theirs.
    const keepsOthers = !book.arePlacesReadable;
    if (rules.length > 0) await this.#writeRules(target, rules, { keepsOthers });
    this.#ruledPlan = plan;
    const changes = await compareAll(target.writer, plans.wanted(), {
      // `<service>.<namespace>.<federation>.svc.<domain>`.
      globalLabelCount: labelCount(plan.naming.domain) + 4,
      mayGo: (owner) =>
        book.arePlacesReadable && keysOfName(owner).every((key) => book.isReadable(key)),
    });
    this.#left.clear();
    // Found by comparison: what was only planned anew, and is stored as it is, is no change.
    this.#unwritten.clear();
    this.want(changes);
    this.#wantedAtMs = undefined;
    const written = await this.#write(target);
    plans.compared(written ?? target.writer.readRevision);
    if (rules.length === 0) await this.#writeRules(target, rules, { keepsOthers: false });
  }

  async #addRules(target: PublishTarget): Promise<void> {
    const { plan } = this.#options.view;
    if (plan === this.#ruledPlan) return;
    const rules = this.#rulesOf(plan);
    if (rules.length > 0) await this.#writeRules(target, rules, { keepsOthers: true });
    this.#ruledPlan = plan;
  }

  #rulesOf(plan: FederationPlan): FallbackRule[] {
    return this.#options.fallbacks === 'synthesised' ? fallbackRulesOf(plan) : [];
  }

  async #writeRules(target: PublishTarget, ...written: Parameters<PublishTarget['writeRules']>) {
    this.#revision = (await target.writeRules(...written)) ?? this.#revision;
  }
}
