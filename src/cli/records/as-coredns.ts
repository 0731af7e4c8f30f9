/**
 * What CoreDNS's etcd plugin would answer otherwise on the same keys: the way in for its users.
 * Rules of its Go source (plugin/etcd, 1.15), as far as they differ from ours; each with its name.
 */

import { RRType } from '../../dns/codes.ts';
import { type DomainName, formatName, isAtOrBelow, parentName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { OwnerMap } from '../../dns/rrset-change.ts';

export interface CorednsDifference {
  readonly name: string;
  readonly difference: string;
}

/** `stored`: owners that entries give; `served`: with aliases of rules written out. */
export function corednsDifferences(
  apex: DomainName,
  owners: { readonly stored: OwnerMap; readonly served: OwnerMap },
): CorednsDifference[] {
  const found: CorednsDifference[] = [];
  const tell = (owner: DomainName, difference: string) =>
    found.push({ name: formatName(owner), difference });
  const { stored, served } = owners;
  if (!served.has(apex)) tell(apex, 'NS: NXDOMAIN there, unless dns/ns holds an entry');
  for (const [owner, rrsets] of served) {
    if (!isAtOrBelow(owner, apex)) continue;
    if (!stored.has(owner)) tell(owner, 'NXDOMAIN there: an alias that only our rules make');
    for (const difference of contentDifferences(rrsets)) tell(owner, difference);
  }
  for (const [owner, count] of ancestors(apex, stored)) {
    tell(owner, `NODATA here, there the union of all ${count} names below`);
  }
  return found;
}

function contentDifferences(rrsets: readonly RRset[]): string[] {
  const types = new Set(rrsets.map((rrset) => rrset.type));
  const differences: string[] = [];
  if (types.has(RRType.CNAME)) differences.push('CNAME query: NXDOMAIN there');
  if (types.has(RRType.TXT) && (types.has(RRType.A) || types.has(RRType.AAAA))) {
    differences.push('TXT beside an address in one entry: not answered there');
  }
  if (types.has(RRType.MX)) differences.push('MX: glue owner and preference differ there');
  return differences;
}

/** Empty non-terminals: names that hold nothing and have names below. */
function ancestors(apex: DomainName, stored: OwnerMap): Map<DomainName, number> {
  const counts = new Map<DomainName, number>();
  for (const owner of stored.keys()) {
    if (!isAtOrBelow(owner, apex)) continue;
    for (let at = parentName(owner); at !== undefined && at !== apex; at = parentName(at)) {
      if (!isAtOrBelow(at, apex)) break;
      if (!stored.has(at)) counts.set(at, (counts.get(at) ?? 0) + 1);
    }
  }
  return counts;
}
