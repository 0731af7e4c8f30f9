/** Bounds of talking to one API server, each with its reason. */

/** TCP and TLS to the server or its proxy, ms; a black hole is told within this. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** One request that is no stream, all of it, where the caller says nothing, ms. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** A stream's first word: its headers, ms. API servers send them before any event. */
export const STREAM_HEADERS_TIMEOUT_MS = 15_000;
/** Half-open connections are found by the kernel from here on, ms (client-go's value). */
export const KEEPALIVE_DELAY_MS = 30_000;
/**
 * A connection without a request is kept so long, ms: over one probe of a member's API to the next (10 s), for
 * each TLS handshake costs more than the probe; under what load balancers allow (60 s). A server's own hint counts.
 */
export const IDLE_CONNECTION_MS = 20_000;
/** Requests to one server at once; further ones wait. Watches, one a collection, have their own. */
export const CONNECTIONS_MAX = 32;

/** Certificates from a server's own to its authority's; the deepest in use have five. */
export const CHAIN_LENGTH_MAX = 10;

/** One body after decompression, octets: 500 objects at 128 KiB each. */
export const BODY_OCTETS_MAX = 64 * 1024 * 1024;
/** What is read of a refusal to tell why, octets. */
export const ERROR_BODY_OCTETS_MAX = 64 * 1024;
/** One line of a stream, octets: etcd holds objects of 1.5 MB, JSON and old managers swell them. */
export const LINE_OCTETS_MAX = 8 * 1024 * 1024;
/** Text of a server that gets into our own messages, characters. */
export const MESSAGE_LENGTH_MAX = 300;
/** What a server may ask us to wait, ms; more would be a server that turns us off. */
export const RETRY_AFTER_MAX_MS = 60_000;

/** Files of credentials are read again when older, ms: mounted tokens are replaced in place. */
export const CREDENTIALS_AGE_MAX_MS = 10_000;
/** A program that fetches credentials: time, ms, and output, octets. */
export const EXEC_TIMEOUT_MS = 30_000;
export const EXEC_OUTPUT_OCTETS_MAX = 1024 * 1024;
/** Credentials of a program are fetched anew this long before their end, ms. */
export const EXEC_RENEW_BEFORE_MS = 10_000;
/** A kubeconfig is read into memory whole; the largest seen hold some hundred contexts. */
export const KUBECONFIG_OCTETS_MAX = 8 * 1024 * 1024;

/** Everything of a list-watch that takes time or room; tests shorten it. */
export interface ListWatchLimits {
  /** Objects of one page (client-go's value). */
  readonly pageSize: number;
  /** One page, ms. */
  readonly requestTimeoutMs: number;
  /** Objects taken; further ones are left out and told. */
  readonly objectsMax: number;
  /** A watch is asked to end after so long, with jitter between the two, s. */
  readonly watchSecondsMin: number;
  readonly watchSecondsMax: number;
  /** Silence allowed beyond the end that was asked for, ms; with the above under 60 s. */
  readonly watchGraceMs: number;
  /**
   * Silence within a watch before it is cut, ms, if that is sooner. API servers send a bookmark each
   * minute; one that does not is asked anew so often.
   */
  readonly watchSilenceMs: number;
  /** The first word of a watch, ms. */
  readonly headersTimeoutMs: number;
  /** Silence within a streamed list, before it is read in pages instead, ms. */
  readonly listSilenceMs: number;
  /** Between two lists that were read to the end, ms. */
  readonly listPeriodMs: number;
  /** A list older than this is read again after the watch under way: heals what was lost, ms. */
  readonly resyncMs: number;
  /** Waits after failures, doubled from the first to the last, ms (client-go's values). */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** What held for so long went well: waits begin anew, ms. */
  readonly backoffResetMs: number;
  /** The longest wait after a watch that ended early, but without a failure, ms. */
  readonly endedWaitMaxMs: number;
  /** Versions and states of objects remembered to tell the past from news. */
  readonly historyMax: number;
}

export const LIST_WATCH_LIMITS: ListWatchLimits = {
  pageSize: 500,
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
  objectsMax: 200_000,
  watchSecondsMin: 30,
  watchSecondsMax: 45,
  watchGraceMs: 10_000,
  watchSilenceMs: Number.POSITIVE_INFINITY,
  headersTimeoutMs: STREAM_HEADERS_TIMEOUT_MS,
  listSilenceMs: 10_000,
  listPeriodMs: 30_000,
  resyncMs: 1_800_000,
  backoffMinMs: 800,
  backoffMaxMs: 30_000,
  backoffResetMs: 10_000,
  endedWaitMaxMs: 5000,
  historyMax: 1000,
};

/** "Too large a version" in a row; then the server's latest state is asked for, and believed. */
export const TOO_LARGE_MAX = 3;
/** Older lists refused in a row, the later half asked as the latest state; the next is believed. */
export const OLD_LISTS_MAX = 4;
/** Pages that expire while they are read: begun anew so often before it counts as a failure. */
export const PAGING_RESTARTS_MAX = 2;
/** Keys of skipped objects remembered, so that each is told once. */
export const SKIPPED_KEYS_MAX = 1000;
/** A server that came back is listed without waiting its turn, at most once in this, ms. */
export const HOPE_PERIOD_MS = 300_000;
/** A clock that comes later than this, ms, says that our own thread stood still. */
export const OWN_STALL_MS = 200;
