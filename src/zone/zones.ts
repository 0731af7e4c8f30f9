/** Zones: every apex we serve; the closest one at or above a name answers. Immutable. */

import { type DomainName, labelCount } from '../dns/name.ts';
import { hashName, type NameKey } from '../dns/wire/name-key.ts';
import type { ZoneImage } from './image.ts';

export interface Zone {
  readonly index: number;
  readonly apex: DomainName;
  /** undefined: not loaded. Our names, so SERVFAIL, never NXDOMAIN or REFUSED. */
  readonly image: ZoneImage | undefined;
  /** The next zone whose apex happens to have the same hash. */
  readonly sameHash: Zone | undefined;
}

export interface Zones {
  readonly entries: readonly Zone[];
  readonly byHash: ReadonlyMap<number, Zone>;
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
    // An image without SOA could not say no: taken as not loaded.
    const servable = image?.negativeSoa === undefined ? undefined : image;
    const zone: Zone = { index, apex, image: servable, sameHash: byHash.get(hash) };
    byHash.set(hash, zone);
    zones.push(zone);
  }
  const labelsMax = entries.reduce((most, { apex }) => Math.max(most, labelCount(apex)), 0);
  return { entries: zones, byHash, labelsMax };
}

/** The same zones with another image for one apex; unchanged when the apex is not ours. */
export function withImage(zones: Zones, image: ZoneImage): Zones {
  return makeZones(
    zones.entries.map((zone) => (zone.apex === image.apex ? { apex: zone.apex, image } : zone)),
  );
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
