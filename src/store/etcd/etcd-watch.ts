/**
 * The watch of the etcd store: streams one after the other, so that the reader sees one unbroken
 * line of revisions, or a `state` where the line cannot be carried on.
 *
 *   connect -> who are you -> (state) -> stream from the last delivered revision + 1 -> cut -> ...
 *
 * A resume starts after the last delivered revision, or after the last audit that found keys and
 * revisions equal; never after a revision that progress alone reported, because old servers report
 * progress they have not made.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { HashId } from '../../runtime/tables/text-hash.ts';
import { GrowingValues } from '../flat-values.ts';
import type { KeyRange, StateReader, StoreEvent, StoreState } from '../record-store.ts';
import { reasonOf } from '../store-error.ts';
import { CompactedError } from './etcd-errors.ts';
import { askIdentity, type EtcdIdentity, replacedBy } from './etcd-identity.ts';
import type { EtcdSettings } from './etcd-options.ts';
import { type RangeQuery, scanRanges } from './etcd-range.ts';
import type { EtcdSession } from './etcd-session.ts';
import { KeyRevisions, keyId } from './key-revisions.ts';
import { RelistError, SilenceError, WatchStream } from './watch-stream.ts';

export interface WatchRequestOptions {
  readonly ranges: readonly KeyRange[];
  readonly afterRevision: number | undefined;
  readonly signal: AbortSignal;
  /** A session on the next URL, each time. */
  readonly newSession: () => EtcdSession;
}

type RelistReason = 'first' | 'compacted' | 'replaced' | 'audit';

export class EtcdWatch {
  readonly #settings: EtcdSettings;
  readonly #options: WatchRequestOptions;
  /** Keys and mod revisions as delivered: what the audit compares. */
  #known: KeyRevisions | undefined;
  /** Keys whose changes were delivered since the audit under way began. */
  #touched: Set<HashId> | undefined;
  #identity: EtcdIdentity | undefined;
  #position: number | undefined;
  #auditedRevision = 0;
  /** Streams in a row that fell silent before their watchers made any way. */
  #fruitlessCount = 0;
  /** Why the next connection begins with a state. */
  #relist: RelistReason | undefined;

  constructor(settings: EtcdSettings, options: WatchRequestOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#position = options.afterRevision;
    this.#relist = options.afterRevision === undefined ? 'first' : undefined;
  }

  async *events(): AsyncGenerator<StoreEvent, void, undefined> {
    const { signal } = this.#options;
    let said = '';
    let failureCount = 0;
    while (!signal.aborted) {
      const session = this.#options.newSession();
      const onAbort = () => session.close();
      signal.addEventListener('abort', onAbort);
      try {
        for await (const event of this.#follow(session)) {
          [said, failureCount] = ['', 0];
          yield event;
        }
      } catch (error) {
        if (signal.aborted) return;
        const isOurs = this.#takeRelist(error);
        failureCount += 1;
        const message = reasonOf(error);
        if (!isOurs && message !== said) {
          said = message;
          yield { kind: 'lost', message };
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        session.close();
      }
      await this.#pause(failureCount);
    }
  }

  /** One connection, from the question who it is until it breaks. */
  async *#follow(session: EtcdSession): AsyncGenerator<StoreEvent, void, undefined> {
    await this.#meet(session);
    if (this.#relist === undefined && this.#known === undefined) await this.#learn(session);
    if (this.#relist !== undefined) yield await this.#relisted(session, this.#relist);
    const { ranges, signal } = this.#options;
    const afterRevision = Math.max(this.#position ?? 0, this.#auditedRevision);
    // A watcher with much to catch up with gets its first event late, and would never get it if it
    // were cut each time: after each fruitless silence the next stream may be silent for longer.
    const silenceMs = this.#settings.silenceMs * 2 ** Math.min(this.#fruitlessCount, 4);
    const stream = new WatchStream(session, this.#settings, { ranges, afterRevision, silenceMs });
    const ending = new AbortController();
    const audits = this.#audits(session, stream, AbortSignal.any([signal, ending.signal]));
    try {
      for await (const event of stream.events(signal)) {
        if (event.kind === 'contact') {
          yield { kind: 'contact', revision: this.#position ?? 0 };
          continue;
        }
        const { revision, changes } = event;
        this.#note(revision, changes);
        yield { kind: 'revision', revision, changes };
      }
    } catch (error) {
      if (stream.hasProgressed) this.#fruitlessCount = 0;
      else if (error instanceof SilenceError) this.#fruitlessCount += 1;
      throw error;
    } finally {
      ending.abort();
      stream.close();
      await audits;
    }
  }

  /** Compares who answers with whom we followed; another means `replaced`. */
  async #meet(session: EtcdSession): Promise<void> {
    const identity = await askIdentity(session, this.#settings);
    const last = this.#identity;
    const seen = Math.max(this.#position ?? 0, this.#auditedRevision);
    const isAhead = this.#position !== undefined && identity.revision < seen;
    if (isAhead || (last !== undefined && replacedBy(last, identity) !== undefined)) {
      this.#relist = 'replaced';
    }
    // Kept once the relist is delivered: #read may fail before.
    if (this.#relist === undefined) this.#identity = { ...identity, revision: seen };
  }

  /** Started from a revision: what the keys were then, for the audits to come. */
  async #learn(session: EtcdSession): Promise<void> {
    const { ranges, signal } = this.#options;
    const revision = this.#position ?? 0;
    try {
      this.#known = await this.#keysOf(session, { ranges, revision, signal });
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      this.#relist = 'compacted';
    }
  }

  /** By itself: a variable of the generator would keep the whole state for as long as it runs. */
  async #relisted(session: EtcdSession, reason: RelistReason): Promise<StoreEvent> {
    const state = await this.#read(session);
    this.#relist = undefined;
    return { kind: 'state', reason, state };
  }

  async #read(session: EtcdSession): Promise<StoreState> {
    const { ranges, signal } = this.#options;
    const identity = await askIdentity(session, this.#settings);
    const read = new GrowingValues();
    let known = new KeyRevisions();
    const revision = await scanRanges(session, { ranges, signal }, this.#settings, {
      begin: () => {
        read.clear();
        known = new KeyRevisions();
      },
      take: async (page) => {
        for (const [key, stored] of page) {
          read.set(key, stored);
          known.set(key, stored.modRevision);
        }
      },
    });
    this.#identity = { ...identity, revision };
    this.#position = revision;
    this.#auditedRevision = 0;
    this.#known = known;
    return { revision, values: read.values };
  }

  /** What the keys are, page by page: all of them at once are many times what is kept. */
  async #keysOf(session: EtcdSession, query: RangeQuery): Promise<KeyRevisions> {
    let known = new KeyRevisions();
    await this.#scanKeys(session, query, {
      begin: () => {
        known = new KeyRevisions();
      },
      onKey: (key, revision) => known.set(key, revision),
    });
    return known;
  }

  /** Gives the revision that they are of. */
  #scanKeys(
    session: EtcdSession,
    query: RangeQuery,
    { begin, onKey }: { begin: () => void; onKey: (key: string, modRevision: number) => void },
  ): Promise<number> {
    const take: StateReader['take'] = async (page) => {
      for (const [key, { modRevision }] of page) onKey(key, modRevision);
    };
    return scanRanges(session, { ...query, keysOnly: true }, this.#settings, { begin, take });
  }

  #note(
    revision: number,
    changes: readonly { key: string; stored: { modRevision: number } | undefined }[],
  ): void {
    this.#position = revision;
    for (const { key, stored } of changes) {
      this.#touched?.add(keyId(key));
      if (stored === undefined) this.#known?.delete(key);
      else this.#known?.set(key, stored.modRevision);
    }
    if (this.#identity !== undefined) this.#identity = { ...this.#identity, revision };
  }

  /** Whether the failure only means that the line is to begin anew. */
  #takeRelist(error: unknown): boolean {
    if (error instanceof RelistError) this.#relist = error.reason;
    else if (error instanceof CompactedError) this.#relist = 'compacted';
    else return false;
    return true;
  }

  async #audits(session: EtcdSession, stream: WatchStream, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Jittered, so that replicas do not all ask at once.
      const waitMs = this.#settings.auditIntervalMs * (0.75 + Math.random() / 4);
      await quietly(sleep(waitMs, undefined, { signal, ref: false }));
      if (signal.aborted) return;
      try {
        await this.#audit(session, stream, signal);
      } catch (error) {
        if (!signal.aborted) stream.fail(error instanceof Error ? error : new Error(String(error)));
        return;
      }
    }
  }

  /** Keys and mod revisions of the store against those delivered. */
  async #audit(session: EtcdSession, stream: WatchStream, signal: AbortSignal): Promise<void> {
    const { ranges } = this.#options;
    this.#touched = new Set();
    const known = this.#known ?? new KeyRevisions();
    /** By id; undefined: it is known, and not there. */
    const differing = new Map<HashId, string | undefined>();
    const revision = await this.#scanKeys(
      session,
      { ranges, signal },
      {
        begin: () => {
          known.beginAudit();
          differing.clear();
        },
        onKey: (key, modRevision) => {
          if (!known.see(key, modRevision)) differing.set(keyId(key), key);
        },
      },
    );
    for (const id of known.unseen()) if (!differing.has(id)) differing.set(id, undefined);
    if (differing.size === 0) {
      if (stream.isDrained) this.#auditedRevision = revision;
      return;
    }
    // Events under way may explain it; a reader that is slow gets the next audit.
    await quietly(sleep(this.#settings.auditGraceMs, undefined, { signal }));
    if (signal.aborted || !stream.isDrained) return;
    const touched = this.#touched;
    const unexplained = [...differing].filter(([id]) => !touched.has(id)).map(([, key]) => key);
    if (unexplained.length === 0) return;
    const named = unexplained.find((key) => key !== undefined);
    const first = JSON.stringify(named ?? 'one that is gone');
    const message = `the audit found ${unexplained.length} keys that differ, first ${first}`;
    throw new RelistError('audit', message);
  }

  async #pause(failureCount: number): Promise<void> {
    const { retryMinMs, retryMaxMs } = this.#settings;
    const longest = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failureCount, 16));
    const waitMs = longest * (0.5 + Math.random() / 2);
    await quietly(sleep(waitMs, undefined, { signal: this.#options.signal }));
  }
}

/** Waiting ends early when the signal does; the loops look at the signal themselves. */
async function quietly(waiting: Promise<unknown>): Promise<void> {
  try {
    await waiting;
  } catch {
    // Aborted.
  }
}
