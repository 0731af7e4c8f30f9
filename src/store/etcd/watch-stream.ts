/**
 * WatchStream: one gRPC watch stream, a watcher for each range, from one revision on. Gives whole
 * revisions in order until it fails; it never resumes by itself (etcd-watch.ts does).
 *
 * A progress request each second is its pulse: silence is a dead connection, and the answer tells
 * which revisions are complete over all ranges. A store that nobody writes to does not answer it
 * (etcd, progressIfSync: not below a watcher's start): there a watcher that comes and goes asks.
 */

import type { KeyRange, StoreChange } from '../record-store.ts';
import { StoreError } from '../store-error.ts';
import { CompactedError, storeErrorOf } from './etcd-errors.ts';
import type { EtcdSettings } from './etcd-options.ts';
import { etcdKey, withoutNamespace } from './etcd-range.ts';
import type { EtcdSession, RawWatch } from './etcd-session.ts';
import { type JoinedRevision, RevisionJoin } from './revision-join.ts';
import type { WatchReply } from './watch-message.ts';

/** What we hold cannot be carried on from here: read everything again. */
export class RelistError extends Error {
  override readonly name = 'RelistError';
  readonly reason: 'compacted' | 'audit';

  constructor(reason: 'compacted' | 'audit', message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Nothing was heard for too long. */
export class SilenceError extends StoreError {
  constructor(message: string) {
    super('STORE_UNREACHABLE', message);
  }
}

export type StreamEvent =
  | ({ readonly kind: 'revision' } & JoinedRevision)
  | { readonly kind: 'contact' };

/** The watcher that only asks whether somebody is there; those of the ranges count from 1. */
const PULSE_WATCH_ID = 1_000_000;

/** A pulse later than this says that our own thread stood still. */
const OWN_STALL_MS = 200;

export class WatchStream {
  readonly #session: EtcdSession;
  readonly #settings: EtcdSettings;
  readonly #ranges: readonly KeyRange[];
  readonly #startRevision: number;
  readonly #silenceMs: number;
  readonly #join: RevisionJoin;
  readonly #timers: NodeJS.Timeout[] = [];
  #stream: RawWatch | undefined;
  #queue: StreamEvent[] = [];
  #queuedChangeCount = 0;
  #failure: Error | undefined;
  #wake = Promise.withResolvers<void>();
  #createdCount = 0;
  #hasProgressed = false;
  /** Before this moment progress says nothing about watchers that are catching up. */
  #settledAt = Number.POSITIVE_INFINITY;
  #heardAt = performance.now();
  #pulsedAt = performance.now();
  /** The newest revision that the server named. */
  #heardRevision = 0;
  #contactAt = Number.NEGATIVE_INFINITY;

  constructor(
    session: EtcdSession,
    settings: EtcdSettings,
    from: {
      readonly ranges: readonly KeyRange[];
      readonly afterRevision: number;
      readonly silenceMs: number;
    },
  ) {
    this.#session = session;
    this.#settings = settings;
    this.#ranges = from.ranges;
    this.#silenceMs = from.silenceMs;
    this.#startRevision = from.afterRevision + 1;
    this.#join = new RevisionJoin(from.ranges.length, from.afterRevision);
  }

  /** Nothing has arrived that the reader has not taken. */
  get isDrained(): boolean {
    return this.#queue.length === 0 && !this.#join.isWaiting;
  }

  /** Its watchers have made way: events, or word of how far they are; not only that they exist. */
  get hasProgressed(): boolean {
    return this.#hasProgressed;
  }

  /** Until it fails: throws StoreError, RelistError. The reader closes it. */
  async *events(signal: AbortSignal): AsyncGenerator<StreamEvent, void, undefined> {
    const onAbort = () => {
      this.close();
      this.#wake.resolve();
    };
    signal.addEventListener('abort', onAbort);
    try {
      await this.#open();
      while (!signal.aborted) {
        const queued = this.#queue;
        this.#queue = [];
        this.#queuedChangeCount = 0;
        for (const event of queued) {
          yield event;
          if (signal.aborted) return;
        }
        if (this.#queue.length > 0) continue;
        if (this.#failure !== undefined) throw this.#failure;
        await this.#wake.promise;
        this.#wake = Promise.withResolvers<void>();
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.close();
    }
  }

  /** Ends it with this error, after what has arrived. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake.resolve();
  }

  close(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#failure ??= new StoreError('STORE_STOPPED', 'watch is closed');
    this.#stream?.cancel();
    this.#stream = undefined;
  }

  async #open(): Promise<void> {
    const stream = await this.#session.openWatch();
    if (this.#failure !== undefined) {
      stream.on('error', () => undefined);
      stream.cancel();
      return;
    }
    this.#stream = stream;
    this.#heardAt = performance.now();
    this.#pulsedAt = performance.now();
    stream.on('data', (reply: WatchReply) => this.#take(reply));
    stream.on('error', (error: Error) => this.fail(storeErrorOf(error, this.#session.url)));
    stream.on('end', () => this.fail(this.#broken('the server ended the watch')));
    this.#ranges.forEach((range, index) => {
      stream.write({
        kind: 'create',
        key: etcdKey(this.#settings, range.from),
        rangeEnd: etcdKey(this.#settings, range.to),
        startRevision: this.#startRevision,
        watchId: index + 1,
        wantsProgress: true,
        mayFragment: true,
      });
    });
    this.#timers.push(setInterval(() => this.#pulse(), this.#settings.progressIntervalMs));
  }

  #pulse(): void {
    const now = performance.now();
    // While our own thread stood still nothing could be heard: that was not the server's silence.
    const lateMs = now - this.#pulsedAt - this.#settings.progressIntervalMs;
    if (lateMs > OWN_STALL_MS) this.#heardAt += lateMs;
    this.#pulsedAt = now;
    if (now - this.#heardAt > this.#silenceMs) {
      this.fail(new SilenceError(`etcd ${this.#session.url}: no answer for ${this.#silenceMs} ms`));
      return;
    }
    this.#askProgress();
  }

  /** Only once all watchers exist: etcd 3.4 answers for those it knows. */
  #askProgress(): void {
    if (this.#createdCount < this.#ranges.length) return;
    this.#stream?.write({ kind: 'progress' });
    if (this.#heardRevision >= this.#startRevision) return;
    const key = etcdKey(this.#settings, this.#ranges[0]?.from ?? '');
    this.#stream?.write({ kind: 'create', key, watchId: PULSE_WATCH_ID });
    this.#stream?.write({ kind: 'cancel', watchId: PULSE_WATCH_ID });
  }

  #take(reply: WatchReply): void {
    if (this.#failure !== undefined) return;
    this.#heardAt = performance.now();
    this.#heardRevision = Math.max(this.#heardRevision, reply.revision);
    // Refused (an old token, in etcd's words watcher -1) it is an answer, too.
    const isRefused = reply.isCreated && reply.isCancelled;
    const isPulse = isRefused && this.#createdCount === this.#ranges.length;
    if (isPulse || reply.watchId === PULSE_WATCH_ID) {
      // Only sent where there is nothing to catch up with.
      this.#hasProgressed = true;
      this.#contact();
      this.#wake.resolve();
      return;
    }
    if (reply.isCancelled) {
      this.fail(this.#cancelled(reply));
      return;
    }
    const watcher = reply.watchId - 1;
    if (reply.isCreated) this.#created(reply.revision);
    else if (reply.events.length > 0) this.#takeEvents(watcher, reply);
    else this.#takeProgress(watcher, reply.revision);
    for (const joined of this.#join.take()) this.#enqueue({ kind: 'revision', ...joined });
    this.#contact();
    this.#wake.resolve();
  }

  #created(revision: number): void {
    this.#createdCount += 1;
    if (this.#createdCount < this.#ranges.length) return;
    // Watchers that start at the newest revision have nothing to catch up with.
    const isBehind = revision >= this.#startRevision;
    this.#settledAt = performance.now() + (isBehind ? this.#settings.settleMs : 0);
    if (!isBehind) this.#askProgress();
    else {
      const timer = setTimeout(() => this.#askProgress(), this.#settings.settleMs + 1);
      this.#timers.push(timer);
    }
  }

  #takeEvents(watcher: number, reply: WatchReply): void {
    this.#hasProgressed = true;
    let newest = 0;
    for (const {
      revision,
      change: { key: octets, stored },
    } of reply.events) {
      const change: StoreChange = { key: withoutNamespace(this.#settings, octets), stored };
      if (this.#join.add(revision, change) === 'late') {
        this.fail(new RelistError('audit', `revision ${revision} came late`));
        return;
      }
      newest = Math.max(newest, revision);
    }
    // A fragment is followed by more of the same revision.
    this.#join.advance(watcher, reply.isFragment ? newest - 1 : newest);
    if (this.#ranges.length > 1 && this.#join.isWaiting) this.#askProgress();
    const waiting = this.#queuedChangeCount + this.#join.pendingChangeCount;
    if (waiting > this.#settings.backlogChangesMax) {
      this.fail(new RelistError('compacted', `${waiting} changes wait for the reader`));
    }
  }

  #takeProgress(watcher: number, revision: number): void {
    this.#hasProgressed = true;
    if (watcher >= 0) this.#join.advance(watcher, revision);
    else if (performance.now() >= this.#settledAt) this.#join.advanceAll(revision);
  }

  #enqueue(event: StreamEvent): void {
    this.#queue.push(event);
    if (event.kind === 'revision') this.#queuedChangeCount += event.changes.length;
  }

  #contact(): void {
    if (performance.now() - this.#contactAt < this.#settings.contactIntervalMs) return;
    this.#contactAt = performance.now();
    if (this.#queue.at(-1)?.kind !== 'contact') this.#enqueue({ kind: 'contact' });
  }

  #cancelled(reply: WatchReply): Error {
    if (reply.compactRevision !== 0) {
      return new CompactedError(`compacted up to ${reply.compactRevision}`);
    }
    const reason = reply.cancelReason || 'the server cancelled the watch';
    return storeErrorOf(new Error(reason), this.#session.url);
  }

  #broken(why: string): StoreError {
    return new StoreError('STORE_UNREACHABLE', `etcd ${this.#session.url}: ${why}`);
  }
}
