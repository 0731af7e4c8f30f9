/** Bounds of talking to one cluster's API, each with its reason. */

/** A connection that is not there within this time is not there, ms. */
export const CONNECT_TIMEOUT_MS = 5000;
/** One request that says nothing of itself, ms. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** A page of 500 large objects; above it the server is not one that we asked for a page. */
export const BODY_OCTETS_MAX = 64 * 1024 * 1024;
/** An API object is 1.5 MB at most (etcd's limit); managed fields and JSON make it longer. */
export const LINE_OCTETS_MAX = 8 * 1024 * 1024;
/** Objects of one page of a list, as client-go's pager asks. */
export const LIST_PAGE_SIZE = 500;
/** The server ends a watch by itself within these, s: silence is noticed within a minute. */
export const WATCH_SECONDS_MIN = 30;
export const WATCH_SECONDS_MAX = 45;
/** No octet for this long beyond the watch's own time: it was cut, ms. */
export const WATCH_GRACE_MS = 10_000;
/** First and longest wait after a failure, ms; client-go's (reflector.go), with its doubling. */
export const BACKOFF_MIN_MS = 800;
export const BACKOFF_MAX_MS = 30_000;
/** After so long without a failure the next one is a first one again, ms. */
export const BACKOFF_RESET_MS = 120_000;
/** A whole list is taken at most this often, ms: a server in trouble is not asked for more. */
export const LIST_PERIOD_MS = 30_000;
/** What a server may make us wait by Retry-After, ms. */
export const RETRY_AFTER_MAX_MS = 60_000;
/** Versions remembered, to know a replay or an older list when one comes. */
export const VERSIONS_KEPT = 1000;
/** Refusals of "not older than" in a row before the newest list is taken, whatever it is. */
export const TOO_NEW_MAX = 3;
/** Objects of one collection held, unless said otherwise. */
export const OBJECTS_MAX = 1_000_000;
