/** Zones: every apex we serve; the closest one at or above a name answers. */

import { type DomainName, isAtOrBelow, labelCount } from '../dns/name.ts';
import { hashName, type NameKey } from '../dns/wire/name-key.ts';
import type { ZoneImage } from './image.ts';

export interface Zone {
  readonly index: number;
  readonly apex: DomainName;
  /** The apex in wire form. */
  readonly octets: Uint8Array;
  /**
   * undefined: not loaded. Our names, so SERVFAIL, never NXDOMAIN or REFUSED. Whoever follows a
   * writer puts another here, between two queries.
   */
  image: ZoneImage | undefined;
  /** The next zone whose apex happens to have the same hash. */
  readonly sameHash: Zone | undefined;
}

export interface Zones {
  readonly entries: readonly Zone[];
  readonly byHash: ReadonlyMap<number, Zone>;
  /** One apex lies below another, or at it. */
  readonly isNested: boolean;
  /** No apex is deeper: longer suffixes need not be asked. */
  readonly labelsMax: number;
}

/** The index of an entry is `zoneIndex` in reports. Of one apex given twice the last counts. */
export function makeZones(
  entries: readonly { readonly apex: DomainName; readonly image: ZoneImage | undefined }[],
): Zones {
  const zones: Zone[] = [];
  const byHash = new Map<number, Zone>();
  for (const [index, { apex, image }] of entries.entries()) {
    const hash = hashName(apex);
    const octets = Uint8Array.from(apex, (octet) => octet.charCodeAt(0));
    const zone: Zone = { index, apex, octets, image: undefined, sameHash: byHash.get(hash) };
    serveImage(zone, image);
    byHash.set(hash, zone);
    zones.push(zone);
  }
  const labelsMax = entries.reduce((most, { apex }) => Math.max(most, labelCount(apex)), 0);
  const isNested = zones.some(({ apex }, index) =>
    zones.some((other, place) => place !== index && isAtOrBelow(apex, other.apex)),
  );
  return { entries: zones, byHash, isNested, labelsMax };
}

/** An image without SOA could not say no: taken as not loaded. */
export function serveImage(zone: Zone, image: ZoneImage | undefined): void {
  zone.image = image === undefined || image.negativeSoa === 0 ? undefined : image;
}

/** The zone with the longest apex among the key's suffixes from label `fromLabel` on. */
export function findZone(zones: Zones, key: NameKey, fromLabel: number): Zone | undefined {
  const first = Math.max(fromLabel, key.labelCount - zones.labelsMax);
  for (let label = first; label <= key.labelCount; label++) {
    let zone = zones.byHash.get(key.hashes[label] as number);
    while (zone !== undefined) {
      if (key.isSuffix(label, zone.apex)) return zone;
      zone = zone.sameHash;
    }
  }
  return undefined;
}
