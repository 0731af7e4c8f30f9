/**
 * ListWatch: one collection of one cluster, followed. The informer's lower half, our own: a cut,
 * a compaction, a server in trouble or one that lies must lose nothing and invent nothing.
 *
 * Promised:
 * - The sink is given a whole list first, then every change in order. A list that failed or was
 *   cut never reaches it: a shorter list is never read as objects that went. Contact lost, the
 *   sink keeps what it has.
 * - After any cut (reset, half a line, garbage, end) the watch goes on after the last version
 *   taken. Where that is too old (410), a list is taken, and told as one `replace`.
 * - Nothing goes back: versions are opaque, compared for equality only, and what was seen and left
 *   behind is not taken again. A replayed event is ignored and counted; a list older than what we
 *   know is refused and asked for again. Lists ask for "not older than" the last version seen.
 *   A watch that shows what we never saw, and only then what we know, is cut and settled by a list.
 * - A server whose data really went back (restored) is believed in the end: when it says three
 *   times that it never reached our version, or shows the past in five lists in a row.
 * - Silence is noticed within a minute: the server ends each watch after 30 to 45 s, and 10 s more
 *   without an octet are a cut. A watch that said nothing at all is followed by one small question
 *   whether the server knows our version.
 * - It goes on for ever, politely: back-off 0.8 to 30 s, jittered; Retry-After honoured; one whole
 *   list in 30 s at most, but for one more after a list that failed or was refused.
 *
 * Not promised: that every state of an object is seen, nor that the server speaks the truth. What
 * a server drops in silence comes with the list of every half hour.
 */

import { ApiError, isExpired, isVersionUnknown } from './api-error.ts';
import { Collection } from './collection.ts';
import { Backoff } from './following/backoff.ts';
import type { ListDraft } from './following/list-draft.ts';
import { ListTrust } from './following/list-trust.ts';
import { readPages } from './following/read-pages.ts';
import { Waits } from './following/waits.ts';
import { readWatchEvent, type WatchEvent } from './following/watch-event.ts';
import { LIST_WATCH_LIMITS, type ListWatchLimits } from './limits.ts';
import type { ListWatchOptions, ListWatchStatus } from './list-watch-options.ts';

export class ListWatch<T> {
  readonly #options: ListWatchOptions<T>;
  readonly #limits: ListWatchLimits;
  readonly #random: () => number;
  readonly #collection: Collection<T>;
  readonly #backoff: Backoff;
  readonly #trust: ListTrust;
  readonly #ended = new AbortController();
  readonly #waits = new Waits(this.#ended.signal);
  #running: Promise<void> | undefined;
  #needsList = true;
  /** Until the server shows that it knows no lists by watch. */
  #streamsLists = true;
  #hasSynced = false;
  #isInContact = false;
  #heardAtMs: number | undefined;
  #lastError: string | undefined;
  #receivedOctets = 0;
  #listCount = 0;
  #watchCount = 0;

  constructor(options: ListWatchOptions<T>) {
    this.#options = options;
    this.#limits = { ...LIST_WATCH_LIMITS, ...options.limits };
    this.#random = options.random ?? Math.random;
    const { project, sink, onSkipped, query } = options;
    const { objectsMax, historyMax, backoffMinMs: minMs, backoffMaxMs: maxMs } = this.#limits;
    const bounds = { objectsMax, historyMax, hasSelectors: Object.keys(query ?? {}).length > 0 };
    this.#collection = new Collection({ project, sink, onSkipped, ...bounds });
    this.#backoff = new Backoff({ minMs, maxMs }, this.#random);
    this.#trust = new ListTrust(this.#limits, this.#random);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves once quiet: the sink is not called any more. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  /** The server is known to answer again: a wait after a failure ends now. */
  hurry(): void {
    this.#trust.hope(performance.now());
    this.#waits.hurry();
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
      ignoredCount: this.#collection.ignoredCount,
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      if (this.#needsList) await this.#waits.afterFailure(this.#trust.waitMs);
      if (signal.aborted) return;
      const startedMs = performance.now();
      try {
        const hasWatched = this.#needsList ? await this.#list() : await this.#watch();
        if (hasWatched) await this.#pauseAfterEnd(startedMs);
      } catch (error) {
        if (!signal.aborted) await this.#pauseAfterFailure(error, startedMs);
      }
    }
  }

  async #pauseAfterEnd(startedMs: number): Promise<void> {
    if (performance.now() > this.#trust.resyncAtMs || this.#collection.lacksObjects) {
      this.#needsList = true;
    }
    if (this.#settled(startedMs)) return;
    // Ended at once, again and again: no failure, but no busy loop either.
    await this.#waits.pause(Math.min(this.#backoff.next(), this.#limits.endedWaitMaxMs));
  }

  async #pauseAfterFailure(error: unknown, startedMs: number): Promise<void> {
    const wasWatch = !this.#needsList;
    const isUnknown = isVersionUnknown(error);
    if (isUnknown) this.#trust.sawTooLarge();
    // Where our own code failed the sink may have missed something: it gets the whole again.
    if (isExpired(error) || isUnknown || !(error instanceof ApiError)) this.#needsList = true;
    this.#settled(startedMs);
    this.#isInContact = false;
    this.#lastError = error instanceof Error ? error.message : String(error);
    this.#options.onStatus?.();
    // An expired watch is the regular way to a list, which has a wait of its own.
    if (wasWatch && isExpired(error)) return;
    const retryAfterMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const waitMs = this.#backoff.next();
    if (retryAfterMs > 0) await this.#waits.pause(Math.max(waitMs, retryAfterMs));
    else await this.#waits.afterFailure(waitMs);
  }

  /** It held for a while: the next failure is a first one. */
  #settled(startedMs: number): boolean {
    const held = performance.now() - startedMs >= this.#limits.backoffResetMs;
    if (held && this.#isInContact) this.#backoff.reset();
    return held;
  }

  /** Gives whether it went on as a watch, to its end. */
  async #list(): Promise<boolean> {
    try {
      if (this.#streamsLists) await this.#stream(this.#collection.beginList());
    } catch (error) {
      if (!(error instanceof StreamedListRefused)) throw error;
      this.#streamsLists = false;
    }
    if (!this.#streamsLists) await this.#listPages();
    return this.#streamsLists;
  }

  async #listPages(): Promise<void> {
    const { client, path, query = {} } = this.#options;
    const { pageSize, requestTimeoutMs: timeoutMs } = this.#limits;
    const { draft, version } = await readPages({
      client,
      path,
      query,
      versionQuery: this.#listVersion(),
      pageSize,
      request: { timeoutMs, signal: this.#ended.signal, onHeard: this.#onHeard },
      begin: () => this.#collection.beginList(),
    });
    this.#takeList(draft, version);
  }

  /** The first list asks for the latest state there is, and so does one that settles a doubt. */
  #listVersion(): Readonly<Record<string, string>> {
    const { position } = this.#collection;
    if (position === undefined || this.#trust.wantsLatest) return {};
    return { resourceVersion: position, resourceVersionMatch: 'NotOlderThan' };
  }

  /** Throws ApiError for a list that is refused. */
  #takeList(draft: ListDraft<T>, version: string): void {
    const isOld = this.#collection.isOld(draft, version);
    const verdict = this.#trust.judge({ isOld }, performance.now());
    if (verdict === 'refused') {
      this.#collection.ignoredCount++;
      const { path } = this.#options;
      throw new ApiError('API_GARBAGE', `GET ${path}: the list is older than what is known`);
    }
    this.#needsList = false;
    this.#listCount++;
    this.#collection.takeList(draft, version);
    if (verdict === 'another history') this.#collection.forgetHistory();
    if (this.#hasSynced) return;
    this.#hasSynced = true;
    this.#options.onStatus?.();
  }

  async #watch(): Promise<true> {
    const lineCount = await this.#stream(undefined);
    if (lineCount > 0 || this.#ended.signal.aborted) return true;
    // Neither event nor bookmark: a server restored to an earlier time is silent like that.
    const { client, path, query } = this.#options;
    const { requestTimeoutMs: timeoutMs } = this.#limits;
    const asked = { ...query, ...this.#listVersion(), limit: '1' };
    const request = { timeoutMs, signal: this.#ended.signal, onHeard: this.#onHeard };
    await client.get(path, { ...request, query: asked });
    return true;
  }

  /** One watch to its end; one that begins with all objects fills the draft first. */
  async #stream(draft: ListDraft<T> | undefined): Promise<number> {
    const { client, path, query } = this.#options;
    const { watchSecondsMin, watchSecondsMax, watchGraceMs, headersTimeoutMs } = this.#limits;
    const span = watchSecondsMax - watchSecondsMin;
    const seconds = Math.round(watchSecondsMin + this.#random() * span);
    const watchMs = Math.min(seconds * 1000 + watchGraceMs, this.#limits.watchSilenceMs);
    const list = { ...this.#listVersion(), ...STREAMED_LIST };
    const from = { resourceVersion: this.#collection.position ?? '' };
    const progress = { isListing: draft !== undefined, isAnswered: false, lineCount: 0 };
    const lines = client.stream(path, {
      query: {
        ...query,
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(seconds),
        ...(draft === undefined ? from : list),
      },
      signal: this.#ended.signal,
      silenceMs: () => (progress.isListing ? this.#limits.listSilenceMs : watchMs),
      headersTimeoutMs,
      onHeard: (octets) => {
        if (octets === 0 && !progress.isListing) this.#watchCount++;
        progress.isAnswered = true;
        this.#onHeard(octets);
      },
    });
    this.#collection.beginWatch();
    try {
      for await (const line of lines) {
        const event = readWatchEvent(line, `GET ${path}`);
        progress.lineCount++;
        if (draft === undefined || !progress.isListing) this.#takeEvent(event);
        else if (this.#takeListed(event, draft)) progress.isListing = false;
      }
    } catch (error) {
      if (progress.isListing && isRefusal(error, progress)) throw new StreamedListRefused();
      throw error;
    }
    // Ended well, but what it is to end with never came.
    if (progress.isListing) throw new StreamedListRefused();
    return progress.lineCount;
  }

  #takeEvent(event: WatchEvent): void {
    if (this.#collection.takeEvent(event)) return;
    this.#needsList = true;
    throw new ApiError('API_GARBAGE', `GET ${this.#options.path}: the watch shows the past`);
  }

  /** Gives whether the list is complete. */
  #takeListed(event: WatchEvent, draft: ListDraft<T>): boolean {
    if (event.kind === 'bookmark') {
      if (!event.endsInitial) return false;
      this.#takeList(draft, event.version);
      this.#collection.beginWatch();
      this.#watchCount++;
      return true;
    }
    if (event.kind === 'put') draft.put(event.object);
    else draft.remove(event.object);
    return false;
  }

  readonly #onHeard = (octets: number): void => {
    this.#heardAtMs = performance.now();
    this.#receivedOctets += octets;
    if (this.#isInContact) return;
    this.#isInContact = true;
    this.#lastError = undefined;
    this.#options.onStatus?.();
  };
}

/** KEP-3157: the watch begins with all objects, and says where they end. */
const STREAMED_LIST = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' } as const;

/** Our own word between a streamed list and the list in pages instead. */
class StreamedListRefused extends Error {}

/** The server does not know lists by watch: it says so, or begins one and never ends it. */
function isRefusal(error: unknown, { isAnswered }: { readonly isAnswered: boolean }): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.code === 'API_TIMEOUT') return isAnswered;
  return error.status === 400 || error.status === 422;
}
