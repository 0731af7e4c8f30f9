/** Bounds of looking at addresses, each with its reason. */

/** Host names followed at once; each costs two queries a TTL. */
export const HOSTS_MAX = 10_000;
/** A TTL below is not believed: a hundred names at TTL 0 would be a flood. */
export const HOST_TTL_MIN_MS = 5000;
/** A TTL above is looked up sooner: load balancers move. */
export const HOST_TTL_MAX_MS = 300_000;
/** First wait after a failure, doubled up to the next. */
export const HOST_RETRY_MS = 2000;
export const HOST_RETRY_MAX_MS = 60_000;
/** One try of one look-up. */
export const HOST_LOOKUP_TIMEOUT_MS = 2000;
