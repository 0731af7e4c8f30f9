/**
 * Caps what one owner and type may hold: the first records in canonical order, so that every
 * replica keeps the same ones. What is cut is counted. The image caps at 64 KB by itself.
 */

import type { DomainName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { RRsetChange } from '../../dns/rrset-change.ts';
import { rrsetCap } from '../../zone/content/flat-rrset.ts';

/** Their product is far below 64 KB. */
const SMALL_SET_RECORDS = 64;
const SMALL_RECORD_OCTETS = 512;

export class RecordCap {
  readonly #recordsMax: number;
  /** Owners with an RRset that is capped now. */
  readonly #capped = new Set<DomainName>();

  /** `recordsMax` of one RRset; Infinity: as many as fit into 64 KB. */
  constructor(recordsMax: number) {
    this.#recordsMax = recordsMax;
  }

  /** Owner names of which only a part is served. */
  get cappedCount(): number {
    return this.#capped.size;
  }

  *allCapped(changes: Iterable<RRsetChange>): Generator<RRsetChange, void, undefined> {
    for (const change of changes) yield this.capped(change);
  }

  capped(change: RRsetChange): RRsetChange {
    const { owner, rrsets } = change;
    if (this.#capped.size > 0) this.#capped.delete(owner);
    if (rrsets === undefined || rrsets.every((rrset) => this.#isWhole(rrset))) return change;
    let isCapped = false;
    const kept = rrsets.flatMap((rrset): RRset[] => {
      const cap = rrsetCap(rrset, this.#recordsMax);
      if (cap !== rrset) isCapped = true;
      return cap === undefined ? [] : [cap];
    });
    if (!isCapped) return change;
    this.#capped.add(owner);
    return { owner, rrsets: kept };
  }

  /** Few short records, as nearly all sets have: no need to add them up. */
  #isWhole({ rdatas }: RRset): boolean {
    if (rdatas.length > SMALL_SET_RECORDS || rdatas.length > this.#recordsMax) return false;
    return rdatas.every((rdata) => rdata.length < SMALL_RECORD_OCTETS);
  }
}
