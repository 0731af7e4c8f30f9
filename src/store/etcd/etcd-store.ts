/**
 * EtcdStore: the contract of record-store.ts on etcd 3.4 and later. Reads are linearizable, at
 * one revision; a commit is one transaction, never sent twice unless it was surely not sent.
 */

import type {
  CommitOutcome,
  KeyRange,
  RecordStore,
  StateReader,
  StoreCommit,
  StoreEvent,
  StoreState,
} from '../record-store.ts';
import { checkCommit } from '../revisioned-map.ts';
import { StoreError } from '../store-error.ts';
import { StaleTokenError, wasNeverSent } from './etcd-errors.ts';
import { askIdentity, type EtcdIdentity } from './etcd-identity.ts';
import { type EtcdSettings, type EtcdStoreOptions, etcdSettings } from './etcd-options.ts';
import { readRanges, scanRanges } from './etcd-range.ts';
import { EtcdSession } from './etcd-session.ts';
import { EtcdWatch } from './etcd-watch.ts';

/** Connects at first use: an etcd that is away now is no error. Throws STORE_REFUSED (settings). */
export function openEtcdStore(options: EtcdStoreOptions): EtcdStore {
  return new EtcdStore(etcdSettings(options));
}

export class EtcdStore implements RecordStore {
  readonly kind = 'etcd';
  readonly #settings: EtcdSettings;
  readonly #stopped = new AbortController();
  #session: EtcdSession | undefined;
  #nextUrl = 0;

  /** Use openEtcdStore. */
  constructor(settings: EtcdSettings) {
    this.#settings = settings;
  }

  async read(ranges: readonly KeyRange[], signal?: AbortSignal): Promise<StoreState> {
    return this.#asked('read', (session) =>
      readRanges(session, { ranges, signal }, this.#settings),
    );
  }

  async scan(
    ranges: readonly KeyRange[],
    reader: StateReader,
    signal?: AbortSignal,
  ): Promise<number> {
    return this.#asked('read', (session) =>
      scanRanges(session, { ranges, signal }, this.#settings, reader),
    );
  }

  async commit(commit: StoreCommit): Promise<CommitOutcome> {
    checkCommit(commit, { findsTwins: true });
    const { namespace } = this.#settings;
    return this.#asked('write', async (session) => {
      const { revision, isCommitted } = await session.txn({ commit, namespace });
      return { kind: isCommitted ? 'committed' : 'conflict', revision };
    });
  }

  watch(
    ranges: readonly KeyRange[],
    options: { readonly afterRevision?: number; readonly signal: AbortSignal },
  ): AsyncIterable<StoreEvent> {
    const watch = new EtcdWatch(this.#settings, {
      ranges,
      afterRevision: options.afterRevision,
      signal: AbortSignal.any([options.signal, this.#stopped.signal]),
      newSession: () => this.#newSession(),
    });
    return watch.events();
  }

  async leaseSecondsLeft(leaseId: string): Promise<number | undefined> {
    const { TTL } = await this.#asked('read', (session) =>
      session.call((client, options) =>
        client.leaseClient.leaseTimeToLive({ ID: leaseId, keys: false }, options),
      ),
    );
    return Number(TTL) > 0 ? Number(TTL) : undefined;
  }

  /** Who answers now; makes the sentinel key where there is none and we may write it. */
  async identity(): Promise<EtcdIdentity> {
    return this.#asked('read', (session) => askIdentity(session, this.#settings));
  }

  async stop(): Promise<void> {
    // Each watch closes its own connection at once, whether its reader comes back or not.
    this.#stopped.abort();
    this.#drop();
  }

  /** Over the URLs in turn. A write goes on to the next only if it cannot have been done. */
  async #asked<T>(kind: 'read' | 'write', ask: (session: EtcdSession) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      if (this.#stopped.signal.aborted) throw stopped();
      this.#session ??= this.#newSession();
      try {
        return await ask(this.#session);
      } catch (error) {
        if (this.#stopped.signal.aborted) throw stopped();
        const isAway = error instanceof StoreError && error.code === 'STORE_UNREACHABLE';
        if (isAway) this.#drop();
        const mayRepeat = kind === 'read' || error instanceof StaleTokenError;
        const isRepeatable = isAway && (mayRepeat || wasNeverSent(error));
        if (!isRepeatable || attempt > this.#settings.urls.length) throw error;
      }
    }
  }

  #newSession(): EtcdSession {
    const { urls } = this.#settings;
    const url = urls[this.#nextUrl % urls.length];
    this.#nextUrl += 1;
    if (url === undefined) throw new StoreError('STORE_REFUSED', 'etcd settings: no URL');
    return new EtcdSession(this.#settings, url);
  }

  #drop(): void {
    this.#session?.close();
    this.#session = undefined;
  }
}

function stopped(): StoreError {
  return new StoreError('STORE_STOPPED', 'store is stopped');
}
