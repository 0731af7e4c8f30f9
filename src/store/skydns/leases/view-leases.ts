/** ViewLeases: the leases that facts hang on, and what the store said each has left. */

import { entryOf, servedTtl } from '../view/fact.ts';
import type { ZoneIndex } from '../view/zone-index.ts';

export class ViewLeases {
  readonly #seconds = new Map<string, number | undefined>();

  /** `undefined` seconds: not asked yet, or the store knows it no more. */
  get all(): ReadonlyMap<string, number | undefined> {
    return this.#seconds;
  }

  secondsOf(leaseId: string | undefined): number | undefined {
    return leaseId === undefined ? undefined : this.#seconds.get(leaseId);
  }

  /** A fact hangs on it. */
  note(leaseId: string | undefined): void {
    if (leaseId !== undefined && !this.#seconds.has(leaseId)) this.#seconds.set(leaseId, undefined);
  }

  /** Gives its facts the TTL that follows; false when nothing hangs on it. O(names). */
  set(zones: readonly ZoneIndex[], leaseId: string, seconds: number | undefined): boolean {
    if (!this.#seconds.has(leaseId)) return false;
    this.#seconds.set(leaseId, seconds);
    for (const zone of zones) {
      for (const fact of zone.facts.leased()) {
        if (fact.leaseId !== leaseId) continue;
        zone.facts.retime(fact.key, servedTtl(entryOf(fact), seconds));
      }
    }
    return true;
  }

  /** Those no fact hangs on any more. O(names); now and then. */
  forgetIdle(zones: readonly ZoneIndex[]): void {
    const used = new Set<string>();
    for (const zone of zones) {
      for (const { leaseId } of zone.facts.leased()) {
        if (leaseId !== undefined) used.add(leaseId);
      }
    }
    for (const id of this.#seconds.keys()) if (!used.has(id)) this.#seconds.delete(id);
  }
}
