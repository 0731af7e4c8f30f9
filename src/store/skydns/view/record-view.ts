/**
 * RecordView: store events in, RRsetChanges out. The reading of /skydns by issue 3 section 4,
 * kept up to date key by key; what a replica serves is this view of one revision.
 *
 * Promised: each update is whole for its revision; applying an event twice changes nothing; a
 * value that cannot be read harms only itself. Not promised: that a change is legal DNS (foreign
 * data may put a CNAME beside SRV or TXT): the image has the last word.
 */

import { VIEW_SLICE_KEYS } from '../../limits.ts';
import type {
  KeyRange,
  StoreChange,
  StoredValue,
  StoredValues,
  StoreEvent,
  StoreState,
} from '../../record-store.ts';
import type { ContentNote } from '../content.ts';
import {
  disjoint,
  isInRange,
  isPathAtOrBelow,
  normalPrefix,
  pathOfKey,
  rangeOfPrefix,
  rangeOfZone,
} from '../key.ts';
import { ViewLeases } from '../leases/view-leases.ts';
import { readFactSafely } from './fact.ts';
import { atOnce, settleAll, takeUpdate } from './settled.ts';
import { type SkippedValue, SkippedValues } from './skipped-values.ts';
import type { ViewChange, ViewCounts, ViewUpdate, ZoneUpdate } from './view-update.ts';
import { ViewedZones } from './viewed-zones.ts';
import { type ViewZone, ZoneIndex } from './zone-index.ts';

export type { ViewChange, ViewCounts, ViewUpdate, ZoneUpdate };

export interface ViewOptions {
  /** `/skydns` or `/any/other`. */
  readonly prefix: string;
  readonly zones: readonly ViewZone[];
  /** Our writers: an owner name with an entry they wrote answers their entries only. */
  readonly writers?: Iterable<string>;
  /** `/fedns/`: keys below it are handed on as `control`. */
  readonly controlPrefix?: string;
}

interface Place {
  readonly path: string | undefined;
  readonly zone: ZoneIndex | undefined;
}

type State = Extract<StoreEvent, { kind: 'state' }>;

export class RecordView extends ViewedZones {
  readonly prefix: string;
  readonly #controlPrefix: string;
  readonly #skipped = new SkippedValues();
  readonly #leases = new ViewLeases();
  #revision = 0;

  constructor(options: ViewOptions) {
    const prefix = normalPrefix(options.prefix);
    const writers = new Set(options.writers);
    super(options.zones.map((zone) => new ZoneIndex({ ...zone, prefix, writers })));
    this.prefix = prefix;
    this.#controlPrefix = normalPrefix(options.controlPrefix ?? '/fedns/');
  }

  get revision(): number {
    return this.#revision;
  }

  /** What to read and watch: the zones and our own keys. */
  ranges(): KeyRange[] {
    const zones = this.zones.map(({ apex }) => rangeOfZone(this.prefix, apex));
    return [...disjoint(zones), rangeOfPrefix(this.#controlPrefix)];
  }

  /** The whole event at once. */
  apply(event: StoreEvent): ViewUpdate {
    const update = atOnce(this.steps(event));
    const zones = update.zones.map((zone) => ({ ...zone, changes: [...zone.changes] }));
    return { ...update, zones, skipped: [...update.skipped] };
  }

  /**
   * The same in slices of a few milliseconds: yield to the event loop between them. The view is
   * between two revisions until the last one; nothing else may be applied meanwhile.
   */
  *steps(event: StoreEvent): Generator<void, ViewUpdate, undefined> {
    if (event.kind === 'state') return yield* this.#applyState(event);
    if (event.kind !== 'revision') return this.#update('none', []);
    const touched = new Set<ZoneIndex>();
    const control: StoreChange[] = [];
    for (const change of event.changes) {
      if (change.key.startsWith(this.#controlPrefix)) {
        control.push(change);
        continue;
      }
      const zone = this.#change(change, this.#placeOf(change.key), this.#isNew(change.stored));
      if (zone !== undefined) touched.add(zone);
    }
    this.#revision = event.revision;
    yield* settleAll(touched);
    const zones = [...touched].map((zone) => {
      zone.lastChangedRevision = event.revision;
      return takeUpdate(zone);
    });
    return this.#update('revision', zones, control);
  }

  /** Leases that entries hang on; `undefined` seconds: not asked yet. */
  leases(): ReadonlyMap<string, number | undefined> {
    return this.#leases.all;
  }

  /** What the store said of a lease. The serial stays: only TTLs move. */
  setLeaseSeconds(leaseId: string, seconds: number | undefined): ViewUpdate {
    const loaded = this.zones.filter(({ isLoaded }) => isLoaded);
    this.#leases.set(loaded, leaseId, seconds);
    atOnce(settleAll(loaded));
    const moved = loaded.filter(({ hasNews }) => hasNews);
    return this.#update(
      'lease',
      moved.map((zone) => takeUpdate(zone)),
    );
  }

  forgetIdleLeases(): void {
    this.#leases.forgetIdle(this.zones);
  }

  skipped(): readonly SkippedValue[] {
    return this.#skipped.list();
  }

  counts(): ViewCounts {
    const notes = new Map<ContentNote, number>();
    let ignored = 0;
    for (const zone of this.zones) {
      ignored += zone.remarks.ignoredCount;
      for (const [note, count] of zone.remarks.noteCounts)
        notes.set(note, (notes.get(note) ?? 0) + count);
    }
    return { skipped: this.#skipped.counts(), ignored, notes };
  }

  /** Zones that hold nothing yet are only told their keys here, and read as their update is. */
  *#applyState({ state, reason }: State): Generator<void, ViewUpdate, undefined> {
    // Across a loss of continuity equal revisions need not mean equal values.
    const isComparable = reason === 'compacted' || reason === 'audit';
    const touched = new Set<ZoneIndex>();
    const control: StoreChange[] = [];
    const loads = new Map<ZoneIndex, string[]>();
    for (const zone of this.zones) if (!zone.isLoaded) loads.set(zone, []);
    let count = 0;
    for (const [key, stored] of state.values) {
      count += 1;
      if (count % VIEW_SLICE_KEYS === 0) yield;
      if (key.startsWith(this.#controlPrefix)) {
        control.push({ key, stored });
        continue;
      }
      const place = this.#placeOf(key);
      const { path, zone } = place;
      const load = zone && loads.get(zone);
      if (load !== undefined && path !== undefined) {
        load.push(key);
        continue;
      }
      const held = zone?.facts.get(key);
      const isMoved = held?.modRevision !== stored.modRevision || held.leaseId !== stored.leaseId;
      if (isComparable && !isMoved) continue;
      this.#change({ key, stored }, place, false);
      if (isMoved && zone !== undefined) touched.add(zone);
    }
    for (const zone of this.#removeAllBut(state.values)) touched.add(zone);
    this.#revision = state.revision;
    yield* settleAll(this.zones.filter(({ isLoaded }) => isLoaded));
    const zones: ZoneUpdate[] = [];
    for (const zone of this.zones) {
      const load = loads.get(zone);
      if (load !== undefined || touched.has(zone)) zone.lastChangedRevision = state.revision;
      else if (!zone.hasNews) continue;
      const isFirst = load !== undefined;
      zones.push(isFirst ? this.#reload(zone, load, state) : takeUpdate(zone, state.revision));
    }
    return this.#update(reason, zones, control);
  }

  /** Takes out what the state has not; the zones that had any of it. */
  #removeAllBut(values: StoredValues): Set<ZoneIndex> {
    const touched = new Set<ZoneIndex>();
    for (const zone of this.zones) {
      if (!zone.isLoaded) continue;
      for (const { key } of zone.facts.all()) {
        if (values.has(key)) continue;
        zone.facts.remove(key);
        touched.add(zone);
      }
    }
    for (const key of this.#skipped.keys()) if (!values.has(key)) this.#skipped.remove(key);
    return touched;
  }

  #reload(zone: ZoneIndex, load: readonly string[], { values }: StoreState): ZoneUpdate {
    const { apex, lastChangedRevision } = zone;
    const changes = { [Symbol.iterator]: () => this.#loaded(zone, load, values) };
    return { apex, kind: 'reload', changes, lastChangedRevision };
  }

  /** Reads a zone's keys and says their names, some at a time: what was read is young garbage. */
  *#loaded(
    zone: ZoneIndex,
    load: readonly string[],
    values: StoredValues,
  ): Generator<ViewChange, void, undefined> {
    zone.clear();
    for (let at = 0; at < load.length; at += VIEW_SLICE_KEYS) {
      for (const key of load.slice(at, at + VIEW_SLICE_KEYS)) {
        const { path } = this.#placeOf(key);
        const stored = values.get(key);
        if (path !== undefined && stored !== undefined)
          this.#read(zone, { key, path }, stored, false);
      }
      while (zone.dirtyCount > 0) zone.settle(VIEW_SLICE_KEYS);
      yield* zone.takeNews();
    }
    zone.isLoaded = true;
  }

  /** Takes one key in; the zone it belongs to, if any. `isNew`: its zone surely has not got it. */
  #change({ key, stored }: StoreChange, place: Place, isNew: boolean): ZoneIndex | undefined {
    const { path, zone } = place;
    if (path === undefined || zone === undefined) {
      const isOurs = this.zones.some(({ apex }) => isInRange(key, rangeOfZone(this.prefix, apex)));
      if (stored === undefined || path !== undefined || !isOurs) this.#skipped.remove(key);
      else this.#skipped.put(key, 'bad-key');
      return undefined;
    }
    if (stored === undefined) {
      this.#skipped.remove(key);
      zone.facts.remove(key);
      return zone;
    }
    const renewed = isNew ? 'absent' : zone.facts.renew(key, stored);
    if (renewed !== 'kept') this.#read(zone, { key, path }, stored, renewed === 'another');
    return zone;
  }

  /** Of one line of revisions, it came to be after the one at hand: nothing has to be looked for. */
  #isNew(stored: StoredValue | undefined): boolean {
    if (stored === undefined || stored.modRevision <= this.#revision) return false;
    return stored.createRevision === stored.modRevision;
  }

  /** `isHeld`: there is a fact of this key. */
  #read(
    zone: ZoneIndex,
    at: { readonly key: string; readonly path: string },
    stored: StoredValue,
    isHeld: boolean,
  ): void {
    const { leaseId } = stored;
    const leaseSeconds = this.#leases.secondsOf(leaseId);
    const reading = readFactSafely(zone.facts.place, { ...at, leaseSeconds }, stored);
    if (reading.kind === 'skipped') {
      this.#skipped.put(at.key, reading.reason);
      if (isHeld) zone.facts.remove(at.key);
      return;
    }
    this.#skipped.remove(at.key);
    this.#leases.note(leaseId);
    if (isHeld) zone.facts.remove(at.key);
    zone.facts.add(reading.fact);
  }

  #placeOf(key: string): Place {
    const path = pathOfKey(this.prefix, key);
    if (path === undefined) return { path, zone: undefined };
    return {
      path,
      zone: this.zones.find(({ facts }) => isPathAtOrBelow(path, facts.place.apexPath)),
    };
  }

  #update(
    reason: ViewUpdate['reason'],
    zones: readonly ZoneUpdate[],
    control: readonly StoreChange[] = [],
  ): ViewUpdate {
    const skipped = { [Symbol.iterator]: () => this.#skipped.takeFresh()[Symbol.iterator]() };
    return { reason, revision: this.#revision, zones, control, skipped };
  }
}
