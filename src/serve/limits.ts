/** Bounds of the serving side, each with its reason. */

/** Owners put into an image before the event loop has its turn: about 3 ms. */
export const FEED_SLICE_CHANGES_MAX = 1000;
/** Whether answers are stale, and which blocks are free again, is looked at this often, ms. */
export const STALE_LOOK_MS = 250;
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
/** Young generation of an answering thread's heap, MB: what a datagram leaves behind dies at once. */
export const YOUNG_GENERATION_MB = 4;
/** One line per reason in this time, ms, with the count of those kept back. */
export const SKIP_LOG_INTERVAL_MS = 10_000;

/** A takeover waits this long, ms, for its own load before it leaves the old process in place. */
export const TAKEOVER_LOAD_MS = 30_000;

/** Binding waits this long, ms, for the first load: a restart then says no SERVFAIL at all. */
export const LOAD_PATIENCE_MS = 1500;

/** Leases are looked over this often, ms. */
export const LEASE_POLL_MS = 500;
/** Whether a local snapshot is due is looked at this often, ms; it is at this interval. */
export const SNAPSHOT_FIRST_MS = 2000;
export const SNAPSHOT_INTERVAL_MS = 60_000;
/** The same where the names are others than a tenth of them, ms. */
export const SNAPSHOT_OTHER_MS = 10_000;
/** And where names are still coming in: a start that takes longer has one all the same, ms. */
export const SNAPSHOT_FILLING_MS = 300_000;
/** And never before so many times what the last one took: all keys are read for it, and written. */
export const SNAPSHOT_REST_FACTOR = 20;
export const SNAPSHOT_REST_MAX_MS = 600_000;
/** What is read for a snapshot waits this long, ms, for the watch to tell of the same. */
export const SNAPSHOT_SETTLE_MS = 1000;
/** Until a store has spoken, after this, ms, the snapshot answers, marked stale: within a second. */
export const SNAPSHOT_PATIENCE_MS = 150;

/** After an event that could not be taken the store is read anew, this much later, ms. */
export const REREAD_MS = 1000;

/** Images on their way to disk are copied by so many octets at a time: a fraction of a millisecond. */
export const PINNED_PIECE_OCTETS = 1 << 20;
/** Last line of a stored image: zones and their serials, 64 octets each, are most of it. */
export const IMAGE_HEAD_OCTETS_MAX = 1 << 20;
