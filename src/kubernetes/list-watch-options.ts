/** What a list-watch is given, and what it says of itself. */

import type { ApiClient } from './api-client.ts';
import type { ListWatchSink } from './collection.ts';
import type { ListWatchLimits } from './limits.ts';

export interface ListWatchOptions<T> {
  readonly client: Pick<ApiClient, 'get' | 'stream'>;
  /** `/api/v1/services`. */
  readonly path: string;
  /** Selectors. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /**
   * Keeps only what is used; undefined, or a throw, reads as absent; a throw is told once.
   * `version`: object-version.ts.
   */
  readonly project: (object: unknown, version: string) => T | undefined;
  readonly sink: ListWatchSink<T>;
  /** Something in `status` changed. */
  readonly onStatus?: () => void;
  readonly onSkipped?: (key: string, reason: string) => void;
  readonly limits?: Partial<ListWatchLimits>;
  readonly random?: () => number;
}

export interface ListWatchStatus {
  readonly hasSynced: boolean;
  /** The last request is going well: it was answered, and nothing failed since. */
  readonly isInContact: boolean;
  /** Monotonic ms of the last good word of the server (no refusal is one); undefined: never. */
  readonly heardAtMs: number | undefined;
  /** One line; undefined while in contact. */
  readonly lastError: string | undefined;
  readonly objectCount: number;
  /** On the wire. */
  readonly receivedOctets: number;
  readonly listCount: number;
  readonly watchCount: number;
  readonly skippedCount: number;
  /** Replays and steps back that were not taken. */
  readonly ignoredCount: number;
}
