/** What a list-watch is given and what it says of itself; its limits, each with its default. */

import type { ApiClient } from './api-client.ts';
import type { ListWatchSink } from './collection.ts';
import {
  BACKOFF_MAX_MS,
  BACKOFF_MIN_MS,
  BACKOFF_RESET_MS,
  LIST_PAGE_SIZE,
  LIST_PERIOD_MS,
  OBJECTS_MAX,
  REQUEST_TIMEOUT_MS,
  WATCH_GRACE_MS,
  WATCH_SECONDS_MAX,
  WATCH_SECONDS_MIN,
} from './limits.ts';

export interface ListWatchLimits {
  readonly objectsMax: number;
  readonly pageSize: number;
  readonly watchSecondsMin: number;
  readonly watchSecondsMax: number;
  readonly watchGraceMs: number;
  readonly requestTimeoutMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  readonly backoffResetMs: number;
  readonly listPeriodMs: number;
}

export const LIST_WATCH_LIMITS: ListWatchLimits = {
  objectsMax: OBJECTS_MAX,
  pageSize: LIST_PAGE_SIZE,
  watchSecondsMin: WATCH_SECONDS_MIN,
  watchSecondsMax: WATCH_SECONDS_MAX,
  watchGraceMs: WATCH_GRACE_MS,
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
  backoffMinMs: BACKOFF_MIN_MS,
  backoffMaxMs: BACKOFF_MAX_MS,
  backoffResetMs: BACKOFF_RESET_MS,
  listPeriodMs: LIST_PERIOD_MS,
};

export interface ListWatchOptions<T> {
  readonly client: ApiClient;
  /** `/api/v1/services`. */
  readonly path: string;
  /** Selectors. */
  readonly query?: Readonly<Record<string, string>>;
  /** Keeps only what is used; undefined reads as absent; a throw skips the object, told once. */
  readonly project: (object: unknown) => T | undefined;
  readonly sink: ListWatchSink<T>;
  /** Something in `status` changed. */
  readonly onStatus?: () => void;
  readonly onSkipped?: (key: string, reason: string) => void;
  readonly limits?: Partial<ListWatchLimits>;
  readonly random?: () => number;
}

export interface ListWatchStatus {
  readonly hasSynced: boolean;
  /** The last request is going well. */
  readonly isInContact: boolean;
  /** Monotonic ms of the last octet from the server; undefined: never. */
  readonly heardAtMs: number | undefined;
  /** One line; undefined while in contact. */
  readonly lastError: string | undefined;
  readonly objectCount: number;
  readonly receivedOctets: number;
  readonly listCount: number;
  readonly watchCount: number;
  readonly skippedCount: number;
  /** Replays and steps back that were not taken. */
  readonly ignoredCount: number;
}
