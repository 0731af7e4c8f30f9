/**
 * Follows the store: its events become views, what the hold lets pass becomes changes to serve,
 * each with its serial, laid under the static records and sent to the answering threads. The last
 * answers stay whatever happens to the store.
 */

import { formatName } from '../dns/name.ts';
import type { Logger } from '../runtime/logger.ts';
import { RateLimited } from '../runtime/rate-limited.ts';
import { ControlKeys } from '../store/control/control-keys.ts';
import { StoredFallbacks } from '../store/control/fallback-value.ts';
import type { ZoneHold } from '../store/hold/held-removals.ts';
import type { RecordStore, StoreEvent } from '../store/record-store.ts';
import { LeaseFollower } from '../store/skydns/leases/lease-follower.ts';
import type { ViewUpdate } from '../store/skydns/view/record-view.ts';
import type { ZoneOverlay } from './images/zone-overlay.ts';
import { LEASE_POLL_MS, REREAD_MS, SKIP_LOG_INTERVAL_MS, STALE_LOOK_MS } from './limits.ts';
import { StoreWords } from './store-words.ts';
import { ZonePublisher, type ZonePublisherOptions } from './zone-publisher.ts';

export interface FollowerOptions extends Omit<ZonePublisherOptions, 'words'> {
  /** Out of contact longer than this, ms: answers are marked stale. */
  readonly staleAfterMs: number;
  readonly controlPrefix: string;
  readonly logger: Logger;
}

export interface FollowerStatus {
  /** The first load from the store itself is complete. */
  readonly hasSynced: boolean;
  readonly revision: number;
  readonly isStale: boolean;
  /** Monotonic ms of the last word from the store. */
  readonly contactAt: number;
  /** How long the event at hand has been in the making, ms; 0: none is. */
  readonly lagMs: number;
  readonly skippedCount: number;
  readonly holds: readonly ZoneHold[];
  /** Owner names of which only a part of the records is served. */
  readonly cappedCount: number;
}

/** Updates whose `control` is all there is. */
const STATE_REASONS: ReadonlySet<string> = new Set(['first', 'compacted', 'replaced', 'audit']);

export class StoreFollower {
  readonly #options: FollowerOptions;
  readonly #complaints = new RateLimited(SKIP_LOG_INTERVAL_MS);
  readonly #words: StoreWords;
  readonly #publisher: ZonePublisher;
  readonly #fallbacks: StoredFallbacks;
  /** One at a time: a view may be between two revisions while it yields. */
  #turn: Promise<void> = Promise.resolve();
  #storeKind: RecordStore['kind'] = 'memory';
  #hasSynced = false;
  #isLost = false;
  #isAskingLeases = false;
  #revision = 0;
  #contactAt = performance.now();
  #skippedCount = 0;
  /** Monotonic ms; 0: nothing is being taken in. */
  #busySince = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#words = new StoreWords(options);
    this.#publisher = new ZonePublisher({ ...options, words: this.#words });
    this.#fallbacks = new StoredFallbacks(new ControlKeys(options.controlPrefix));
  }

  get status(): FollowerStatus {
    return {
      hasSynced: this.#hasSynced,
      revision: this.#revision,
      isStale: this.#isStale(performance.now()),
      contactAt: this.#contactAt,
      lagMs: this.#busySince === 0 ? 0 : performance.now() - this.#busySince,
      skippedCount: this.#skippedCount,
      holds: this.#options.hold.holds(),
      cappedCount: this.#options.cap.cappedCount,
    };
  }

  /** A start from what another configuration or version served: its serials stood for that. */
  resumeOtherMeaning(): void {
    this.#publisher.hasOtherMeaning = true;
  }

  get overlayFingerprint(): string {
    return this.#publisher.overlayFingerprint;
  }

  /** Follows one store until `signal` ends it. */
  async run(store: RecordStore, signal: AbortSignal): Promise<void> {
    const { view, feed } = this.#options;
    this.#storeKind = store.kind;
    this.#words.speakTo(store);
    const leases = new LeaseFollower(store, view);
    const leaseTimer = setInterval(() => void this.#askLeases(leases, signal), LEASE_POLL_MS);
    const staleTimer = setInterval(() => {
      feed.markStale(this.#isStale(performance.now()));
      feed.images.reclaim();
    }, STALE_LOOK_MS);
    try {
      while (!signal.aborted) await this.#watchOnce(store, signal);
    } finally {
      clearInterval(staleTimer);
      clearInterval(leaseTimer);
    }
  }

  /** A fault of ours in taking an event ends neither us nor the following: the store is read anew. */
  async #watchOnce(store: RecordStore, signal: AbortSignal): Promise<void> {
    try {
      for await (const event of store.watch(this.#options.view.ranges(), { signal })) {
        if (signal.aborted) return;
        await this.#inTurn(() => this.#take(event));
      }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#options.logger.error('update not taken, reading the store anew', { error: text });
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, REREAD_MS));
  }

  /** Serves a state that is not the store's own word (a local snapshot), unless it has spoken. */
  async preload(event: StoreEvent): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#hasSynced) return;
      await this.#publish(await this.#viewed(event));
      this.#options.feed.markStale(true);
    });
  }

  /** Other static records for a zone, in turn with what the store says. */
  async replaceOverlay(overlay: ZoneOverlay): Promise<void> {
    try {
      await this.#inTurn(() => this.#publisher.replaceOverlay(overlay, this.#revision));
    } catch (error) {
      const zone = formatName(overlay.apex);
      this.#options.logger.error('static records not taken', { zone, error: String(error) });
    }
  }

  /** A keepalive raises no watch event: remaining times are asked for, and taken in in turn. */
  async #askLeases(leases: LeaseFollower, signal: AbortSignal): Promise<void> {
    if (this.#isAskingLeases) return;
    this.#isAskingLeases = true;
    const { view, logger } = this.#options;
    try {
      for (const { leaseId, seconds } of await leases.ask(performance.now(), signal)) {
        await this.#inTurn(() => this.#publish(view.setLeaseSeconds(leaseId, seconds)));
      }
    } catch (error) {
      logger.error('lease not taken', { error: String(error) });
    } finally {
      this.#isAskingLeases = false;
    }
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act);
    // A turn that failed must not fail those after it.
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #take(event: StoreEvent): Promise<void> {
    const { logger } = this.#options;
    const store = this.#storeKind;
    if (event.kind === 'lost') {
      if (!this.#isLost) logger.warn('store lost, answers stay', { store, error: event.message });
      this.#isLost = true;
      return;
    }
    this.#contactAt = performance.now();
    if (this.#isLost) logger.info('store found again', { store });
    this.#isLost = false;
    if (event.kind === 'contact') return;
    const started = performance.now();
    this.#busySince = started;
    let update: ViewUpdate;
    try {
      update = await this.#viewed(event);
      await this.#publish(update);
    } finally {
      this.#busySince = 0;
    }
    if (event.kind === 'state') {
      const { feed } = this.#options;
      this.#hasSynced = true;
      feed.markStale(false);
      logger.info('zones loaded', {
        reason: event.reason,
        revision: update.revision,
        names: feed.nameCount,
        durationMs: Math.round(performance.now() - started),
      });
    }
  }

  /** The view after an event, made in slices so that the main thread stays awake. */
  async #viewed(event: StoreEvent): Promise<ViewUpdate> {
    const steps = this.#options.view.steps(event);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #publish(update: ViewUpdate): Promise<void> {
    const { hold, serials, feed } = this.#options;
    this.#revision = update.revision;
    serials.applyControl(update.control);
    const isWhole = STATE_REASONS.has(update.reason);
    const hasNewRules = this.#fallbacks.apply(update.control, isWhole);
    if (hasNewRules) feed.setRules(this.#fallbacks.rules);
    const filtered = hold.filter(update, performance.now());
    await this.#publisher.publish(filtered.passed);
    if (hasNewRules) this.#publisher.publishRules(update.revision);
    this.#words.tellHolds(filtered);
    for (const skipped of update.skipped) {
      this.#skippedCount++;
      this.#complaints.run(skipped.reason, (count) => {
        const fields = { key: skipped.key, reason: skipped.reason, skipped: count + 1 };
        this.#options.logger.warn('store value skipped', fields);
      });
    }
  }

  /** An embedded store is never out of contact; etcd is stale until first heard, too. */
  #isStale(now: number): boolean {
    if (this.#storeKind !== 'etcd' && !this.#isLost) return false;
    return !this.#hasSynced || now - this.#contactAt > this.#options.staleAfterMs;
  }
}
