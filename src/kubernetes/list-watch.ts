/**
 * ListWatch: one collection of one cluster, followed. The informer's lower half, our own: a cut,
 * a compaction, a server in trouble or one that lies must lose nothing and invent nothing.
 *
 * Promised:
 * - The sink is given a whole list first, then every change in order. A list that failed or was
 *   cut never reaches it: a shorter list is never read as objects that went.
 * - After any cut (reset, half a line, garbage, end) the watch resumes after the last version
 *   taken. Where that is too old (410), a list is taken and the sink gets the difference as one
 *   `replace`.
 * - Nothing goes back: versions are opaque, compared for equality only, and what was seen and left
 *   behind is not taken again (a replayed event is ignored, an older list is asked for once more).
 *   Lists ask for "not older than" the last version seen.
 * - Silence is noticed within a minute: the server ends each watch after 30 to 45 s, and 10 s more
 *   without an octet is a cut.
 * - It goes on for ever, politely: back-off 0.8 to 30 s, jittered; Retry-After honoured; one whole
 *   list in 30 s at most.
 *
 * Not promised: that every state of an object is seen, nor that the server speaks the truth.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { textAt } from '../api/untyped.ts';
import { ApiError, isExpired } from './api-error.ts';
import { Backoff } from './backoff.ts';
import { Collection, itemsOf } from './collection.ts';
import { TOO_NEW_MAX, VERSIONS_KEPT } from './limits.ts';
import {
  LIST_WATCH_LIMITS,
  type ListWatchLimits,
  type ListWatchOptions,
  type ListWatchStatus,
} from './list-watch-options.ts';
import { SeenVersions } from './seen-versions.ts';
import { readWatchEvent } from './watch-event.ts';

export class ListWatch<T> {
  readonly #options: ListWatchOptions<T>;
  readonly #limits: ListWatchLimits;
  readonly #random: () => number;
  readonly #collection: Collection<T>;
  readonly #versions = new SeenVersions(VERSIONS_KEPT);
  readonly #backoff: Backoff;
  readonly #ended = new AbortController();
  #running: Promise<void> | undefined;
  #mustList = true;
  #streamsLists = true;
  #tooNewCount = 0;
  #listedAtMs = Number.NEGATIVE_INFINITY;
  #hasSynced = false;
  #isInContact = false;
  #heardAtMs: number | undefined;
  #lastError: string | undefined;
  #receivedOctets = 0;
  #listCount = 0;
  #watchCount = 0;
  #ignoredCount = 0;

  constructor(options: ListWatchOptions<T>) {
    this.#options = options;
    this.#limits = { ...LIST_WATCH_LIMITS, ...options.limits };
    this.#random = options.random ?? Math.random;
    const { project, sink, onSkipped } = options;
    const { objectsMax, backoffMinMs, backoffMaxMs, backoffResetMs } = this.#limits;
    this.#collection = new Collection({ project, sink, onSkipped, objectsMax });
    this.#backoff = new Backoff(
      { minMs: backoffMinMs, maxMs: backoffMaxMs, resetMs: backoffResetMs },
      this.#random,
    );
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  get status(): ListWatchStatus {
    return {
      hasSynced: this.#hasSynced,
      isInContact: this.#isInContact,
      heardAtMs: this.#heardAtMs,
      lastError: this.#lastError,
      objectCount: this.#collection.objectCount,
      receivedOctets: this.#receivedOctets,
      listCount: this.#listCount,
      watchCount: this.#watchCount,
      skippedCount: this.#collection.skippedCount,
      ignoredCount: this.#ignoredCount,
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        if (this.#mustList) await this.#list();
        else await this.#watchFrom({});
      } catch (error) {
        this.#collection.dropList();
        if (signal.aborted) break;
        await this.#failed(error);
      }
    }
  }

  async #failed(error: unknown): Promise<void> {
    // What expires while a list is read is the server's trouble: not asked again at once.
    const isOld = isExpired(error) && !this.#mustList;
    if (isExpired(error)) {
      this.#mustList = true;
    } else if (isTooNew(error)) {
      // Its history ends before what we know: restored. Its own word is the newest there is.
      if (++this.#tooNewCount >= TOO_NEW_MAX) this.#versions.forget();
      this.#mustList = true;
    }
    this.#isInContact = false;
    this.#lastError = error instanceof Error ? error.message : String(error);
    this.#options.onStatus?.();
    const retryAfterMs = error instanceof ApiError ? error.retryAfterMs : undefined;
    const waitMs = this.#backoff.take(performance.now());
    await this.#pause(isOld ? 0 : Math.max(waitMs, retryAfterMs ?? 0));
  }

  /** A whole list; by a watch that begins with all objects, where the server knows that. */
  async #list(): Promise<void> {
    const sinceMs = performance.now() - this.#listedAtMs;
    if (sinceMs < this.#limits.listPeriodMs) await this.#pause(this.#limits.listPeriodMs - sinceMs);
    if (this.#ended.signal.aborted) return;
    if (!this.#streamsLists) return this.#listPages();
    try {
      await this.#watchFrom({ sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' });
    } catch (error) {
      // Once the list is through, the rest is a watch like any other.
      if (!this.#mustList || !isRefusal(error)) throw error;
      this.#streamsLists = false;
      await this.#listPages();
    }
  }

  async #listPages(): Promise<void> {
    const { client, path, query } = this.#options;
    const { signal } = this.#ended;
    const { pageSize, requestTimeoutMs: timeoutMs } = this.#limits;
    const known = this.#versions.latest;
    const notOlder: Record<string, string> =
      known === undefined ? {} : { resourceVersion: known, resourceVersionMatch: 'NotOlderThan' };
    this.#collection.beginList();
    let cursor = '';
    let version = '';
    do {
      const more: Record<string, string> = cursor === '' ? notOlder : { continue: cursor };
      const asked = { ...query, limit: String(pageSize), ...more };
      const page = await client.get(path, { query: asked, timeoutMs, signal });
      this.#heard(0);
      for (const item of itemsOf(page)) this.#collection.put(item);
      version = textAt(page, 'metadata', 'resourceVersion') ?? '';
      cursor = textAt(page, 'metadata', 'continue') ?? '';
    } while (cursor !== '');
    this.#completeList(version);
  }

  #completeList(version: string): void {
    if (version === '') throw new ApiError('API_GARBAGE', 'a list without a resource version');
    if (this.#versions.isBehind(version)) {
      this.#ignoredCount++;
      throw new ApiError('API_GARBAGE', 'a list older than what was seen before');
    }
    this.#versions.take(version);
    this.#mustList = false;
    this.#tooNewCount = 0;
    this.#listCount++;
    this.#listedAtMs = performance.now();
    this.#collection.completeList();
    this.#hasSynced = true;
    this.#inContact();
  }

  async #watchFrom(how: Readonly<Record<string, string>>): Promise<void> {
    const { client, path, query } = this.#options;
    const { watchSecondsMin, watchSecondsMax, watchGraceMs } = this.#limits;
    const span = watchSecondsMax - watchSecondsMin;
    const seconds = Math.max(1, Math.round(watchSecondsMin + this.#random() * span));
    const isList = this.#mustList;
    const startedMs = performance.now();
    if (isList) this.#collection.beginList();
    this.#watchCount++;
    const lines = client.stream(path, {
      query: {
        ...query,
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(seconds),
        ...(this.#versions.latest !== undefined && { resourceVersion: this.#versions.latest }),
        ...how,
      },
      signal: this.#ended.signal,
      silenceMs: seconds * 1000 + watchGraceMs,
      onOctets: (count) => this.#heard(count),
    });
    for await (const line of lines) this.#take(line);
    if (isList && this.#mustList) {
      throw new ApiError('API_GARBAGE', 'a list by watch that never said it was complete');
    }
    // It was there to the end, even if it had nothing to say.
    this.#heard(0);
    this.#inContact();
    // A watch that ends at once, again and again, is a failure in other clothes.
    const lastedMs = performance.now() - startedMs;
    if (lastedMs < this.#limits.backoffMinMs) await this.#pause(this.#backoff.take(startedMs));
  }

  #take(line: unknown): void {
    const event = readWatchEvent(line);
    if (event.kind === 'bookmark') {
      if (event.endsInitial && this.#mustList) this.#completeList(event.resourceVersion);
      else if (this.#mustList) return;
      else if (this.#versions.isBehind(event.resourceVersion)) this.#ignoredCount++;
      else this.#versions.take(event.resourceVersion);
      if (!this.#mustList) this.#inContact();
      return;
    }
    if (this.#mustList) {
      // Objects of a list come in any order of their versions.
      if (event.kind === 'put') this.#collection.put(event.object);
      else this.#collection.remove(event.object);
      return;
    }
    if (this.#versions.isBehind(event.resourceVersion)) {
      this.#ignoredCount++;
      return;
    }
    if (event.kind === 'put') this.#collection.put(event.object);
    else this.#collection.remove(event.object);
    this.#versions.take(event.resourceVersion);
    this.#inContact();
  }

  #heard(octets: number): void {
    this.#heardAtMs = performance.now();
    this.#receivedOctets += octets;
  }

  #inContact(): void {
    if (this.#isInContact) return;
    this.#isInContact = true;
    this.#lastError = undefined;
    this.#options.onStatus?.();
  }

  async #pause(waitMs: number): Promise<void> {
    await sleep(waitMs, undefined, { signal: this.#ended.signal }).catch(() => undefined);
  }
}

/** The server does not know lists by watch, or does not allow them. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const isBadRequest = error.status === 400 || error.status === 422 || error.status === 403;
  return isBadRequest || error.code === 'API_GARBAGE';
}

/** apimachinery errors.NewTimeoutError with cause ResourceVersionTooLarge. */
function isTooNew(error: unknown): boolean {
  return error instanceof ApiError && /too large resource version/i.test(error.message);
}
