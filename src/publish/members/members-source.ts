/**
 * The member clusters as a source of records, level by level. An event only names a service: what
 * all members say of it is read anew, decided and planned whole, and the difference is written.
 *
 *   member event -> key -> reports (book) -> decided shards -> ladder -> changed owners -> store
 *
 * A service that cannot be published keeps no other waiting.
 */

import type { DomainName } from '../../dns/name.ts';
import type { Completeness, MemberSpec } from '../../members/registry.ts';
import { StoreError } from '../../store/store-error.ts';
import { BookSaver } from '../book/book-saver.ts';
import type { Canary } from '../canary.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { ContributorAbsence } from '../contributed/contributor-absence.ts';
import { GRACE_TICK_MS, MEMBERS_RESYNC_MS } from '../limits.ts';
import { Rounds } from '../rounds.ts';
import {
  PlannedRecords,
  type PlannedRecordsOptions,
  type PublishTarget,
} from './records/planned-records.ts';
import { SavedSignal } from './saved-signal.ts';
import { ServiceDecisions, type ServiceDecisionsOptions } from './service-decisions.ts';
import type { ServicePlans } from './service-plans.ts';
import { type Scenario, type Simulation, simulate, whatMembersSay } from './simulate.ts';

export interface MembersSourceOptions extends ServiceDecisionsOptions {
  readonly absence: ContributorAbsence | undefined;
  readonly canary: Canary | undefined;
  readonly serves: PlannedRecordsOptions['serves'];
  /** A start waits this long for members that do not answer. */
  readonly startPatienceMs: number;
  readonly feed?: ChangeFeed;
}

export class MembersSource {
  readonly #options: MembersSourceOptions;
  readonly #decisions: ServiceDecisions;
  readonly #records: PlannedRecords;
  readonly #rounds: Rounds<PublishTarget>;
  readonly #saver: BookSaver;
  /** Whoever waits until what they said is written. */
  readonly #saved = new SavedSignal();
  #tick: NodeJS.Timeout | undefined;
  #resync: NodeJS.Timeout | undefined;
  #settled: (() => void) | undefined;

  constructor(options: MembersSourceOptions) {
    this.#options = options;
    this.#decisions = new ServiceDecisions(options);
    const isWaiting = (key: string) => this.#decisions.isWaiting(key);
    this.#records = new PlannedRecords({ ...options, isWaiting, plans: this.#decisions.plans });
    this.#saver = new BookSaver(options.book, options.logger);
    this.#rounds = new Rounds({
      run: (target, isCurrent) => this.#run(target, isCurrent),
      hasMore: () => this.#decisions.waitingCount > 0,
      // Who writes nothing decides nothing: a start looks at everything anew.
      onIdle: () => this.#decisions.forgetWaiting(),
      onFailed: (error, waitMs) => this.#failed(error, waitMs),
    });
  }

  get isPublishing(): boolean {
    return this.#rounds.place !== undefined;
  }

  get writer(): string | undefined {
    return this.#rounds.place?.writer.name;
  }

  /**
   * Keys of others' entries at this name, which are not answered: it is ours. undefined: not known
   * now.
   */
  async foreignAt(owner: DomainName): Promise<readonly string[] | undefined> {
    return this.#rounds.place?.writer.foreignAt(owner).catch(() => undefined);
  }

  get plans(): ServicePlans {
    return this.#decisions.plans;
  }

  get leftOut(): ServiceDecisions['leftOut'] {
    return this.#decisions.leftOut;
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
    this.#rounds.begin(target);
    this.#records.begin();
    this.#decisions.begin();
    // What another wrote meanwhile is newer than what we remember.
    this.#options.book.forgetAll();
    this.#options.contributed?.follow(target.store);
    this.#options.absence?.start(target);
    this.#options.canary?.start(target);
    this.#tick = setInterval(() => {
      this.#decisions.tick(performance.now());
      if (this.#options.view.isPlaceDue) this.#refreshMembers();
      if (this.#hasWork) this.#wake();
    }, GRACE_TICK_MS);
    this.#resync = setInterval(() => {
      this.#records.compareNowAndThen();
      this.#wake();
    }, MEMBERS_RESYNC_MS);
    const settled = new Promise<void>((resolve) => {
      this.#settled = resolve;
    });
    const patience = setTimeout(() => this.#settled?.(), this.#options.startPatienceMs);
    this.#wake();
    await settled;
    clearTimeout(patience);
    return this.#records.revision;
  }

  /** Members joined, left, changed. One that left takes its shards with it, if these are all. */
  replaceMembers(specs: readonly MemberSpec[], how?: Completeness): void {
    this.#options.registry.replace(specs, how);
    if (this.#options.book.isLoaded) this.#decisions.forgetLeft();
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

  /** What a contributor says of a cluster is other, perhaps that it has left. */
  contributedChanged(cluster: string): void {
    if (this.#options.book.isLoaded) this.#decisions.forgetLeft();
    this.memberChanged(cluster);
  }

  hostChanged(host: string): void {
    this.#decisions.hostChanged(host);
    this.#wake();
  }

  probesChanged(probes: readonly string[]): void {
    this.#decisions.probesChanged(probes);
    this.#wake();
  }

  /** Why addresses of the shard do not answer now; undefined: nothing to say. */
  probeReason(key: string, cluster: string): string | undefined {
    return this.#options.probes.reason(key, cluster);
  }

  /** What the answers would be. Writes nothing. */
  simulate(scenario: Scenario): Promise<Simulation> {
    const { book, view } = this.#options;
    const { plan, suspectShare } = view;
    const input = {
      book,
      plans: this.plans,
      plan,
      suspectShare,
      context: this.#decisions.context(),
      ...whatMembersSay(this.#options),
    };
    return simulate(input, scenario);
  }

  /**
   * `cluster`, or `cluster/namespace/name`; gives the services that it concerns, once it is written.
   * Throws StoreError where it cannot be: it is tried again for as long as this process publishes.
   */
  async setDrain(subject: string, isDrained: boolean): Promise<readonly string[]> {
    const { book } = this.#options;
    const [cluster = '', ...rest] = subject.split('/');
    const keys = rest.length > 0 ? [rest.join('/')] : [...book.keysOf(cluster)];
    // Said before, it may wait for the store still.
    const isSaved = !book.hasUnsaved && !this.#saver.isSaving;
    if (!book.setDrain(subject, isDrained) && isSaved) return keys;
    this.#decisions.servicesChanged(keys);
    const saved = this.#saved.next();
    this.#wake();
    await saved;
    return keys;
  }

  /** As it was said: `cluster`, or `cluster/namespace/name`. */
  isDrained(subject: string): boolean {
    return [...this.#options.book.drains].includes(subject);
  }

  /** Whether it publishes, and knows what was said before: a person's word is taken then. */
  get canBeTold(): boolean {
    return this.isPublishing && this.#options.book.isLoaded;
  }

  /** Writes nothing more until the next start; members are still read. */
  async pause(): Promise<void> {
    clearInterval(this.#tick);
    clearInterval(this.#resync);
    const ended = this.#rounds.end();
    this.#settled?.();
    await this.#options.canary?.stop();
    await this.#options.absence?.stop();
    await this.#options.contributed?.stop();
    await ended;
    this.#decisions.forgetWaiting();
    this.#saved.fail(new StoreError('STORE_STOPPED', 'this process publishes no more'));
  }

  async stop(): Promise<void> {
    await this.pause();
    this.#options.hosts.stop();
    await this.#options.registry.stop();
  }

  #wake(): void {
    this.#rounds.wake();
  }

  async #run(target: PublishTarget, isCurrent: () => boolean): Promise<void> {
    if (!this.#options.book.isLoaded) await this.#loadBook(target);
    while (isCurrent() && this.#hasWork) {
      // Together: what one event tells of many services, and the members' other events.
      await new Promise(setImmediate);
      await this.#publishSome(target);
    }
    await this.#saver.end();
    const isDone = this.#decisions.waitingCount === 0 && this.#options.view.haveAllSynced;
    if (isDone) this.#settled?.();
  }

  get #hasWork(): boolean {
    const { book } = this.#options;
    return this.#decisions.waitingCount > 0 || book.hasUnsaved || this.#records.hasWork;
  }

  async #publishSome(target: PublishTarget): Promise<void> {
    // Awaiting its first comparison nobody has use for single changes.
    const isTold = !this.#records.awaitsFirst;
    if (!isTold && this.#decisions.waitingCount > 0) this.#records.wantUntold();
    this.#records.want(this.#decisions.decideSome({ isTold }));
    await this.#saver.end();
    this.#saver.begin(target.store, target.fence);
    // While it is saved the next are decided; but nothing is published unsaved.
    const mayPublish = this.#decisions.waitingCount === 0 || !this.#records.awaitsFirst;
    if (mayPublish) await this.#saver.end();
    // More may wait by now.
    await this.#records.publish(target, this.#decisions.waitingCount === 0);
    this.#rounds.wentWell();
    if (!this.#hasWork) this.#saved.done();
  }

  /** Before anything is decided: without the book an unseen member would be an empty one. */
  async #loadBook(target: PublishTarget): Promise<void> {
    await this.#options.book.load(target.store);
    const { unreadableCount } = this.#options.book;
    if (unreadableCount > 0) {
      const what =
        'shards of members cannot be read: their services stay as they are until said anew';
      this.#options.logger.error(what, { count: unreadableCount });
    }
    this.#decisions.forgetLeft();
    this.#decisions.everythingChanged();
    for (const cluster of this.#options.registry.joined.keys()) {
      this.#decisions.memberChanged(cluster);
    }
    this.#refreshMembers();
  }

  #failed(error: unknown, waitMs: number): void {
    this.#saved.fail(error);
    this.#records.compareWhole();
    const text = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn('records not published, trying again', {
      error: text,
      durationMs: waitMs,
    });
  }

  #refreshMembers(): void {
    if (this.#decisions.refreshMembers()) this.#records.compareWhole();
  }
}
