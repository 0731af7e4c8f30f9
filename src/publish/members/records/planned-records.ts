/**
 * Planned records into the store: what changed, at once; everything wanted against everything
 * stored at the start, when the places change, after a failure and every so often. Holds what is
 * planned and not yet confirmed.
 */

import { type FederationPlan, fallbackRulesOf } from '../../../discovery/ladder/hierarchy.ts';
import type { Fallbacks } from '../../../discovery/ladder/plan-records.ts';
import { keysOfName } from '../../../discovery/owner-names.ts';
import type { FallbackRule } from '../../../dns/fallback-rule.ts';
import { type DomainName, labelCount } from '../../../dns/name.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { PassingMap } from '../../../runtime/tables/passing-map.ts';
import type { Fence } from '../../../store/control/control-keys.ts';
import type { RecordStore } from '../../../store/record-store.ts';
import type { RecordWriter } from '../../../store/record-writer.ts';
import type { ShardBook } from '../../book/shard-book.ts';
import type { ChangeFeed } from '../../change-feed.ts';
import { MEMBERS_RESYNC_RESTS, SERVED_WAIT_MS } from '../../limits.ts';
import { MoveTeller } from '../../move-teller.ts';
import type { Propagation } from '../../propagation.ts';
import type { FederationView } from '../../seen/federation-view.ts';
import { applyApart, fullBudget, type LeftBudget } from '../../writing/apply-apart.ts';
import type { Move } from '../../writing/reconcile-records.ts';
import type { OwnerChange, ServicePlans } from '../service-plans.ts';
import { type Comparing, compareAll } from './compare-all.ts';
import { LeftServices } from './left-services.ts';
import { WritePace } from './write-pace.ts';
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
  /** Whether this service is yet to be decided anew. */
  readonly isWaiting: (key: string) => boolean;
  readonly propagation: Propagation;
  readonly feed?: ChangeFeed;
  /** Whether the answers of this process are from this revision, within a time. */
  readonly serves: ((revision: number, limitMs: number) => Promise<boolean>) | undefined;
  readonly logger: Logger;
}

export class PlannedRecords {
  readonly #options: PlannedRecordsOptions;
  readonly #teller: MoveTeller;
  readonly #left: LeftServices;
  /** The last wish for each owner. */
  readonly #unwritten = new PassingMap<DomainName, OwnerChange>();
  #isWholeWanted = true;
  /** With this store. */
  #hasCompared = false;
  #comparing: Comparing | undefined;
  /** Monotonic, ms: not compared before, where nothing but time asks for it. */
  #resyncAtMs = 0;
  /** Something was wanted that is not in `#unwritten`: only a comparison finds it. */
  #hasSkipped = false;
  /** Whose rules are stored, whatever else is. */
  #ruledPlan: FederationPlan | undefined;
  #revision: number | undefined;
  readonly #pace: WritePace;
  /** Monotonic, ms: the oldest of what is not written. */
  #wantedAtMs: number | undefined;
  #isServing = false;

  constructor(options: PlannedRecordsOptions) {
    this.#options = options;
    this.#teller = new MoveTeller(options.logger, options.feed);
    this.#left = new LeftServices(options.logger);
    this.#pace = new WritePace(options.serves);
  }

  /** Of the last write. */
  get revision(): number | undefined {
    return this.#revision;
  }

  get hasWork(): boolean {
    const isToCompare = this.#comparing !== undefined || this.#mayCompareAll || this.#hasSkipped;
    return this.#unwritten.size > 0 || isToCompare || this.#left.isDue;
  }

  /** A store of which nothing is known. */
  begin(): void {
    this.#isWholeWanted = true;
    this.#hasCompared = false;
    this.#comparing = undefined;
    this.#hasSkipped = false;
    this.#unwritten.clear();
    this.#revision = undefined;
    this.#pace.forget();
    this.#wantedAtMs = undefined;
    this.#ruledPlan = undefined;
    this.#left.clear();
  }

  compareWhole(): void {
    this.#isWholeWanted = true;
  }

  /** Only to find what nobody has told: not so soon after the last time. */
  compareNowAndThen(): void {
    if (performance.now() >= this.#resyncAtMs) this.#isWholeWanted = true;
  }

  want(changes: readonly OwnerChange[]): void {
    if (changes.length > 0) this.#wantedAtMs ??= performance.now();
    for (const change of changes) this.#unwritten.set(change.owner, change);
  }

  /** Something, found by a comparison only; what was wanted before may be old by now, and is, too. */
  wantUntold(): void {
    this.#wantedAtMs ??= performance.now();
    this.#hasSkipped = true;
    this.#unwritten.clear();
    this.#left.clear();
  }

  /** What is wanted since is newer. */
  #wantAgain(changes: Iterable<OwnerChange>): void {
    for (const change of changes) {
      if (!this.#unwritten.has(change.owner)) this.#unwritten.set(change.owner, change);
    }
  }

  /** At a start nearly everything is as it was, or nothing is: one comparison finds what is not. */
  get awaitsFirst(): boolean {
    return !this.#hasCompared && this.#comparing === undefined && this.#mayCompareAll;
  }

  /** `areAllDecided`: no service waits to be decided. Throws StoreError. */
  async publish(target: PublishTarget, areAllDecided: boolean): Promise<void> {
    if (this.#left.isDue) this.#wantAgain(this.#left.all());
    if (this.#comparing === undefined && this.#mayCompareAll && areAllDecided) {
      await this.#beginComparing(target, true);
    }
    if (this.awaitsFirst) return;
    // Names that are new take what stands above them from rules: one member that was never read
    // must not keep them from it.
    if (!this.#mayCompareAll) await this.#addRules(target);
    if (this.#hasSkipped && !this.#comparing) await this.#beginComparing(target, false);
    if (this.#comparing !== undefined) await this.#compareSome(target, this.#comparing);
    else await this.#write(target);
  }

  /** What is stored and unexplained may only go once nothing is unknown any more. */
  get #mayCompareAll(): boolean {
    const { book, view } = this.#options;
    return this.#isWholeWanted && (book.isComplete || view.haveAllSynced);
  }

  async #write(target: PublishTarget, budget = fullBudget()): Promise<void> {
    if (this.#unwritten.size === 0) return;
    if (!this.#left.isEmpty) this.#wantAgain(this.#left.of([...this.#unwritten.keys()]));
    let last: number | undefined;
    let isPaced = true;
    for (const parts of writeParts([...this.#unwritten.values()])) {
      if (isPaced) isPaced = await this.#pace.keep();
      // At first, and after what was written in part.
      if (!target.writer.isRead) await target.writer.refresh();
      const before = this.#revision;
      const writing = parts.map((changes) => this.#writeSome(target, changes, { last, budget }));
      for (const revision of await allOf(writing)) {
        if (revision !== undefined) last = Math.max(revision, last ?? 0);
      }
      this.#pace.wrote(before);
    }
    this.#measure(last);
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
    this.#left.note(changes, left);
    const { plans } = this.#options;
    const isWritten = (owner: DomainName) => !this.#left.has(owner);
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

  /** What a start finds happened long ago: that is no propagation. */
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

  /** `isWhole`: what is stored and not wanted goes, too. */
  async #beginComparing(target: PublishTarget, isWhole: boolean): Promise<void> {
    const { book, plans, view } = this.#options;
    const { plan } = view;
    const rules = this.#rulesOf(plan);
    if (isWhole) {
      this.#isWholeWanted = false;
      // Rules first where they take the place of records, last where records take theirs.
      const keepsOthers = !book.arePlacesReadable;
      if (rules.length > 0) await this.#writeRules(target, rules, { keepsOthers });
      this.#ruledPlan = plan;
      this.#left.clear();
      // What was only planned anew, and is stored as it is, is no change.
      this.#unwritten.clear();
    }
    this.#hasSkipped = false;
    // Whatever it finds, and when that was wanted, is not known.
    this.#wantedAtMs = undefined;
    const mayGo = (owner: DomainName) =>
      isWhole &&
      book.arePlacesReadable &&
      keysOfName(owner).every((key) => book.isReadable(key) && !this.#isYetToDecide(key));
    // `<service>.<namespace>.<federation>.svc.<domain>`.
    const globalLabelCount = labelCount(plan.naming.domain) + 4;
    const steps = compareAll(target.writer, { plans, globalLabelCount, mayGo });
    this.#comparing = { steps, isWhole, tookMs: 0, budget: fullBudget() };
  }

  /** One step of it, with whatever else is to be written now. */
  async #compareSome(target: PublishTarget, comparing: Comparing): Promise<void> {
    try {
      const startedMs = performance.now();
      const step = await comparing.steps.next();
      comparing.tookMs += performance.now() - startedMs;
      for (const change of step.value ?? []) this.#unwritten.set(change.owner, change);
      await this.#write(target, comparing.budget);
      if (step.done !== true) return;
      if (comparing.isWhole) {
        this.#hasCompared = true;
        this.#options.plans.compared(Math.max(this.#revision ?? 0, target.writer.readRevision));
        this.#resyncAtMs = performance.now() + MEMBERS_RESYNC_RESTS * comparing.tookMs;
        const hasRules = this.#rulesOf(this.#options.view.plan).length > 0;
        if (!hasRules) await this.#writeRules(target, [], { keepsOthers: false });
      }
      this.#comparing = undefined;
    } catch (error) {
      this.#comparing = undefined;
      this.#hasSkipped = true;
      throw error;
    }
  }

  /** Then everything is compared once more: what is to become of its names is not known. */
  #isYetToDecide(key: string): boolean {
    const isWaiting = this.#options.isWaiting(key);
    this.#isWholeWanted ||= isWaiting;
    return isWaiting;
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
