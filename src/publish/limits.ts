/** Bounds of publishing, each with its reason. */

/** How often a followed file is looked at, ms: an edit shows within a second without any event. */
export const FILE_POLL_MS = 400;
/** A file rests this long before it is read, ms: editors write in steps. */
export const FILE_SETTLE_MS = 60;
/** Several kubeconfigs are copied into a folder one after the other, ms. */
export const FOLDER_SETTLE_MS = 200;
/** What never rests is told all the same after this, ms. */
export const SETTLE_MAX_MS = 2000;
/** A folder with more files is another folder than was meant. */
export const MEMBER_FILES_MAX = 1000;
/** A reconcile that failed is tried again after this, ms, doubled up to the next. */
export const RECONCILE_RETRY_MS = 500;
export const RECONCILE_RETRY_MAX_MS = 30_000;
/** What is stored is compared with what is wanted at least this often, ms: strangers write too. */
export const RESYNC_MS = 60_000;
/** Names told one by one after a change; the rest is a count. */
export const MOVES_TOLD_MAX = 20;
/** Names told a second to who watches all of them; each is planned anew to say why, 50 us. */
export const WATCHED_MOVES_MAX = 500;
/** Of one commit of shards: below etcd's 128 operations and 1.5 MB. */
export const BOOK_COMMIT_PUTS_MAX = 100;
export const BOOK_COMMIT_OCTETS_MAX = 1_000_000;
/** Of a stored book, read at one go: each is checked, 2.5 us. */
export const BOOK_SLICE_ENTRIES = 500;
/** Services decided at one go before timers and sockets have their turn. */
export const DECIDE_AT_ONCE = 64;
/** How exactly a grace ends, ms. */
export const GRACE_TICK_MS = 200;
/** `RESYNC_MS` where members are the source, ms: all stored records are read then. */
export const MEMBERS_RESYNC_MS = 300_000;
/** The next one begins after so many times what the last one took, at the earliest. */
export const MEMBERS_RESYNC_RESTS = 20;
/** A start waits this long for its members: who is away is unknown, and keeps its last state. */
export const MEMBERS_PATIENCE_MS = 5000;
/** A person who says something waits this long for the store, ms. */
export const SAVED_WAIT_MS = 8000;
/** Host names of one member that are looked up: a fifth of all there is room for. */
export const HOSTS_OF_MEMBER_MAX = 2000;
/** What is refused to one member is told this often, ms. */
export const REFUSED_LOG_INTERVAL_MS = 60_000;
/** A contributor that beats no more is lost after three beats, ms, and in doubt after two. */
export const CONTRIBUTOR_PATIENCE_MS = 6500;
export const CONTRIBUTOR_DOUBT_MS = 4500;
/** Different complaints about contributors that are told; a liar fills no log. */
export const COMPLAINTS_MAX = 200;
/** How often the absence of contributors is looked at, and noted in the store, ms. */
export const ABSENCE_TICK_MS = 60_000;
export const ABSENCE_NOTE_MS = 600_000;
/** A week: a person may be on leave, and what is out of sight is not gone. */
export const CONTRIBUTOR_FORGET_SECONDS = 7 * 86_400;
/** Past plans of services that are kept to be explained; some 2 KB each. */
export const PLAN_HISTORY_MAX = 5000;
/** Each changes one record: seldom enough for whoever follows the zone's serial. */
export const CANARY_SECONDS = 30;
/** How often a canary is asked for, and after how long its way is too long, ms. */
export const CANARY_ASK_MS = 10;
export const CANARY_FIRST_MS = 2000;
export const CANARY_LATE_MS = 10_000;
/** From the store to the answers of this process: given up after, ms. */
export const SERVED_WAIT_MS = 10_000;
/** Names compared with the store at one go before other events have their turn. */
export const COMPARE_AT_ONCE = 1000;
/** After so many compared, or found to be changed, what was found is written, and others are decided. */
export const COMPARED_NAMES_MAX = 20_000;
export const COMPARED_CHANGES_MAX = 1_400;
/** Owner names that are planned in one go, and written before the next are: some 15 ms of planning. */
export const WRITE_AT_ONCE = 700;
/** The next are written after this at the latest, ms, though those before were not seen to come back. */
export const PACE_WAIT_MS = 2000;
/** What all probes say by member is counted at most this often, ms. */
export const PROBES_COUNTED_MS = 200;
/** Services published of one member unless said: twice the largest federation we measure. */
export const MEMBER_SERVICES_MAX = 20_000;
/** What a member has too much of is told this often, ms. */
export const QUOTA_LOG_INTERVAL_MS = 60_000;
/** Services that the store does not take are left out, so many at once, and tried again after, ms. */
export const APART_LEFT_MAX = 16;
export const APART_RETRY_MS = 30_000;
/** A member is somewhere else so often within so long, ms: all names are planned anew each time. */
export const PLACE_CHANGES_MAX = 5;
export const PLACE_CHANGES_MS = 60_000;
/** A host name that was never resolved since our start holds up its record so long, ms. */
export const UNRESOLVED_PATIENCE_MS = 60_000;
/** Changes of the host's records are taken together, ms. */
export const HOST_RECORDS_SETTLE_MS = 50;
