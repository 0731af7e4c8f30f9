/** Bounds of the loops about DNS records and statuses of Services, each with its reason. */

/** Records whose status or DNSEndpoint is written at once. */
export const RECORD_WRITES_AT_ONCE = 8;
/** Until what is needed was read once, ms. */
export const UNREAD_RETRY_MS = 500;
/** A cluster that is only now being read is waited for so long: a start is no news of any record, ms. */
export const READ_PATIENCE_MS = 10_000;
/** All records are looked at again after, ms: whatever nobody told of is seen then. */
export const RECORD_RESYNC_MS = 60_000;
/** Host names looked up for one record: a cluster with more harms only its own. */
export const RECORD_HOSTS_MAX = 64;
/** Failures of host names of one kind are told this often, ms. */
export const HOST_LOG_MS = 10_000;
/** FederatedServices and their type are looked at again after, ms: nothing else tells of a new one. */
export const STATUS_SWEEP_MS = 10_000;
/** Whether a shard that is to leave has left is looked at again after this, ms. */
export const DEPARTURE_CHECK_MS = 500;
/** A changed status is in all answers after so long at most, ms: written, stored, served. */
export const DEPARTURE_MARGIN_MS = 3000;
/** A name that has no other cluster keeps its shard; the move goes on after so long, ms. */
export const DEPARTURE_PATIENCE_MS = 300_000;
/** A shard whose pods have gone comes back after, ms, where others' are ready behind its Service. */
export const DEPARTURE_LINGER_MS = 30_000;
/** Names of records are made and compared for no longer than this at a stretch, ms. */
export const CLAIMS_SLICE_MS = 10;
