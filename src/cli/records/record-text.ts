/** Records as text in three shapes: table, zone file, JSON. One place for `records` and `plan`. */

import { formatType } from '../../dns/codes.ts';
import { compareNames, type DomainName, formatName } from '../../dns/name.ts';
import { formatRRset } from '../../dns/presentation.ts';
import { formatRdata } from '../../dns/rdata/index.ts';
import type { RRset } from '../../dns/rrset.ts';
import { table } from '../output.ts';

export interface JsonRRset {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly rdatas: readonly string[];
}

/** `[{"name","type","ttl","rdatas":[…]}]`: absolute names, sorted by name, type, rdata. */
export function asJson(rrsets: readonly RRset[]): string {
  return JSON.stringify(rrsets.map(jsonOf).sort(byNameAndType), null, 2);
}

export function asZone(rrsets: readonly RRset[]): string {
  return inOrder(rrsets)
    .flatMap((rrset) => formatRRset(rrset))
    .join('\n');
}

/** NAME TYPE TTL DATA, a line a record; a name that holds nothing says so. */
export function asTable(owners: readonly (readonly [DomainName, readonly RRset[]])[]): string {
  const sorted = [...owners].sort(([left], [right]) => compareNames(left, right));
  const rows = sorted.flatMap(([owner, rrsets]) =>
    rrsets.length === 0
      ? [[formatName(owner), '-', '-', '(exists, holds nothing)']]
      : rrsets.flatMap(({ type, ttlSeconds, rdatas }) =>
          rdatas.map((rdata) => [
            formatName(owner),
            formatType(type),
            String(ttlSeconds),
            formatRdata(type, rdata),
          ]),
        ),
  );
  return table(['NAME', 'TYPE', 'TTL', 'DATA'], rows);
}

function inOrder(rrsets: readonly RRset[]): RRset[] {
  return [...rrsets].sort(
    (left, right) => compareNames(left.owner, right.owner) || left.type - right.type,
  );
}

function jsonOf(rrset: RRset): JsonRRset {
  return {
    name: formatName(rrset.owner),
    type: formatType(rrset.type),
    ttl: rrset.ttlSeconds,
    rdatas: rrset.rdatas.map((rdata) => formatRdata(rrset.type, rdata)).sort(),
  };
}

function byNameAndType(left: JsonRRset, right: JsonRRset): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.type < right.type ? -1 : left.type > right.type ? 1 : 0;
}
