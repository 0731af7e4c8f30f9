/**
 * Names that moved, in the log and to whoever watches: what from, what to, and why; in the log
 * beyond some a second a count.
 */

import { describeContent, explainLevel } from '../discovery/explain.ts';
import type { PlannedOwner } from '../discovery/ladder/plan-records.ts';
import { type DomainName, formatName } from '../dns/name.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ChangeFeed } from './change-feed.ts';
import { MOVES_TOLD_MAX } from './limits.ts';
import type { Move } from './writing/reconcile-records.ts';

/** Told names are told again only after this, ms: a storm fills no disk. */
const TELL_WINDOW_MS = 1000;
const LOGGED_MAX = 10_000;

export class MoveTeller {
  readonly #logger: Logger;
  readonly #feed: ChangeFeed | undefined;
  /** Had room in the log, and are not told yet. */
  readonly #logged = new Set<DomainName>();
  #windowEndsMs = 0;
  #left = MOVES_TOLD_MAX;
  #untoldCount = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger, feed?: ChangeFeed) {
    this.#logger = logger;
    this.#feed = feed;
  }

  /** Takes the moves that have room, for the log or for a watcher; the others are counted. */
  room<T extends { readonly owner: DomainName }>(moves: readonly T[]): readonly T[] {
    const nowMs = performance.now();
    if (nowMs > this.#windowEndsMs) {
      this.#windowEndsMs = nowMs + TELL_WINDOW_MS;
      this.#left = MOVES_TOLD_MAX;
    }
    const logged = moves.slice(0, this.#left);
    this.#left -= logged.length;
    this.#untoldCount += moves.length - logged.length;
    if (this.#untoldCount > 0) {
      this.#timer ??= setTimeout(() => this.#tellCount(), TELL_WINDOW_MS).unref();
    }
    // What was not written in the end is told by nobody.
    if (this.#logged.size > LOGGED_MAX) this.#logged.clear();
    for (const { owner } of logged) this.#logged.add(owner);
    const watched = this.#feed?.room(moves) ?? [];
    return [...logged, ...watched.filter(({ owner }) => !this.#logged.has(owner))];
  }

  tell(moves: readonly Move[], planned: (owner: DomainName) => PlannedOwner | undefined): void {
    for (const { owner, before, after } of moves) {
      const plan = planned(owner);
      const name = formatName(owner);
      const said = [before, after ?? plan?.rrsets].map((rrsets) => describeContent(rrsets));
      const [was = '', is = ''] = said;
      const reason = plan === undefined ? 'no longer wanted' : explainLevel(plan.level);
      if (this.#logged.delete(owner)) {
        this.#logger.info('name moved', { ownerName: name, moved: `${was} -> ${is}`, reason });
      }
      this.#feed?.tell({ kind: 'name', name, before: was, after: is, reason }, owner);
    }
  }

  #tellCount(): void {
    this.#timer = undefined;
    this.#logger.info('more names moved', { count: this.#untoldCount });
    this.#untoldCount = 0;
  }
}
