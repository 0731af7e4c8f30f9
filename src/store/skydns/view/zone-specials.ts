/**
 * ZoneSpecials: the facts at and below `dns.ZONE`, where SkyDNS keeps what the zone says about
 * itself: `apex.dns.ZONE` its addresses, `ns.dns.ZONE` its name servers. Source: CoreDNS plugin/etcd.
 */

import type { AnsweringEntry } from '../content.ts';
import { isPathAtOrBelow } from '../key.ts';
import { answeringEntries, type Fact, type FactPlace, pathOf } from './fact.ts';

export class ZoneSpecials {
  readonly #place: FactPlace;
  readonly #facts = new Map<string, Fact>();

  constructor(place: FactPlace) {
    this.#place = place;
  }

  add(fact: Fact): void {
    this.#facts.set(fact.key, fact);
  }

  delete(fact: Fact): void {
    this.#facts.delete(fact.key);
  }

  clear(): void {
    this.#facts.clear();
  }

  /** What the apex holds of them. */
  entries(): { readonly apex: readonly AnsweringEntry[]; readonly ns: readonly AnsweringEntry[] } {
    const { dnsPath } = this.#place;
    return { apex: this.#below(`${dnsPath}/apex`), ns: this.#below(`${dnsPath}/ns`) };
  }

  /** Entries below a path, as CoreDNS reads it; that at the path itself only without any. */
  #below(special: string): readonly AnsweringEntry[] {
    const at: Fact[] = [];
    const below: Fact[] = [];
    for (const fact of this.#facts.values()) {
      const path = pathOf(this.#place, fact);
      if (path === special) at.push(fact);
      else if (isPathAtOrBelow(path, special)) below.push(fact);
    }
    const facts = below.length > 0 ? below : at;
    facts.sort((one, other) => (one.key < other.key ? -1 : 1));
    return answeringEntries(this.#place, facts);
  }
}
