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
import type { RecordView, ZoneUpdate } from '../store/skydns/view/record-view.ts';
import type { ImageFeed } from './images/image-feed.ts';
import type { RecordCap } from './images/record-cap.ts';
import type { ZoneOverlay } from './images/zone-overlay.ts';
import type { StoreWords } from './store-words.ts';

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

  constructor(options: ZonePublisherOptions) {
    this.#options = options;
    this.#overlays = new Map(options.overlays);
  }

  /** Tells the static records that are laid over now from any others. */
  get overlayFingerprint(): string {
    return [...this.#overlays.values()].map(({ fingerprint }) => fingerprint).join();
  }

  /** One update of the store, already past the hold. */
  async publish(zones: readonly ZoneUpdate[], revision: number): Promise<void> {
    for (const zone of zones) await this.#publishZone(zone);
    for (const apex of this.#unserved.keys()) {
      const update = { apex, kind: 'changes', changes: [], lastChangedRevision: revision } as const;
      await this.#publishZone(update);
    }
    this.#tellRefusedCuts();
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
    this.#overlays.set(apex, overlay);
    if (changes.length > 0 && feed.serial(apex) !== undefined) {
      await feed.apply(apex, changes, this.#serial(apex, { revision, hasChanged: true }));
    }
    this.#tellRefusedCuts();
  }

  async #publishZone(zone: ZoneUpdate): Promise<void> {
    const { feed, cap } = this.#options;
    const { apex, lastChangedRevision: revision } = zone;
    const overlay = this.#overlays.get(apex);
    if (overlay === undefined) return;
    if (zone.kind === 'reload') {
      const hasChanged = feed.serial(apex) !== undefined;
      const serial = this.#serial(apex, { revision, hasChanged });
      await feed.reload(apex, overlay.reload(cap.allCapped(zone.changes)), serial);
      return;
    }
    const capped = [...cap.allCapped(zone.changes)];
    const changes = [
      ...(this.#unserved.get(apex) ?? []),
      ...overlay.changes(capped, (owner) => this.#storedAt(apex, owner)),
    ];
    const serial = this.#serial(apex, { revision, hasChanged: changes.length > 0 });
    this.#unserved.set(apex, changes);
    await feed.apply(apex, changes, serial);
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
