/** SkippedValues: which keys are unreadable now and why; bounded by name, whole by number. */

import { SKIPPED_VALUES_MAX } from '../../limits.ts';
import type { SkipReason } from '../entry.ts';

export interface SkippedValue {
  readonly key: string;
  readonly reason: SkipReason;
}

export class SkippedValues {
  readonly #reasons = new Map<string, SkipReason>();
  readonly #counts = new Map<SkipReason, number>();
  #fresh: SkippedValue[] = [];

  put(key: string, reason: SkipReason): void {
    if (this.#reasons.get(key) === reason) return;
    this.remove(key);
    this.#reasons.set(key, reason);
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    if (this.#fresh.length < SKIPPED_VALUES_MAX) this.#fresh.push({ key, reason });
  }

  remove(key: string): void {
    const reason = this.#reasons.get(key);
    if (reason === undefined) return;
    this.#reasons.delete(key);
    this.#counts.set(reason, (this.#counts.get(reason) ?? 1) - 1);
  }

  keys(): MapIterator<string> {
    return this.#reasons.keys();
  }

  /** Those met since the last call, for the log. */
  takeFresh(): readonly SkippedValue[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  list(): readonly SkippedValue[] {
    const pairs = [...this.#reasons.entries()].slice(0, SKIPPED_VALUES_MAX);
    return pairs.map(([key, reason]) => ({ key, reason }));
  }

  counts(): ReadonlyMap<SkipReason, number> {
    return this.#counts;
  }
}
