/**
 * RRsetChange: what one owner name holds from now on. The one currency of publish, store and
 * serve: writers plan it, the store's view emits it, the image applies it.
 *
 * Promised: a change is whole (everything the owner holds, not a delta), so applying it twice or
 * skipping an older one changes nothing. Not promised: any order between owners.
 */

import { RRType } from './codes.ts';
import { InputError } from './errors.ts';
import { compareNames, type DomainName, formatName } from './name.ts';
import { isSameRRset, type RRset } from './rrset.ts';

export interface RRsetChange {
  readonly owner: DomainName;
  /**
   * `undefined`: nothing is stored at the owner any more (it may live on as an empty
   * non-terminal). Empty: the name exists and holds nothing, so it answers NODATA. Otherwise at
   * most one RRset per type, sorted by type.
   */
  readonly rrsets: readonly RRset[] | undefined;
}

/** Owner -> what it holds; the empty list is an explicit NODATA. */
export type OwnerMap = ReadonlyMap<DomainName, readonly RRset[]>;

/** What turns `before` into `after`, in canonical order of owners. apply(a, diff(a, b)) = b. */
export function diffOwners(before: OwnerMap, after: OwnerMap): RRsetChange[] {
  const changes: RRsetChange[] = [];
  for (const [owner, rrsets] of after) {
    const held = before.get(owner);
    if (held === undefined || !isSameContent(held, rrsets)) changes.push({ owner, rrsets });
  }
  for (const owner of before.keys()) {
    if (!after.has(owner)) changes.push({ owner, rrsets: undefined });
  }
  return changes.sort((left, right) => compareNames(left.owner, right.owner));
}

/** Same RRsets, both sorted by type. */
export function isSameContent(left: readonly RRset[], right: readonly RRset[]): boolean {
  return (
    left.length === right.length &&
    left.every((rrset, index) => isSameRRset(rrset, right[index] as RRset))
  );
}

/**
 * Content for an owner that we write: sorted by type, one RRset a type, CNAME alone
 * (RFC 1034 section 3.6.2). Throws InputError OWNER_DUPLICATE_TYPE, OWNER_CNAME_BESIDE_DATA.
 */
export function legalContent(owner: DomainName, rrsets: readonly RRset[]): readonly RRset[] {
  const sorted = [...rrsets].sort((left, right) => left.type - right.type);
  for (let index = 1; index < sorted.length; index++) {
    if (sorted[index]?.type === sorted[index - 1]?.type) {
      throw new InputError('OWNER_DUPLICATE_TYPE', `${formatName(owner)}: one type twice`);
    }
  }
  if (sorted.length > 1 && sorted.some((rrset) => rrset.type === RRType.CNAME)) {
    throw new InputError('OWNER_CNAME_BESIDE_DATA', `${formatName(owner)}: CNAME beside data`);
  }
  return sorted;
}
