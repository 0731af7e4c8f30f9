/**
 * MemoryStore: the contract of record-store.ts at its plainest; what the other stores are held
 * against. Nothing survives the process.
 */

import {
  type CommitOutcome,
  type KeyRange,
  type RecordStore,
  type StateReader,
  type StoreCommit,
  type StoreEvent,
  type StoreState,
  scanState,
} from './record-store.ts';
import { RevisionedMap } from './revisioned-map.ts';
import { StoreError } from './store-error.ts';

export class MemoryStore implements RecordStore {
  readonly kind = 'memory';
  readonly #map: RevisionedMap;
  readonly #stopped = new AbortController();

  constructor(initial?: StoreState) {
    this.#map = new RevisionedMap(initial);
  }

  async read(ranges: readonly KeyRange[]): Promise<StoreState> {
    this.#check();
    return this.#map.read(ranges);
  }

  async scan(ranges: readonly KeyRange[], reader: StateReader): Promise<number> {
    return scanState(await this.read(ranges), reader);
  }

  async commit(commit: StoreCommit): Promise<CommitOutcome> {
    this.#check();
    const { outcome } = this.#map.stage(commit);
    this.#map.announce();
    return outcome;
  }

  watch(
    ranges: readonly KeyRange[],
    options: { readonly afterRevision?: number; readonly signal: AbortSignal },
  ): AsyncIterable<StoreEvent> {
    const signal = AbortSignal.any([options.signal, this.#stopped.signal]);
    return this.#map.follow(ranges, { ...options, signal });
  }

  /** Leases are etcd's; nothing here has one. */
  async leaseSecondsLeft(): Promise<number | undefined> {
    return undefined;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
  }

  #check(): void {
    if (this.#stopped.signal.aborted) throw new StoreError('STORE_STOPPED', 'store is stopped');
  }
}
