/** Bounds of publishing, each with its reason. */

/** How often a followed file is looked at, ms: an edit shows within a second without any event. */
export const FILE_POLL_MS = 400;
/** A file rests this long before it is read, ms: editors write in steps. */
export const FILE_SETTLE_MS = 60;
/** A reconcile that failed is tried again after this, ms, doubled up to the next. */
export const RECONCILE_RETRY_MS = 500;
export const RECONCILE_RETRY_MAX_MS = 30_000;
/** What is stored is compared with what is wanted at least this often, ms: strangers write too. */
export const RESYNC_MS = 60_000;
/** Names told one by one after a change; the rest is a count. */
export const MOVES_TOLD_MAX = 20;
/** Of one commit of shards: below etcd's 128 operations and 1.5 MB. */
export const BOOK_COMMIT_PUTS_MAX = 100;
export const BOOK_COMMIT_OCTETS_MAX = 1_000_000;
/** Services decided at one go before timers and sockets have their turn. */
export const DECIDE_AT_ONCE = 64;
/** How exactly a grace ends, ms. */
export const GRACE_TICK_MS = 200;
/** The same where members are the source: all their services are read from the store then. */
export const MEMBERS_RESYNC_MS = 300_000;
/** A start waits this long for its members: who is away is unknown, and keeps its last state. */
export const MEMBERS_PATIENCE_MS = 5000;
/** Names compared with the store at one go before other events have their turn. */
export const COMPARE_AT_ONCE = 1000;
/** What all probes say by member is counted at most this often, ms. */
export const PROBES_COUNTED_MS = 200;
/** Services published of one member unless said: twice the largest federation we measure. */
export const MEMBER_SERVICES_MAX = 20_000;
/** What a member has too much of is told this often, ms. */
export const QUOTA_LOG_INTERVAL_MS = 60_000;
