/**
 * ZoneImage: one zone, answer-ready. Takes RRsetChanges (build, apply), gives what lookup reads.
 *
 * Promised: an image never changes once published; the next one shares every bucket and node that
 * a change did not touch; a name with descendants exists though it holds nothing (RFC 8020), and
 * is gone with the last of them; the SOA carries `serial`.
 * Not promised: legal content. Foreign data may put a CNAME beside others: the asked type wins,
 * then the CNAME; beside A or AAAA a CNAME is left out.
 */

import type { DomainName } from '../dns/name.ts';
import type { Rdata } from '../dns/rrset.ts';
import type { ImageNode } from './content/image-node.ts';
import type { ImageRRset } from './content/image-rrset.ts';
import type { NodeTable } from './content/node-table.ts';
import type { Fallbacks } from './synthesis/fallback.ts';

export type { ImageNode };

export interface ZoneImage {
  readonly apex: DomainName;
  readonly apexLabelCount: number;
  /** RFC 1982; what the SOA says. */
  readonly serial: number;
  readonly table: NodeTable;
  /** Without cuts no ancestor needs to be asked. */
  readonly cutCount: number;
  /** The SOA as negative answers carry it (RFC 2308); undefined: the zone cannot be served. */
  readonly negativeSoa: ImageRRset | undefined;
  /** The SOA as it was given: its serial is replaced at every publication. */
  readonly soaSource: SoaSource | undefined;
  readonly fallbacks: Fallbacks;
  /** Roots of rules that exist just now: the suffixes of their rules do too. */
  readonly liveRoots: ReadonlySet<DomainName>;
  /** Labels `*` and `any` of a question match stored names (synthesis/query-wildcard.ts). */
  readonly hasQueryWildcards: boolean;
  /** RRsets of which records were left out because 64 KB do not hold them. */
  readonly cappedCount: number;
  /** Changes since the first build whose owner lies outside the zone. */
  readonly ignoredCount: number;
}

export interface SoaSource {
  readonly rdata: Rdata;
  readonly ttlSeconds: number;
}
