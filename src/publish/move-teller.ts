/** Names that moved, in the log: what from, what to, and why; beyond some a second a count. */

import { describeContent, explainLevel } from '../discovery/explain.ts';
import type { PlannedOwner } from '../discovery/plan-records.ts';
import { type DomainName, formatName } from '../dns/name.ts';
import type { Logger } from '../runtime/logger.ts';
import { MOVES_TOLD_MAX } from './limits.ts';
import type { Move } from './reconcile-records.ts';

/** Told names are told again only after this, ms: a storm fills no disk. */
const TELL_WINDOW_MS = 1000;

export class MoveTeller {
  readonly #logger: Logger;
  #windowEndsMs = 0;
  #left = MOVES_TOLD_MAX;
  #untoldCount = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Takes the moves that have room; the others are counted. */
  room<T>(moves: readonly T[]): readonly T[] {
    const nowMs = performance.now();
    if (nowMs > this.#windowEndsMs) {
      this.#windowEndsMs = nowMs + TELL_WINDOW_MS;
      this.#left = MOVES_TOLD_MAX;
    }
    const told = moves.slice(0, this.#left);
    this.#left -= told.length;
    this.#untoldCount += moves.length - told.length;
    if (this.#untoldCount > 0) {
      this.#timer ??= setTimeout(() => this.#tellCount(), TELL_WINDOW_MS).unref();
    }
    return told;
  }

  tell(moves: readonly Move[], planned: (owner: DomainName) => PlannedOwner | undefined): void {
    for (const { owner, before, after } of moves) {
      const plan = planned(owner);
      this.#logger.info('name moved', {
        ownerName: formatName(owner),
        moved: `${describeContent(before)} -> ${describeContent(after ?? plan?.rrsets)}`,
        reason: plan === undefined ? 'no longer wanted' : explainLevel(plan.level),
      });
    }
  }

  #tellCount(): void {
    this.#timer = undefined;
    this.#logger.info('more names moved', { count: this.#untoldCount });
    this.#untoldCount = 0;
  }
}
