/** ViewedZones: the zones of a view, and what can be asked of them. */

import { type DomainName, isAtOrBelow } from '../../../dns/name.ts';
import type { RRset } from '../../../dns/rrset.ts';
import { VIEW_SLICE_KEYS } from '../../limits.ts';
import type { NameFacts, ZoneIndex } from './zone-index.ts';

export class ViewedZones {
  /** Longest apex first: the closest one takes a name. */
  protected readonly zones: readonly ZoneIndex[];

  constructor(zones: readonly ZoneIndex[]) {
    this.zones = zones.toSorted((left, right) => right.apex.length - left.apex.length);
  }

  /** What each name of a zone holds, read anew. */
  *owners(apex: DomainName): Generator<[DomainName, readonly RRset[]], void, undefined> {
    const zone = this.zones.find((each) => each.apex === apex);
    if (zone !== undefined) yield* zone.owners();
  }

  *names(apex: DomainName): Generator<DomainName, void, undefined> {
    const zone = this.zones.find((each) => each.apex === apex);
    if (zone !== undefined) yield* zone.names();
  }

  /** What was said of a zone is not served: its next state is its first. */
  forget(apex: DomainName): void {
    this.zones.find((zone) => zone.apex === apex)?.clear();
  }

  /**
   * Whether a state at this revision still has every key that the view held then; in slices of a few
   * milliseconds, events between them: what they take out of the view is not asked for.
   */
  *isKeptBy(
    revision: number,
    state: { has(key: string): boolean },
  ): Generator<void, boolean, undefined> {
    let nameCount = 0;
    for (const zone of this.zones) {
      for (const facts of zone.facts.revisions()) {
        for (const [key, modRevision] of facts) {
          if (modRevision <= revision && !state.has(key)) return false;
        }
        if (++nameCount % VIEW_SLICE_KEYS === 0) yield;
      }
    }
    return true;
  }

  rrsetsOf(owner: DomainName): readonly RRset[] | undefined {
    return this.zoneOf(owner)?.rrsetsOf(owner);
  }

  /** Which keys gave what a name holds, and which were put aside. */
  explain(owner: DomainName): NameFacts & { readonly rrsets: readonly RRset[] | undefined } {
    const zone = this.zoneOf(owner);
    if (zone === undefined) return { answering: [], ignored: [], notes: [], rrsets: undefined };
    return { ...zone.factsAt(owner), rrsets: zone.rrsetsOf(owner) };
  }

  protected zoneOf(name: DomainName): ZoneIndex | undefined {
    return this.zones.find((zone) => isAtOrBelow(name, zone.apex));
  }
}
