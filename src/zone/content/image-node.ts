/** ImageNode: one existing name of a zone; the value that the node table holds. Frozen. */

import type { FallbackRule } from '../../dns/fallback-rule.ts';
import type { DomainName } from '../../dns/name.ts';
import type { ImageRRset } from './image-rrset.ts';

/** An owner name's place in the image. */
export interface ImageNode {
  readonly name: DomainName;
  /** hashName(name), kept so that buckets split without reading names again. */
  readonly hash: number;
  /** Sorted by type; none at an empty non-terminal. */
  readonly rrsets: readonly ImageRRset[];
  /** Something is stored here, be it an explicit nothing. Else it lives for its descendants. */
  readonly isStored: boolean;
  readonly childCount: number;
  /** A child `*` exists, RFC 4592 section 2.1.1. */
  readonly hasWildcardChild: boolean;
  /** NS below the apex: we refer, and answer nothing below. */
  readonly isCut: boolean;
  /** The rule whose suffix this is, while there is anything for it to alias to. */
  readonly fallback: FallbackRule | undefined;
}
