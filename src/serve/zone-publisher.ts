/**
 * ZonePublisher: what the hold lets pass becomes what is served. Caps it, lays static records over
 * it, gives it a serial and the feed. A change that could not be served is kept for the next time.
 */

import { type DomainName, formatName } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { RRsetChange } from '../dns/rrset-change.ts';
import type { Alarms } from '../runtime/alarms.ts';
import type { HeldRemovals } from '../store/hold/held-removals.ts';
import type { ZoneSerials } from '../store/hold/zone-serial.ts';
import type { RecordView, ViewUpdate, ZoneUpdate } from '../store/skydns/view/record-view.ts';
import type { ImageFeed } from './images/image-feed.ts';
import type { RecordCap } from './images/record-cap.ts';
import type { ZoneOverlay } from './images/zone-overlay.ts';
import type { StoreWords } from './store-words.ts';

/** What of an update is to be served. */
export type PublishedUpdate = Pick<ViewUpdate, 'zones' | 'revision' | 'reason'>;

export interface ZonePublisherOptions {
  readonly view: RecordView;
  readonly hold: HeldRemovals;
  readonly serials: ZoneSerials;
  readonly feed: ImageFeed;
  readonly overlays: ReadonlyMap<DomainName, ZoneOverlay>;
  /** Unix time at which a memory store began, else 0. */
  readonly serialBase: number;
  readonly cap: RecordCap;
  readonly alarms: Alarms;
  readonly words: StoreWords;
}

export class ZonePublisher {
  readonly #options: ZonePublisherOptions;
  readonly #overlays: Map<DomainName, ZoneOverlay>;
  /** Changes that the feed did not take. */
  readonly #unserved = new Map<DomainName, readonly RRsetChange[]>();
  /** What is served differs, or may, from what the last serial before this process stood for. */
  hasOtherMeaning = false;

  constructor(options: ZonePublisherOptions) {
    this.#options = options;
    this.#overlays = new Map(options.overlays);
  }

  /** Tells the static records that are laid over now from any others. */
  get overlayFingerprint(): string {
    return [...this.#overlays.values()].map(({ fingerprint }) => fingerprint).join();
  }

  /** One update of the store, already past the hold. */
  async publish(update: PublishedUpdate): Promise<void> {
    const faults: unknown[] = [];
    const attempt = (act: () => Promise<void>) => act().catch((error) => void faults.push(error));
    // Each zone for itself: what one cannot take is kept, and the others have theirs.
    for (const zone of update.zones) {
      if (zone.kind === 'reload') await attempt(() => this.#reload(zone));
      else await attempt(() => this.#apply(zone, update.reason));
    }
    const told = new Set(update.zones.map(({ apex }) => apex));
    for (const apex of this.#unserved.keys()) {
      if (told.has(apex)) continue;
      const zone = { apex, changes: [], lastChangedRevision: update.revision };
      await attempt(() => this.#apply(zone, update.reason));
    }
    this.#tellRefusedCuts();
    if (faults.length > 0) throw faults[0];
  }

  /** New fallback rules, in force in the feed, for every zone that is served. */
  publishRules(revision: number): void {
    const { feed } = this.#options;
    for (const apex of this.#overlays.keys()) {
      if (feed.serial(apex) === undefined) continue;
      feed.applyRules(apex, this.#serial(apex, { revision, hasChanged: true }));
    }
  }

  /** Other static records of one zone; where nothing differs, the serial stands. */
  async replaceOverlay(overlay: ZoneOverlay, revision: number): Promise<void> {
    const { feed, view, hold } = this.#options;
    const { apex } = overlay;
    const before = this.#overlays.get(apex);
    if (before === undefined) return;
    const names = () => [...view.names(apex), ...hold.heldNames(apex)];
    const changes = overlay.replacing(before, names, (owner) => this.#storedAt(apex, owner));
    if (changes.length > 0 && feed.serial(apex) !== undefined) {
      await feed.apply(apex, changes, this.#serial(apex, { revision, hasChanged: true }));
    }
    // After it: until then what is served has the records of before.
    this.#overlays.set(apex, overlay);
    this.#tellRefusedCuts();
  }

  async #reload(zone: Extract<ZoneUpdate, { kind: 'reload' }>): Promise<void> {
    const { feed, cap, view } = this.#options;
    const { apex, lastChangedRevision: revision } = zone;
    const overlay = this.#overlays.get(apex);
    if (overlay === undefined) return;
    const hasChanged = feed.serial(apex) !== undefined || this.hasOtherMeaning;
    const serial = this.#serial(apex, { revision, hasChanged });
    try {
      await feed.reload(apex, overlay.reload(cap.allCapped(zone.changes)), serial);
      this.#unserved.delete(apex);
    } catch (error) {
      view.forget(apex);
      throw error;
    }
  }

  async #apply(
    zone: Pick<
      Extract<ZoneUpdate, { kind: 'changes' }>,
      'apex' | 'changes' | 'lastChangedRevision'
    >,
    reason: ViewUpdate['reason'],
  ): Promise<void> {
    const { feed, cap } = this.#options;
    const { apex, lastChangedRevision: revision } = zone;
    const overlay = this.#overlays.get(apex);
    if (overlay === undefined) return;
    const capped = [...cap.allCapped(zone.changes)];
    const changes = [
      ...(this.#unserved.get(apex) ?? []),
      ...overlay.changes(capped, (owner) => this.#storedAt(apex, owner)),
    ];
    this.#unserved.set(apex, changes);
    // A lease that runs down moves TTLs only, on each replica in its own time.
    const hasChanged = changes.length > 0 && reason !== 'lease';
    await feed.apply(apex, changes, this.#serial(apex, { revision, hasChanged }));
    this.#unserved.delete(apex);
  }

  /** What a name holds that passed: static records are laid over this. */
  #storedAt(apex: DomainName, owner: DomainName): readonly RRset[] | undefined {
    const { view, hold, cap } = this.#options;
    const held = hold.heldContent(apex, owner);
    return held ?? cap.capped({ owner, rrsets: view.rrsetsOf(owner) }).rrsets;
  }

  #tellRefusedCuts(): void {
    const { alarms } = this.#options;
    const refused = [...this.#overlays.values()].flatMap((one) => one.refusedCuts);
    if (refused.length === 0) {
      alarms.clear('delegation-refused', 'delegations hide nothing now');
      return;
    }
    const ownerName = refused.map(formatName).join(' ');
    const message = 'delegations refused: they would hide names of the store';
    alarms.raise('delegation-refused', message, { ownerName });
  }

  #serial(
    apex: DomainName,
    now: { readonly revision: number; readonly hasChanged: boolean },
  ): number {
    const { serials, serialBase, words } = this.#options;
    const base = serialBase + (this.#overlays.get(apex)?.baseSerial ?? 0);
    const step = serials.next(apex, { base, ...now });
    if (step.offsetWanted !== undefined) words.tellOffset(apex, step.offsetWanted);
    return step.serial;
  }
}
