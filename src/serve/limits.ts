/** Bounds of the serving side, each with its reason. */

/** Owners in one message to the threads: about 2 ms to receive and apply on the test machines. */
export const FEED_SLICE_CHANGES_MAX = 500;
/** Local addresses a wildcard may stand for; above it a list is demanded. Our choice: fds. */
export const WILDCARD_ADDRESSES_MAX = 64;
/** How often local addresses are compared with the bound ones, ms: a VIP is bound within it. */
export const ADDRESS_POLL_MS = 1000;
/** A dead answering thread is replaced after this, ms, doubled up to the next on repeats. */
export const THREAD_RESTART_MS = 50;
export const THREAD_RESTART_MAX_MS = 5000;
/** SIGTERM: TCP connections in the middle of something get this long, ms. */
export const DRAIN_MS = 4000;
/** Answering threads when nothing is said: two, so that the death of one loses only its queue. */
export const ANSWERING_THREADS_DEFAULT = 2;
export const ANSWERING_THREADS_MAX = 64;
/** One line per reason in this time, ms, with the count of those kept back. */
export const SKIP_LOG_INTERVAL_MS = 10_000;

/** A takeover waits this long, ms, for its own load before it leaves the old process in place. */
export const TAKEOVER_LOAD_MS = 30_000;

/** Binding waits this long, ms, for the first load: a restart then says no SERVFAIL at all. */
export const LOAD_PATIENCE_MS = 1500;
