/**
 * RemovalMarkers: what our writers say they removed. Each counts its removed names in one key,
 * ever rising; what a count rose by since it was last seen is what an update may remove. So a
 * replica that was away finds the whole sum, and a marker seen twice allows nothing twice.
 */

import { type ControlKeys, controlNumber } from '../control/control-keys.ts';
import type { StoreChange } from '../record-store.ts';

export class RemovalMarkers {
  readonly #keys: ControlKeys;
  readonly #counts = new Map<string, number>();

  constructor(keys: ControlKeys) {
    this.#keys = keys;
  }

  /** Names that these changes allow to go. `isWhole`: all control keys there are (a state). */
  takeAllowance(control: readonly StoreChange[], isWhole: boolean): number {
    const seen = new Set<string>();
    let allowance = 0;
    for (const { key, stored } of control) {
      if (this.#keys.parse(key)?.kind !== 'removals') continue;
      seen.add(key);
      const count = controlNumber(stored?.value ?? '', 'removed');
      const before = this.#counts.get(key) ?? 0;
      // Gone, or lower than before: another history. It allows nothing.
      if (count === undefined) this.#counts.delete(key);
      else {
        allowance += Math.max(0, count - before);
        this.#counts.set(key, count);
      }
    }
    if (isWhole) {
      for (const key of this.#counts.keys()) if (!seen.has(key)) this.#counts.delete(key);
    }
    return allowance;
  }
}
