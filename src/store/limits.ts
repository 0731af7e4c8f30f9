/** Bounds and default times of the stores. Every time is a setting; these are the defaults. */

import { SERVED_TTL_SECONDS_MAX } from '../dns/limits.ts';

/** etcd's default --max-txn-ops; the other stores keep the same bound, so that plans fit all. */
export const COMMIT_OPERATIONS_MAX = 128;
/** etcd's default --max-request-bytes is 1.5 MiB for a whole transaction; room for its framing. */
export const COMMIT_OCTETS_MAX = 1_400_000;
/** Keys longer than any legal owner name makes (255 octets) under any sane prefix. */
export const KEY_OCTETS_MAX = 4096;

/** Revisions a memory or file store can replay to a watch that resumes; then `compacted`. */
export const HISTORY_REVISIONS_MAX = 10_000;
/** The same bound by changes: one revision holds up to COMMIT_OPERATIONS_MAX of them. */
export const HISTORY_CHANGES_MAX = 50_000;
/** `contact` at most once in this time. */
export const CONTACT_INTERVAL_MS = 1_000;

/** A value above this is no entry: SkyDNS entries are below 1 kB, TXT at most 64 kB. */
export const ENTRY_OCTETS_MAX = 65_536;
/** Distinct skipped values remembered by name; beyond it they are only counted. */
export const SKIPPED_VALUES_MAX = 200;
/** RFC 1035 message bound over the smallest record: more addresses than any answer can carry. */
export const SUBTREE_UNION_ENTRIES_MAX = 4_096;
/** Keys applied between two pauses when a state is taken in slices. */
export const VIEW_SLICE_KEYS = 500;
/** Keys of a state from which on it rests outside the heap. */
export const STATE_FLAT_FROM = 20_000;

/** CoreDNS etcd plugin: default TTL; our choice: clamp of every served TTL (CVE-2025-58063). */
export const TTL_DEFAULT_SECONDS = 300;
export const TTL_MIN_SECONDS = 1;
export const TTL_CLAMP_SECONDS = SERVED_TTL_SECONDS_MAX;
/** CoreDNS etcd plugin: min-lease-ttl and max-lease-ttl. */
export const LEASE_TTL_MIN_SECONDS = 30;
export const LEASE_TTL_MAX_SECONDS = 86_400;
/** CoreDNS etcd plugin, setup: priority and weight of an entry that names none. */
export const PRIORITY_DEFAULT = 10;
export const WEIGHT_DEFAULT = 100;

/** Journal octets after which a snapshot is written and the journal begins anew. */
export const JOURNAL_OCTETS_MAX = 16 * 1024 * 1024;
/** Commits that may wait for the disk. */
export const JOURNAL_QUEUE_MAX = 10_000;

/** Keys in one page of an etcd range; halves when the page is too large for a message. */
export const ETCD_PAGE_KEYS = 10_000;
/**
 * A page is followed by a larger one up to this: etcd counts all keys that are left for each page of
 * them, so that what many small pages cost it grows with the square of the keys.
 */
export const ETCD_PAGE_OCTETS_GOAL = 8 * 1024 * 1024;
/** Largest message taken from etcd: a page above it is halved. */
export const ETCD_MESSAGE_OCTETS_MAX = 16 * 1024 * 1024;
/** One unary call. */
export const ETCD_CALL_TIMEOUT_MS = 5_000;
/** Pauses between tries of a watch: first, doubling, jittered, up to the second. */
export const ETCD_RETRY_MIN_MS = 50;
export const ETCD_RETRY_MAX_MS = 2_000;
/**
 * A progress request each so often; silence for longer than the second ends the connection: with
 * the pulse that notices it and the next member's greeting within the 5 s of R13.
 */
export const ETCD_PROGRESS_INTERVAL_MS = 1_000;
export const ETCD_SILENCE_MS = 3_500;
/** After a resume over several ranges: etcd's sync loop runs every 100 ms, per watcher. */
export const ETCD_SETTLE_MS = 300;
/** Full comparison of keys and revisions; jittered downwards by up to a quarter. */
export const ETCD_AUDIT_INTERVAL_MS = 5 * 60_000;
/** What a difference found by the audit is given to be explained by events under way. */
export const ETCD_AUDIT_GRACE_MS = 1_000;
/** Changes buffered for a reader that is slow; beyond it the watch relists instead. */
export const ETCD_BACKLOG_CHANGES_MAX = 200_000;

/** Removals that no marker covers: the window over which they count, and what is too much. */
export const HOLD_WINDOW_MS = 60_000;
export const HOLD_SHARE = 0.2;
export const HOLD_NAMES = 10;

/** Commits of one writer under way at once; etcd batches their fsync. */
export const WRITER_COMMITS_AT_ONCE = 16;
/** Conflicts in a row at one owner name before the writer gives up for this time. */
export const WRITER_ATTEMPTS_MAX = 5;

/** Reads begun again because their revision was compacted away between two pages. */
export const ETCD_READ_ATTEMPTS_MAX = 3;

/** Rows in one line of a local snapshot: parsed at once, small enough to write in chunks. */
export const LOCAL_SNAPSHOT_ROWS = 1_000;

/** Lease questions to etcd under way at once, and the least time between two about one lease. */
export const LEASE_ASK_AT_ONCE = 32;
export const LEASE_ASK_MIN_MS = 5_000;

/** Entries of one name from which on they are kept as read: 10,000 cost 15 ms to read again. */
export const ENTRIES_KEPT_FROM = 256;

/** Leases that no key hangs on any more are looked for this often, ms: all keys are looked over. */
export const LEASE_FORGET_MS = 60_000;

/** Octets of a TXT record's text: with a length for each 255 of them RDATA stays below 64 KB. */
export const TEXT_OCTETS_MAX = 64_000;
/** A leader shows that it is there this often, ms. */
export const LEADER_BEAT_MS = 2000;
/** Without a beat for so long another takes over, ms: longer than a store's own restart. */
export const LEADER_PATIENCE_MS = 10_000;
/** Entries read into what a writer holds between two pauses of the thread. */
export const WRITER_SLICE_KEYS = 2000;
