/**
 * Follows the store: its events become views, the views become changes to serve, each with its
 * serial, laid under the static records and sent to the answering threads. The last answers stay
 * whatever happens to the store.
 */

import { type DomainName, formatName } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { RRsetChange } from '../dns/rrset-change.ts';
import type { Logger } from '../runtime/logger.ts';
import { RateLimited } from '../runtime/rate-limited.ts';
import type { RecordStore, StoreEvent } from '../store/record-store.ts';
import type { RecordView, ViewUpdate, ZoneUpdate } from '../store/skydns/record-view.ts';
import type { ImageFeed } from './image-feed.ts';
import { SKIP_LOG_INTERVAL_MS } from './limits.ts';
import type { ZoneOverlay } from './zone-overlay.ts';

export interface FollowerOptions {
  readonly view: RecordView;
  readonly feed: ImageFeed;
  readonly overlays: ReadonlyMap<DomainName, ZoneOverlay>;
  /** Serial of a zone whose keys last changed at this store revision. */
  readonly serialOf: (apex: DomainName, revision: number) => number;
  /** Out of contact longer than this, ms: answers are marked stale. */
  readonly staleAfterMs: number;
  readonly logger: Logger;
}

export interface FollowerStatus {
  /** The first load from the store itself is complete. */
  readonly hasSynced: boolean;
  readonly revision: number;
  readonly isStale: boolean;
  /** Monotonic ms of the last word from the store. */
  readonly contactAt: number;
  readonly skippedCount: number;
}

export class StoreFollower {
  readonly #options: FollowerOptions;
  readonly #complaints = new RateLimited(SKIP_LOG_INTERVAL_MS);
  /** What the store holds per zone, before static records are laid over. */
  readonly #stored = new Map<DomainName, Map<DomainName, readonly RRset[]>>();
  #storeKind: RecordStore['kind'] = 'memory';
  #hasSynced = false;
  #isLost = false;
  #revision = 0;
  #contactAt = performance.now();
  #skippedCount = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  get status(): FollowerStatus {
    return {
      hasSynced: this.#hasSynced,
      revision: this.#revision,
      isStale: this.#isStale(performance.now()),
      contactAt: this.#contactAt,
      skippedCount: this.#skippedCount,
    };
  }

  /** Follows one store until `signal` ends it. */
  async run(store: RecordStore, signal: AbortSignal): Promise<void> {
    const { view, feed } = this.#options;
    this.#storeKind = store.kind;
    const staleTimer = setInterval(() => feed.markStale(this.#isStale(performance.now())), 250);
    try {
      for await (const event of store.watch(view.ranges(), { signal })) {
        if (signal.aborted) return;
        await this.#take(event);
      }
    } finally {
      clearInterval(staleTimer);
    }
  }

  /** Serves a state that is not the store's own word: a local snapshot. */
  async preload(event: StoreEvent): Promise<void> {
    this.#publish(await this.#viewed(event));
  }

  /** Lays changed static records over what is stored, and serves the result. */
  relay(apex: DomainName): void {
    const overlay = this.#options.overlays.get(apex);
    const stored = this.#stored.get(apex);
    if (overlay === undefined || stored === undefined) return;
    const changes = [...stored].map(([owner, rrsets]) => ({ owner, rrsets }));
    const serial = this.#options.serialOf(apex, this.#revision);
    this.#options.feed.reload(apex, overlay.reload(changes), serial);
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
    const update = await this.#viewed(event);
    this.#publish(update);
    if (event.kind === 'state') {
      this.#hasSynced = true;
      logger.info('zones loaded', {
        reason: event.reason,
        revision: update.revision,
        names: update.zones.reduce((count, zone) => count + zone.changes.length, 0),
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

  #publish(update: ViewUpdate): void {
    this.#revision = Math.max(this.#revision, update.revision);
    for (const zone of update.zones) this.#publishZone(zone);
    for (const skipped of update.skipped) {
      this.#skippedCount++;
      this.#complaints.run(skipped.reason, (count) => {
        const fields = { key: skipped.key, reason: skipped.reason, skipped: count + 1 };
        this.#options.logger.warn('store value skipped', fields);
      });
    }
  }

  #publishZone(zone: ZoneUpdate): void {
    const { feed, overlays, serialOf } = this.#options;
    const overlay = overlays.get(zone.apex);
    const serial = serialOf(zone.apex, zone.lastChangedRevision);
    const stored = this.#remember(zone);
    if (overlay === undefined) return;
    if (zone.kind === 'reload') {
      feed.reload(zone.apex, overlay.reload(zone.changes), serial);
    } else {
      const changes = overlay.changes(zone.changes, (owner) => stored.get(owner));
      feed.apply(zone.apex, changes, serial);
    }
    for (const cut of overlay.refusedCuts) {
      this.#complaints.run(`cut ${cut}`, () => {
        const fields = { zone: formatName(zone.apex), ownerName: formatName(cut) };
        this.#options.logger.error('delegation refused: it would hide names of the store', fields);
      });
    }
  }

  #remember(zone: ZoneUpdate): Map<DomainName, readonly RRset[]> {
    const held = zone.kind === 'reload' ? undefined : this.#stored.get(zone.apex);
    const stored = held ?? new Map<DomainName, readonly RRset[]>();
    this.#stored.set(zone.apex, stored);
    for (const { owner, rrsets } of zone.changes satisfies readonly RRsetChange[]) {
      if (rrsets === undefined) stored.delete(owner);
      else stored.set(owner, rrsets);
    }
    return stored;
  }

  /** An embedded store is never out of contact; a lost one is stale once the time is over. */
  #isStale(now: number): boolean {
    if (this.#storeKind !== 'etcd' && !this.#isLost) return false;
    return now - this.#contactAt > this.#options.staleAfterMs;
  }
}
