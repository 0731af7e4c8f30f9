/**
 * RecordWriter: RRsetChanges of one writer into the store, by fenced commits. Holds what this
 * writer has in the store, so that a publisher can compare its wishes with it.
 *
 * Promised: touches only entries this writer wrote; each commit compares the fence and what it
 * replaces; a removal carries its marker in the same commit, unless it may be none. A failed apply leaves whole names
 * done or not done (very large names: added to, not yet removed from); call it again.
 */

import { InputError } from '../dns/errors.ts';
import { type DomainName, formatName, isAtOrBelow } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { OwnerMap, RRsetChange } from '../dns/rrset-change.ts';
import { atOnce } from './at-once.ts';
import { ControlKeys, type Fence, oneKey } from './control/control-keys.ts';
import { RemovalMarker } from './control/removal-marker.ts';
import { WRITER_ATTEMPTS_MAX } from './limits.ts';
import {
  type KeyRange,
  type RecordStore,
  type StoreCommit,
  type StoredValue,
  scanState,
} from './record-store.ts';
import { bundleCommits, type CommitBundle } from './skydns/commit-bundles.ts';
import {
  type Holdings,
  HoldingsReader,
  ownEntry,
  ownerMapOf,
  rrsetsHeld,
} from './skydns/holdings.ts';
import { disjoint, keyOfName, normalPrefix, rangeOfPrefix, rangeOfZone } from './skydns/key.ts';
import { afterCommit, NOTHING_HELD } from './skydns/packed/held-entries.ts';
import { type PlannedCommit, planChange } from './skydns/record-plan.ts';
import { StoreError } from './store-error.ts';

export interface RecordWriterOptions {
  readonly store: RecordStore;
  readonly prefix: string;
  /** Writer id: the `owner` of its entries, unique to this source of records. */
  readonly writer: string;
  /** Where it writes; nothing outside is read. */
  readonly zones: readonly DomainName[];
  /** Of the leader; a writer that is alone by its state folder's lock needs none. */
  readonly fence?: Fence;
  readonly controlPrefix?: string;
  /**
   * False: of a name that goes it is not known whether it was meant to. Its removals carry no marker,
   * and many at once are held by whoever answers. True unless said.
   */
  readonly isSureOfRemovals?: boolean;
}

export interface WriteReport {
  readonly commitCount: number;
  readonly putCount: number;
  readonly deleteCount: number;
  /** Of the last commit; undefined when nothing was to be done. */
  readonly revision: number | undefined;
}

export class RecordWriter {
  readonly #options: RecordWriterOptions & { readonly prefix: string };
  readonly #marker: RemovalMarker;
  #holdings: Holdings | undefined;
  #readRevision = 0;

  constructor(options: RecordWriterOptions) {
    this.#options = { ...options, prefix: normalPrefix(options.prefix) };
    const keys = new ControlKeys(options.controlPrefix);
    this.#marker = new RemovalMarker(keys.removals(options.writer));
  }

  get #marksRemovals(): boolean {
    return this.#options.isSureOfRemovals !== false;
  }

  get name(): string {
    return this.#options.writer;
  }

  /** Reads what this writer holds; before the first apply, and to compare anew. */
  async load(signal?: AbortSignal): Promise<OwnerMap> {
    await this.refresh(signal);
    return ownerMapOf(this.#holdings);
  }

  /** The same, page by page and without saying what it is. Throws StoreError. */
  async refresh(signal?: AbortSignal): Promise<void> {
    const { prefix, zones } = this.#options;
    const ranges = disjoint(zones.map((apex) => rangeOfZone(prefix, apex)));
    const reader = new HoldingsReader(this.#options, this.#marker.key);
    const { store } = this.#options;
    this.#readRevision = await store.scan([...ranges, this.#marker.range], reader, signal);
    this.#marker.take(reader.marker);
    this.#holdings = reader.holdings;
  }

  /** Keys of entries at this name that are not ours, as the store has them now. Throws StoreError. */
  async foreignAt(owner: DomainName): Promise<readonly string[]> {
    const { store, prefix } = this.#options;
    const key = keyOfName(prefix, owner);
    const state = await store.read([oneKey(key), rangeOfPrefix(`${key}/`)]);
    const isOwn = (at: string, stored: StoredValue) => ownEntry(at, stored, this.#options);
    return [...state.values].flatMap(([at, stored]) => (isOwn(at, stored) ? [] : [at]));
  }

  /** It is known what this writer holds. */
  get isRead(): boolean {
    return this.#holdings !== undefined;
  }

  /** The store's revision when it was read last. */
  get readRevision(): number {
    return this.#readRevision;
  }

  /** Owner names at which this writer holds something, as far as it knows. */
  owners(): Iterable<DomainName> {
    return this.#holdings?.keys() ?? [];
  }

  /** Whether the store already says just this, as far as it is known. Throws InputError. */
  isAsHeld(change: RRsetChange): boolean {
    const isHeld = this.#holdings?.has(change.owner) === true;
    // Seen without planning it: of a first start all are so.
    if (!isHeld && change.rrsets !== undefined) return false;
    return this.#plan(change).length === 0;
  }

  /** What this writer holds at one owner, as far as it knows. */
  heldAt(owner: DomainName): readonly RRset[] | undefined {
    const held = this.#holdings?.get(owner);
    return held === undefined ? undefined : rrsetsHeld(owner, held);
  }

  /**
   * Groups one after the other (a service appears global, region, zone); within a group at once.
   * Throws StoreError, and InputError (before anything is written) for what no entry can say.
   */
  async apply(
    groups: readonly (readonly RRsetChange[])[],
    signal?: AbortSignal,
  ): Promise<WriteReport> {
    if (this.#holdings === undefined) await this.refresh(signal);
    const planned = this.#planAll(groups.flat());
    const tally = { commitCount: 0, putCount: 0, deleteCount: 0, revision: 0 };
    try {
      for (const group of groups) {
        const isRemoval = (change: RRsetChange) => (change.rrsets ?? []).length === 0;
        const bundles = this.#bundles(
          group.filter((change) => !isRemoval(change)),
          planned,
        );
        await atOnce(bundles, (bundle) => this.#writeBundle(bundle, tally, signal));
        // Each moves the marker: one after the other.
        for (const bundle of this.#bundles(group.filter(isRemoval), planned)) {
          await this.#writeBundle(bundle, tally, signal);
        }
      }
    } catch (error) {
      // What the store holds now is unknown: the next apply reads it first.
      this.#holdings = undefined;
      throw error;
    }
    return { ...tally, revision: tally.revision === 0 ? undefined : tally.revision };
  }

  /** Throws InputError for what no entry can say. What is said of a name twice is planned later. */
  #planAll(changes: readonly RRsetChange[]): ReadonlyMap<RRsetChange, readonly PlannedCommit[]> {
    const planned = new Map(changes.map((change) => [change, this.#plan(change)]));
    const first = new Map<DomainName, RRsetChange>();
    for (const change of changes) {
      const before = first.get(change.owner);
      first.set(change.owner, before ?? change);
      if (before === undefined) continue;
      // In whatever order they are written: each is planned when it is its turn.
      planned.delete(before);
      planned.delete(change);
    }
    return planned;
  }

  /** Names that are not as wanted, as many in one commit as it may hold. */
  #bundles(
    changes: readonly RRsetChange[],
    planned: ReadonlyMap<RRsetChange, readonly PlannedCommit[]>,
  ): CommitBundle[] {
    return bundleCommits(
      changes.map((change) => ({ change, parts: planned.get(change) ?? this.#plan(change) })),
    );
  }

  /** All of them at once; where another writer was met, or one does not fit, each by itself. */
  async #writeBundle(bundle: CommitBundle, tally: Tally, signal?: AbortSignal): Promise<void> {
    const { changes, joined } = bundle;
    if (joined !== undefined) {
      const outcome = await this.#options.store.commit(this.#fenced(joined), signal);
      if (outcome.kind === 'committed') {
        for (const { change, parts } of changes) {
          for (const part of parts) this.#noteEntries(change.owner, part, outcome.revision);
        }
        if (this.#marksRemovals) this.#marker.counted(joined.removedNameCount, outcome.revision);
        count(tally, joined, outcome.revision);
        return;
      }
    }
    for (const { change } of changes) await this.#write(change, tally, signal);
  }

  async #write(change: RRsetChange, tally: Tally, signal?: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= WRITER_ATTEMPTS_MAX; attempt++) {
      let isConflict = false;
      for (const planned of this.#plan(change)) {
        const commit = this.#fenced(planned);
        const outcome = await this.#options.store.commit(commit, signal);
        if (outcome.kind === 'conflict') {
          isConflict = true;
          break;
        }
        this.#noteEntries(change.owner, planned, outcome.revision);
        if (this.#marksRemovals) this.#marker.counted(planned.removedNameCount, outcome.revision);
        count(tally, planned, outcome.revision);
      }
      if (!isConflict) return;
      await this.#reload(change.owner, signal);
    }
    throw new StoreError(
      'STORE_CONFLICT',
      `${formatName(change.owner)}: ${WRITER_ATTEMPTS_MAX} commits in a row met other writers`,
    );
  }

  /** Outside its zones it would write what nobody reads again, not even it. */
  #plan(change: RRsetChange): PlannedCommit[] {
    if (!this.#options.zones.some((apex) => isAtOrBelow(change.owner, apex))) {
      throw new InputError('OUTSIDE_ZONES', `${formatName(change.owner)} is in none of our zones`);
    }
    return planChange(change, this.#holdings?.get(change.owner) ?? NOTHING_HELD, this.#options);
  }

  #fenced({ puts, deletes, compares, removedNameCount }: PlannedCommit): StoreCommit {
    const { fence } = this.#options;
    const fenced = fence === undefined ? compares : [fence, ...compares];
    if (!this.#marksRemovals) return { puts, deletes, compares: fenced };
    return this.#marker.counting({ puts, deletes, compares: fenced }, removedNameCount);
  }

  #noteEntries(owner: DomainName, planned: PlannedCommit, revision: number): void {
    if (this.#holdings === undefined) return;
    const put = planned.puts.map(({ value }) => value);
    const before = this.#holdings.get(owner) ?? NOTHING_HELD;
    const held = afterCommit(before, { replaced: planned.replaced, put }, revision);
    if (held.length === 0) this.#holdings.delete(owner);
    else this.#holdings.set(owner, held);
  }

  /** After a conflict: either we lead no more, or our picture of this owner is old. */
  async #reload(owner: DomainName, signal?: AbortSignal): Promise<void> {
    const { store, prefix, fence } = this.#options;
    const ranges: KeyRange[] = [rangeOfPrefix(`${keyOfName(prefix, owner)}/`)];
    ranges.push(this.#marker.range);
    if (fence !== undefined) ranges.push(oneKey(fence.key));
    const state = await store.read(ranges, signal);
    if (fence !== undefined) {
      const now = state.values.get(fence.key)?.createRevision ?? 0;
      if (now !== fence.createRevision) {
        const was = `made at revision ${fence.createRevision}, now ${now}`;
        throw new StoreError('STORE_FENCED', `fence ${fence.key} was taken by another: ${was}`);
      }
    }
    const reader = new HoldingsReader(this.#options, this.#marker.key);
    await scanState(state, reader);
    this.#marker.take(reader.marker);
    // Names below this one are in the range, too.
    const held = reader.holdings.get(owner);
    if (held === undefined) this.#holdings?.delete(owner);
    else this.#holdings?.set(owner, held);
  }
}

interface Tally {
  commitCount: number;
  putCount: number;
  deleteCount: number;
  revision: number;
}

function count(tally: Tally, { puts, deletes }: PlannedCommit, revision: number): void {
  tally.commitCount += 1;
  tally.putCount += puts.length;
  tally.deleteCount += deletes.length;
  tally.revision = Math.max(tally.revision, revision);
}
