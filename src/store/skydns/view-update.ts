/** ViewUpdate: what one store event means for the zones; from RecordView to whatever serves. */

import type { DomainName } from '../../dns/name.ts';
import type { RRsetChange } from '../../dns/rrset-change.ts';
import type { StoreChange } from '../record-store.ts';
import type { ContentNote } from './content.ts';
import type { SkipReason } from './entry.ts';
import type { SkippedValue } from './skipped-values.ts';

export interface ZoneUpdate {
  readonly apex: DomainName;
  /** `reload`: all that the zone holds. `changes`: what differs from the update before. */
  readonly kind: 'reload' | 'changes';
  readonly changes: readonly RRsetChange[];
  /** The store revision of this content: what the serial is made of. */
  readonly lastChangedRevision: number;
}

export interface ViewUpdate {
  readonly reason: 'first' | 'compacted' | 'replaced' | 'audit' | 'revision' | 'lease' | 'none';
  readonly revision: number;
  /** Only zones whose keys changed; possibly without an RRsetChange. */
  readonly zones: readonly ZoneUpdate[];
  /** Our own keys; after a state all of them. */
  readonly control: readonly StoreChange[];
  /** Values found unreadable since the update before. */
  readonly skipped: readonly SkippedValue[];
}

export interface ViewCounts {
  readonly skipped: ReadonlyMap<SkipReason, number>;
  /** Foreign entries at names that our ladder publishes. */
  readonly ignored: number;
  readonly notes: ReadonlyMap<ContentNote, number>;
}
