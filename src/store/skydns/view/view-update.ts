/** ViewUpdate: what one store event means for the zones; from RecordView to whatever serves. */

import type { DomainName } from '../../../dns/name.ts';
import type { RRsetChange } from '../../../dns/rrset-change.ts';
import type { StoreChange } from '../../record-store.ts';
import type { ContentNote } from '../content.ts';
import type { SkipReason } from '../entry.ts';
import type { SkippedValue } from './skipped-values.ts';

export interface ViewChange extends RRsetChange {
  /** What was last said of the name held records. */
  readonly hadRecords: boolean;
}

/** What a store event means for one zone. */
export type ZoneUpdate = {
  readonly apex: DomainName;
  /** The store revision of this content: what the serial is made of. */
  readonly lastChangedRevision: number;
} & (
  | {
      /**
       * All that the zone holds; of one owner the last word counts. May be made while it is read:
       * read it once, to its end, and before the next event is taken in.
       */
      readonly kind: 'reload';
      readonly changes: Iterable<ViewChange>;
    }
  /** What differs from the update before. */
  | { readonly kind: 'changes'; readonly changes: readonly ViewChange[] }
);

export interface ViewUpdate {
  readonly reason: 'first' | 'compacted' | 'replaced' | 'audit' | 'revision' | 'lease' | 'none';
  readonly revision: number;
  /** Only zones whose keys changed; possibly without an RRsetChange. */
  readonly zones: readonly ZoneUpdate[];
  /** Our own keys; after a state all of them. */
  readonly control: readonly StoreChange[];
  /** Values found unreadable since this was last read; whole once `zones` are. */
  readonly skipped: Iterable<SkippedValue>;
}

export interface ViewCounts {
  readonly skipped: ReadonlyMap<SkipReason, number>;
  /** Foreign entries at names that our ladder publishes. */
  readonly ignored: number;
  readonly notes: ReadonlyMap<ContentNote, number>;
}
