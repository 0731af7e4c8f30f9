/**
 * The member clusters as a source of records, level by level. An event only names a service: what
 * all members say of it is read anew, decided and planned whole, and the difference is written.
 *
 *   member event -> key -> reports (book) -> decided shards -> ladder -> changed owners -> store
 *
 * A service that cannot be published keeps no other waiting. Everything wanted is compared with
 * everything stored at the start, when the places change, after a failure and every so often:
 * strangers write too.
 */

import { fallbackRulesOf } from '../../discovery/hierarchy.ts';
import type { FallbackRule } from '../../dns/fallback-rule.ts';
import { type DomainName, labelCount } from '../../dns/name.ts';
import type { Completeness, MemberSpec } from '../../members/registry.ts';
import type { Fence } from '../../store/control/control-keys.ts';
import type { RecordStore } from '../../store/record-store.ts';
import type { RecordWriter } from '../../store/record-writer.ts';
import {
  GRACE_TICK_MS,
  MEMBERS_RESYNC_MS,
  RECONCILE_RETRY_MAX_MS,
  RECONCILE_RETRY_MS,
} from '../limits.ts';
import { MoveTeller } from '../move-teller.ts';
import type { Move } from '../reconcile-records.ts';
import { compareAll } from './compare-all.ts';
import { ServiceDecisions, type ServiceDecisionsOptions } from './service-decisions.ts';
import { inOrder, type OwnerChange, type ServicePlans } from './service-plans.ts';
import { type Scenario, type Simulation, simulate } from './simulate.ts';

/** Where records and shards are written. */
export interface PublishTarget {
  readonly store: RecordStore;
  readonly writer: RecordWriter;
  readonly fence: Fence | undefined;
  /** Makes the store say just these; gives the revision where it had to be changed. */
  readonly writeRules: (rules: readonly FallbackRule[]) => Promise<number | undefined>;
}

export interface MembersSourceOptions extends ServiceDecisionsOptions {
  /** A start waits this long for members that do not answer. */
  readonly startPatienceMs: number;
}

export class MembersSource {
  readonly #options: MembersSourceOptions;
  readonly #decisions: ServiceDecisions;
  readonly #teller: MoveTeller;
  /** Planned, and not yet confirmed by the store: the last wish for each owner. */
  readonly #unwritten = new Map<DomainName, OwnerChange>();
  #isBookLoaded = false;
  #target: PublishTarget | undefined;
  #isWholeWanted = true;
  /** With this store. */
  #hasCompared = false;
  #running: Promise<void> | undefined;
  #mustRunAgain = false;
  #tick: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #resync: NodeJS.Timeout | undefined;
  #retryMs = RECONCILE_RETRY_MS;
  #revision: number | undefined;
  #settled: (() => void) | undefined;

  constructor(options: MembersSourceOptions) {
    this.#options = options;
    this.#decisions = new ServiceDecisions(options);
    this.#teller = new MoveTeller(options.logger);
  }

  get plans(): ServicePlans {
    return this.#decisions.plans;
  }

  get refused(): ServiceDecisions['refused'] {
    return this.#decisions.refused;
  }

  /**
   * Publishes here from now on, whatever was known of the store before. Resolves once all members were read and what they say
   * is written (`startPatienceMs` at most: one that is away keeps nobody from answering), with
   * the revision of the last write.
   */
  async start(target: PublishTarget): Promise<number | undefined> {
    await this.pause();
    this.#target = target;
    this.#isWholeWanted = true;
    // What another wrote meanwhile is newer than what we remember.
    this.#options.book.forgetAll();
    this.#isBookLoaded = false;
    this.#hasCompared = false;
    this.#tick = setInterval(() => {
      this.#decisions.tick(performance.now());
      if (this.#decisions.waitingCount > 0) this.#wake();
    }, GRACE_TICK_MS);
    this.#resync = setInterval(() => {
      this.#isWholeWanted = true;
      this.#wake();
    }, MEMBERS_RESYNC_MS);
    const settled = new Promise<void>((resolve) => {
      this.#settled = resolve;
    });
    const patience = setTimeout(() => this.#settled?.(), this.#options.startPatienceMs);
    this.#wake();
    await settled;
    clearTimeout(patience);
    return this.#revision;
  }

  /** Members joined, left, changed. One that left takes its shards with it, if these are all. */
  replaceMembers(specs: readonly MemberSpec[], how?: Completeness): void {
    this.#options.registry.replace(specs, how);
    if (this.#isBookLoaded) this.#decisions.forgetLeft();
    this.#refreshMembers();
    this.#wake();
  }

  /** Something a member has for this service changed. */
  serviceChanged(cluster: string, key: string): void {
    this.#decisions.serviceChanged(cluster, key);
    this.#wake();
  }

  memberChanged(cluster: string): void {
    this.#decisions.memberChanged(cluster);
    this.#refreshMembers();
    this.#wake();
  }

  hostChanged(host: string): void {
    this.#decisions.hostChanged(host);
    this.#wake();
  }

  probeChanged(probe: string): void {
    this.#decisions.probeChanged(probe);
    this.#wake();
  }

  /** What the answers would be. Writes nothing. */
  simulate(scenario: Scenario): Promise<Simulation> {
    const { book, view } = this.#options;
    const { plan, suspectShare } = view;
    const context = this.#decisions.context();
    return simulate({ book, plans: this.plans, plan, suspectShare, context }, scenario);
  }

  /** `cluster`, or `cluster/namespace/name`; gives the services that it concerns. */
  setDrain(subject: string, isDrained: boolean): readonly string[] {
    const { book } = this.#options;
    const [cluster = '', ...rest] = subject.split('/');
    const keys = rest.length > 0 ? [rest.join('/')] : [...book.keysOf(cluster)];
    if (!book.setDrain(subject, isDrained)) return keys;
    this.#decisions.servicesChanged(keys);
    this.#wake();
    return keys;
  }

  get isPublishing(): boolean {
    return this.#target !== undefined;
  }

  /** Writes nothing more until the next start; members are still read. */
  async pause(): Promise<void> {
    this.#target = undefined;
    clearInterval(this.#tick);
    clearInterval(this.#resync);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#settled?.();
    await this.#running;
  }

  async stop(): Promise<void> {
    await this.pause();
    this.#options.hosts.stop();
    await this.#options.registry.stop();
  }

  #wake(): void {
    const target = this.#target;
    if (target === undefined || this.#retry !== undefined) return;
    if (this.#running !== undefined) {
      // It may have looked already at what has changed just now.
      this.#mustRunAgain = true;
      return;
    }
    this.#mustRunAgain = false;
    this.#running = this.#run(target).finally(() => {
      this.#running = undefined;
      if (this.#mustRunAgain || this.#decisions.waitingCount > 0) this.#wake();
    });
  }

  async #run(target: PublishTarget): Promise<void> {
    try {
      if (!this.#isBookLoaded) await this.#loadBook(target);
      while (target === this.#target && this.#hasWork) {
        // Together: what one event tells of many services, and the members' other events.
        await new Promise(setImmediate);
        await this.#publishSome(target);
      }
      const isDone = this.#decisions.waitingCount === 0 && this.#options.view.haveAllSynced;
      if (isDone) this.#settled?.();
    } catch (error) {
      this.#failed(error);
    }
  }

  get #hasWork(): boolean {
    return this.#decisions.waitingCount > 0 || this.#unwritten.size > 0 || this.#mayCompareAll;
  }

  async #publishSome(target: PublishTarget): Promise<void> {
    for (const change of this.#decisions.decideSome()) this.#unwritten.set(change.owner, change);
    await this.#options.book.save(target.store, target.fence);
    const mayCompareAll = this.#mayCompareAll;
    if (mayCompareAll && this.#decisions.waitingCount === 0) await this.#compareAll(target);
    // At a start nearly everything is as it was: one comparison finds what is not.
    else if (this.#hasCompared || !mayCompareAll) await this.#write(target);
    this.#retryMs = RECONCILE_RETRY_MS;
  }

  /** Before anything is decided: without the book an unseen member would be an empty one. */
  async #loadBook(target: PublishTarget): Promise<void> {
    await this.#options.book.load(target.store);
    this.#isBookLoaded = true;
    this.#decisions.forgetLeft();
    this.#decisions.everythingChanged();
    for (const cluster of this.#options.registry.joined.keys()) {
      this.#decisions.memberChanged(cluster);
    }
    this.#refreshMembers();
  }

  #failed(error: unknown): void {
    if (this.#target === undefined) return;
    this.#isWholeWanted = true;
    const text = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn('records not published, trying again', {
      error: text,
      durationMs: this.#retryMs,
    });
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#wake();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RECONCILE_RETRY_MAX_MS);
  }

  /** What is stored and unexplained may only go once nothing is unknown any more. */
  get #mayCompareAll(): boolean {
    const { book, view } = this.#options;
    return this.#isWholeWanted && (book.isComplete || view.haveAllSynced);
  }

  async #write(target: PublishTarget): Promise<void> {
    if (this.#unwritten.size === 0) return;
    const changes = [...this.#unwritten.values()];
    const moves = this.#teller.room(changes).map(({ owner, wanted }): Move => {
      return { owner, before: target.writer.heldAt(owner), after: wanted?.rrsets };
    });
    const { revision } = await target.writer.apply(inOrder(changes));
    this.#unwritten.clear();
    this.#revision = revision ?? this.#revision;
    this.#tell(moves);
  }

  async #compareAll(target: PublishTarget): Promise<void> {
    const { view, fallbacks } = this.#options;
    this.#isWholeWanted = false;
    this.#hasCompared = true;
    const rules = fallbacks === 'synthesised' ? fallbackRulesOf(view.plan) : [];
    // Rules first where they take the place of records, last where records take theirs.
    if (rules.length > 0) await this.#writeRules(target, rules);
    // `<service>.<namespace>.<federation>.svc.<domain>`.
    const globalLabelCount = labelCount(view.plan.naming.domain) + 4;
    const changes = await compareAll(target.writer, this.plans.wanted(), globalLabelCount);
    // Found by comparison: what was only planned anew, and is stored as it is, is no change.
    this.#unwritten.clear();
    for (const change of changes) this.#unwritten.set(change.owner, change);
    await this.#write(target);
    if (rules.length === 0) await this.#writeRules(target, rules);
  }

  async #writeRules(target: PublishTarget, rules: readonly FallbackRule[]): Promise<void> {
    this.#revision = (await target.writeRules(rules)) ?? this.#revision;
  }

  #tell(moves: readonly Move[]): void {
    this.#teller.tell(moves, (owner) => this.plans.plannedAt(owner));
  }

  #refreshMembers(): void {
    if (this.#decisions.refreshMembers()) this.#isWholeWanted = true;
  }
}
