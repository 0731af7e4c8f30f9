/**
 * RecordStore: where records rest. Three stores keep this one contract (memory, file, etcd);
 * test/contract/record-store.suite.ts states it and runs on all three.
 *
 * A store is an ordered map of keys to values with one revision for the whole of it, as etcd has
 * it. What the keys mean is said in skydns/ (records) and control-keys.ts (our own words): so a
 * dump of one store is a dump of any other, and foreign writers look alike in all.
 *
 * Keys and values are octet strings: one character (0-255) per octet. Nothing is lost, whatever a
 * stranger wrote; JSON is decoded from UTF-8 by its reader.
 */

/** All keys with from <= key < to. */
export interface KeyRange {
  readonly from: string;
  readonly to: string;
}

export interface StoredValue {
  readonly value: string;
  /** Revision of the last write of this key; what `compares` asks for. */
  readonly modRevision: number;
  /** Revision at which this key came to be (a key deleted and made again has a new one). */
  readonly createRevision: number;
  /** Decimal lease id, etcd only; absent without a lease. */
  readonly leaseId?: string;
}

/** By key: a Map, or what is as good as one (flat-values.ts). */
export interface StoredValues extends Iterable<[key: string, stored: StoredValue]> {
  readonly size: number;
  has(key: string): boolean;
  get(key: string): StoredValue | undefined;
  keys(): Iterable<string>;
}

/** One state of the ranges asked for, taken at one revision. */
export interface StoreState {
  readonly revision: number;
  readonly values: StoredValues;
}

export interface StoreChange {
  readonly key: string;
  /** undefined: the key was deleted (or its lease ended). */
  readonly stored: StoredValue | undefined;
}

/**
 * What a watch delivers, in order:
 * - `state`: the whole of the ranges at one revision. First of all when no revision was given to
 *   start from; later whenever continuity cannot be had: `compacted` (our revision is gone) or
 *   `replaced` (another cluster id, another sentinel, or a revision gone back: lost or restored
 *   data), or `audit` (a comparison of all keys found a difference: an event was lost on the way).
 *   The reader compares it with what it holds; nothing else is told of the gap.
 * - `revision`: every change of one revision within the ranges, whole, once, in order of revision.
 * - `contact`: the store answered (at most one a second): resets the reader's staleness.
 * - `lost`: contact was lost; the watch goes on trying by itself until its signal ends.
 */
export type StoreEvent =
  | {
      readonly kind: 'state';
      readonly reason: 'first' | 'compacted' | 'replaced' | 'audit';
      readonly state: StoreState;
    }
  | {
      readonly kind: 'revision';
      readonly revision: number;
      readonly changes: readonly StoreChange[];
    }
  | { readonly kind: 'contact'; readonly revision: number }
  | { readonly kind: 'lost'; readonly message: string };

/** The commit happens only if every compare holds. */
export type StoreCompare =
  /** Last written at this revision; 0: the key does not exist. */
  | { readonly key: string; readonly modRevision: number }
  /** Came to be at this revision (a fence); 0: the key does not exist. */
  | { readonly key: string; readonly createRevision: number };

export interface StoreCommit {
  readonly compares: readonly StoreCompare[];
  readonly puts: readonly { readonly key: string; readonly value: string }[];
  readonly deletes: readonly string[];
}

export type CommitOutcome =
  | { readonly kind: 'committed'; readonly revision: number }
  /** A compare failed: nothing was written. */
  | { readonly kind: 'conflict'; readonly revision: number };

/** Takes a state in, piece by piece: whoever keeps little of it needs never have all of it. */
export interface StateReader {
  /** At first, and where the reading is begun anew: what was taken before is void. */
  begin(): void;
  /** The next piece is waited for until this one is taken in. */
  take(piece: Iterable<readonly [key: string, stored: StoredValue]>): Promise<void>;
}

export interface RecordStore {
  readonly kind: 'memory' | 'file' | 'etcd';

  /** The ranges at one revision. Throws StoreError when the store cannot be asked. */
  read(ranges: readonly KeyRange[], signal?: AbortSignal): Promise<StoreState>;

  /**
   * The same in pieces, in order of keys within a range; gives the revision that they are of. A store
   * that has everything at hand gives one piece. Throws StoreError, and whatever the reader throws.
   */
  scan(ranges: readonly KeyRange[], reader: StateReader, signal?: AbortSignal): Promise<number>;

  /**
   * All or nothing, at one new revision. At most COMMIT_OPERATIONS_MAX puts + deletes + compares;
   * no key twice. Throws StoreError when the outcome is unknown or the store refuses.
   */
  commit(commit: StoreCommit, signal?: AbortSignal): Promise<CommitOutcome>;

  /**
   * Follows the ranges until `signal` ends it. With `afterRevision` the first event is the first
   * revision above it, or a `state` if that can no longer be told; without, a `state`.
   * Never throws for the world's failures: those are `lost` events.
   */
  watch(
    ranges: readonly KeyRange[],
    options: { readonly afterRevision?: number; readonly signal: AbortSignal },
  ): AsyncIterable<StoreEvent>;

  /** Seconds a lease has left; undefined when it is gone or leases are unknown here. */
  leaseSecondsLeft(leaseId: string, signal?: AbortSignal): Promise<number | undefined>;

  /** Ends every watch, frees locks and connections. Resolves once quiet. */
  stop(): Promise<void>;
}

/** `scan` of a store that has everything at hand. */
export async function scanState(state: StoreState, reader: StateReader): Promise<number> {
  reader.begin();
  await reader.take(state.values);
  return state.revision;
}
