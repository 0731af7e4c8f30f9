/** The decision of one level in words: what a name answers now, and why. For people and logs. */

import { formatType } from '../dns/codes.ts';
import { formatName } from '../dns/name.ts';
import { formatRdata } from '../dns/rdata/index.ts';
import type { RRset } from '../dns/rrset.ts';
import type { LadderLevel } from './ladder/hierarchy.ts';
import type { PlannedOwner } from './ladder/plan-records.ts';
import type { Shard } from './shard.ts';

/** `A 192.0.2.1 192.0.2.2`, `CNAME up.example.`, `nothing` (NODATA), `no name`. */
export function describeContent(rrsets: readonly RRset[] | undefined): string {
  if (rrsets === undefined) return 'no name';
  if (rrsets.length === 0) return 'nothing';
  return rrsets
    .map(
      ({ type, rdatas }) =>
        `${formatType(type)} ${rdatas.map((rdata) => formatRdata(type, rdata)).join(' ')}`,
    )
    .join(', ');
}

/** `healthy in yangpu: c1; not: c2 (no ready endpoint)`. */
export function explainLevel(level: LadderLevel): string {
  const place = level.place === '' ? 'anywhere' : `in ${level.place}`;
  const healthy = level.considered.filter((shard) => shard.health.kind === 'healthy');
  const rest = level.considered.flatMap((shard) => unhealthyText(shard));
  const first =
    healthy.length > 0
      ? `healthy ${place}: ${healthy.map((shard) => shard.cluster).join(', ')}`
      : `no healthy shard ${place}`;
  const not = rest.length > 0 ? `; not: ${rest.join(', ')}` : '';
  return `${first}${not}${leadingOn(level)}`;
}

function leadingOn({ outcome }: LadderLevel): string {
  if (outcome.kind === 'alias') return `; goes up to ${formatName(outcome.target)}`;
  return outcome.kind === 'host' ? `; as the host name ${formatName(outcome.target)}` : '';
}

/** The same a line each, for answers that hold short strings. */
export function whyLines({ level, rrsets }: PlannedOwner): string[] {
  const place = level.place === '' ? '' : ` ${level.place}`;
  return [
    `${level.level}${place}: ${describeContent(rrsets)}`,
    ...level.considered.map(({ cluster, health }) =>
      health.kind === 'healthy' ? `in ${cluster}` : `out ${cluster}: ${health.reason}`,
    ),
  ];
}

function unhealthyText(shard: Shard): string[] {
  return shard.health.kind === 'healthy' ? [] : [`${shard.cluster} (${shard.health.reason})`];
}
