/**
 * RecordView: store events in, RRsetChanges out. The reading of /skydns by issue 3 section 4,
 * kept up to date key by key; what a replica serves is this view of one revision.
 *
 * Promised: each update is whole for its revision; applying an event twice changes nothing; a
 * value that cannot be read harms only itself. Not promised: that a change is legal DNS (foreign
 * data may put a CNAME beside SRV or TXT): the image has the last word.
 */

import { type DomainName, isAtOrBelow } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { RRsetChange } from '../../dns/rrset-change.ts';
import { VIEW_SLICE_KEYS } from '../limits.ts';
import type { KeyRange, StoreChange, StoredValue, StoreEvent } from '../record-store.ts';
import type { ContentNote } from './content.ts';
import { readFact, servedTtl } from './fact.ts';
import { nameOfKey, normalPrefix, rangeOfPrefix, rangeOfZone } from './key.ts';
import { type SkippedValue, SkippedValues } from './skipped-values.ts';
import type { ViewCounts, ViewUpdate, ZoneUpdate } from './view-update.ts';
import { type NameFacts, type ViewZone, ZoneIndex } from './zone-index.ts';

export type { ViewCounts, ViewUpdate, ZoneUpdate };

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
  readonly name: DomainName | undefined;
  readonly zone: ZoneIndex | undefined;
}

type State = Extract<StoreEvent, { kind: 'state' }>;

export class RecordView {
  readonly prefix: string;
  readonly #controlPrefix: string;
  /** Longest apex first: the closest one takes a name. */
  readonly #zones: readonly ZoneIndex[];
  readonly #skipped = new SkippedValues();
  readonly #leaseSeconds = new Map<string, number | undefined>();
  #revision = 0;
  #hasState = false;

  constructor(options: ViewOptions) {
    this.prefix = normalPrefix(options.prefix);
    this.#controlPrefix = normalPrefix(options.controlPrefix ?? '/fedns/');
    const writers = new Set(options.writers);
    this.#zones = options.zones
      .map((zone) => new ZoneIndex({ ...zone, prefix: this.prefix, writers }))
      .sort((left, right) => right.apex.length - left.apex.length);
  }

  get revision(): number {
    return this.#revision;
  }

  /** What to read and watch: the zones and our own keys. */
  ranges(): KeyRange[] {
    const zones = this.#zones.map(({ apex }) => rangeOfZone(this.prefix, apex));
    return [...disjoint(zones), rangeOfPrefix(this.#controlPrefix)];
  }

  /** The whole event at once. */
  apply(event: StoreEvent): ViewUpdate {
    const steps = this.steps(event);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
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
      if (change.key.startsWith(this.#controlPrefix)) control.push(change);
      const zone = this.#change(change);
      if (zone !== undefined) touched.add(zone);
    }
    this.#revision = event.revision;
    const zones: ZoneUpdate[] = [];
    for (const zone of touched) {
      zone.lastChangedRevision = event.revision;
      zones.push(yield* settled(zone, 'changes'));
    }
    return this.#update('revision', zones, control);
  }

  /** Leases that entries hang on; `undefined` seconds: not asked yet. */
  leases(): ReadonlyMap<string, number | undefined> {
    return this.#leaseSeconds;
  }

  /** What the store said of a lease. The serial stays: only TTLs move. */
  setLeaseSeconds(leaseId: string, seconds: number | undefined): ViewUpdate {
    if (!this.#leaseSeconds.has(leaseId)) return this.#update('none', []);
    this.#leaseSeconds.set(leaseId, seconds);
    const zones: ZoneUpdate[] = [];
    for (const zone of this.#zones) {
      for (const fact of zone.facts()) {
        if (fact.leaseId === leaseId) zone.retime(fact, servedTtl(fact.entry, seconds));
      }
      if (zone.dirtyCount > 0) zones.push(run(settled(zone, 'changes')));
    }
    return this.#update('lease', zones);
  }

  /** Leases no entry hangs on any more are forgotten. O(keys); now and then. */
  dropIdleLeases(): void {
    const used = new Set<string>();
    for (const zone of this.#zones) {
      for (const fact of zone.facts()) if (fact.leaseId !== undefined) used.add(fact.leaseId);
    }
    for (const id of this.#leaseSeconds.keys()) if (!used.has(id)) this.#leaseSeconds.delete(id);
  }

  *owners(apex: DomainName): Generator<[DomainName, readonly RRset[]], void, undefined> {
    const zone = this.#zones.find((each) => each.apex === apex);
    if (zone !== undefined) yield* zone.owners();
  }

  /** Which keys gave what a name holds, and which were put aside. */
  explain(owner: DomainName): NameFacts & { readonly rrsets: readonly RRset[] | undefined } {
    const zone = this.#zoneOf(owner);
    if (zone === undefined) return { answering: [], ignored: [], notes: [], rrsets: undefined };
    return { ...zone.factsAt(owner), rrsets: zone.rrsetsOf(owner) };
  }

  skipped(): readonly SkippedValue[] {
    return this.#skipped.list();
  }

  counts(): ViewCounts {
    const notes = new Map<ContentNote, number>();
    let ignored = 0;
    for (const zone of this.#zones) {
      ignored += zone.ignoredCount;
      for (const [note, count] of zone.noteCounts) notes.set(note, (notes.get(note) ?? 0) + count);
    }
    return { skipped: this.#skipped.counts(), ignored, notes };
  }

  *#applyState(event: State): Generator<void, ViewUpdate, undefined> {
    const { state, reason } = event;
    // Across a loss of continuity equal revisions need not mean equal values.
    const isComparable = reason === 'compacted' || reason === 'audit';
    const touched = new Set<ZoneIndex>();
    const control: StoreChange[] = [];
    let count = 0;
    for (const [key, stored] of state.values) {
      count += 1;
      if (count % VIEW_SLICE_KEYS === 0) yield;
      if (key.startsWith(this.#controlPrefix)) {
        control.push({ key, stored });
        continue;
      }
      const place = this.#placeOf(key);
      const { zone } = place;
      const held = zone?.fact(key);
      const isMoved = held?.modRevision !== stored.modRevision || held.leaseId !== stored.leaseId;
      if (isComparable && !isMoved) continue;
      this.#change({ key, stored }, place);
      if (isMoved && zone !== undefined) touched.add(zone);
    }
    for (const zone of this.#zones) {
      for (const { key } of zone.facts()) {
        if (state.values.has(key)) continue;
        zone.remove(key);
        touched.add(zone);
      }
    }
    for (const key of this.#skipped.keys()) {
      if (!state.values.has(key)) this.#skipped.remove(key);
    }
    this.#revision = state.revision;
    const isFirst = !this.#hasState;
    this.#hasState = true;
    const zones: ZoneUpdate[] = [];
    for (const zone of this.#zones) {
      if (isFirst || touched.has(zone)) zone.lastChangedRevision = state.revision;
      else if (zone.dirtyCount === 0) continue;
      zones.push(yield* settled(zone, isFirst ? 'reload' : 'changes', state.revision));
    }
    return this.#update(reason, zones, control);
  }

  /** Takes one key in; the zone it belongs to, if any. */
  #change({ key, stored }: StoreChange, place = this.#placeOf(key)): ZoneIndex | undefined {
    const { name, zone } = place;
    if (name === undefined || zone === undefined) {
      const isOurs = this.#zones.some(({ apex }) => isInRange(key, rangeOfZone(this.prefix, apex)));
      if (stored === undefined || name !== undefined || !isOurs) this.#skipped.remove(key);
      else this.#skipped.put(key, 'bad-key');
      return undefined;
    }
    if (stored === undefined) {
      this.#skipped.remove(key);
      zone.remove(key);
      return zone;
    }
    this.#read(zone, { key, name }, stored);
    return zone;
  }

  #read(zone: ZoneIndex, at: { key: string; name: DomainName }, stored: StoredValue): void {
    const { leaseId } = stored;
    const leaseSeconds = leaseId === undefined ? undefined : this.#leaseSeconds.get(leaseId);
    const reading = readFact({ ...at, apex: zone.apex, leaseSeconds }, stored);
    if (reading.kind === 'skipped') {
      this.#skipped.put(at.key, reading.reason);
      zone.remove(at.key);
      return;
    }
    this.#skipped.remove(at.key);
    if (leaseId !== undefined) this.#leaseSeconds.set(leaseId, leaseSeconds);
    zone.put(reading.fact);
  }

  #placeOf(key: string): Place {
    const name = nameOfKey(this.prefix, key);
    return { name, zone: name === undefined ? undefined : this.#zoneOf(name) };
  }

  #zoneOf(name: DomainName): ZoneIndex | undefined {
    return this.#zones.find((zone) => isAtOrBelow(name, zone.apex));
  }

  #update(
    reason: ViewUpdate['reason'],
    zones: readonly ZoneUpdate[],
    control: readonly StoreChange[] = [],
  ): ViewUpdate {
    const skipped = this.#skipped.takeFresh();
    return { reason, revision: this.#revision, zones, control, skipped };
  }
}

function* settled(
  zone: ZoneIndex,
  kind: ZoneUpdate['kind'],
  revision = zone.lastChangedRevision,
): Generator<void, ZoneUpdate, undefined> {
  const changes: RRsetChange[] = [];
  while (zone.dirtyCount > 0) {
    for (const change of zone.settle(VIEW_SLICE_KEYS)) changes.push(change);
    yield;
  }
  // Content that differs although no revision did: replaced data. It needs a revision of its own.
  if (changes.length > 0) zone.lastChangedRevision = Math.max(zone.lastChangedRevision, revision);
  return { apex: zone.apex, kind, changes, lastChangedRevision: zone.lastChangedRevision };
}

function run<T>(steps: Generator<void, T, undefined>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function isInRange(key: string, range: KeyRange): boolean {
  return range.from <= key && key < range.to;
}

/** Without those that lie within another: a zone below a zone. */
function disjoint(ranges: readonly KeyRange[]): KeyRange[] {
  const sorted = [...ranges].sort((left, right) => (left.from < right.from ? -1 : 1));
  const kept: KeyRange[] = [];
  for (const range of sorted) {
    const last = kept[kept.length - 1];
    if (last === undefined || range.from >= last.to) kept.push(range);
    else if (range.to > last.to) kept[kept.length - 1] = { from: last.from, to: range.to };
  }
  return kept;
}
