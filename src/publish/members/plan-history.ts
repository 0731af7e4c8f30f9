/**
 * What services were planned to be before: by store revision, so that an answer of some time ago can
 * still be explained. Bounded; what is dropped, and what was before our first look, is not known.
 */

import { PLAN_HISTORY_MAX } from '../limits.ts';
import type { PlannedService } from './planned-service.ts';

interface PastPlan {
  readonly key: string;
  /** undefined: the service had no names. */
  readonly planned: PlannedService | undefined;
  /** Revisions of the store: from <= it < until. */
  readonly from: number;
  readonly until: number;
}

export interface PlanAt {
  readonly planned: PlannedService | undefined;
  /** Since when its records are these. */
  readonly sinceRevision: number;
}

export class PlanHistory {
  /** Service key -> past plans, the oldest first. */
  readonly #past = new Map<string, PastPlan[]>();
  /** Service key -> revision of its last change; of others `#oldest` at first. */
  readonly #since = new Map<string, number>();
  /** In the order in which they ended. */
  #queue: PastPlan[] = [];
  #dropped = 0;
  #begun: number | undefined;
  #oldest: number | undefined;

  /** The first revision of which everything is known; undefined: none yet. */
  get oldestRevision(): number | undefined {
    return this.#oldest;
  }

  /** At this revision the store says what is planned. */
  begin(revision: number): void {
    this.#begun ??= revision;
    this.#oldest ??= revision;
  }

  clear(): void {
    this.#past.clear();
    this.#since.clear();
    this.#queue = [];
    this.#dropped = 0;
    this.#begun = undefined;
    this.#oldest = undefined;
  }

  /** From this revision on it is another. */
  ended(key: string, planned: PlannedService | undefined, until: number): void {
    const from = this.#since.get(key) ?? this.#begun ?? until;
    this.#since.set(key, until);
    if (from >= until) return;
    const past: PastPlan = { key, planned, from, until };
    const known = this.#past.get(key);
    if (known === undefined) this.#past.set(key, [past]);
    else known.push(past);
    this.#queue.push(past);
    if (this.#queue.length - this.#dropped > PLAN_HISTORY_MAX) this.#drop();
  }

  /** `current`: what is planned now. undefined: not known (any more). */
  at(key: string, current: PlannedService | undefined, revision?: number): PlanAt | undefined {
    if (this.#oldest === undefined) return undefined;
    const sinceRevision = this.#since.get(key) ?? this.#begun ?? this.#oldest;
    if (revision === undefined || revision >= sinceRevision) {
      return { planned: current, sinceRevision };
    }
    const found = this.#past
      .get(key)
      ?.find(({ from, until }) => from <= revision && revision < until);
    return found && { planned: found.planned, sinceRevision: found.from };
  }

  #drop(): void {
    const past = this.#queue[this.#dropped++];
    if (past === undefined) return;
    this.#oldest = Math.max(this.#oldest ?? 0, past.until);
    const known = this.#past.get(past.key);
    known?.shift();
    if (known?.length === 0) this.#past.delete(past.key);
    if (this.#dropped < PLAN_HISTORY_MAX) return;
    this.#queue = this.#queue.slice(this.#dropped);
    this.#dropped = 0;
  }
}
