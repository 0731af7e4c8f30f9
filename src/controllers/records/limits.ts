/** Bounds of the loops about DNS records and statuses of Services, each with its reason. */

/** Records whose status or DNSEndpoint is written at once. */
export const RECORD_WRITES_AT_ONCE = 8;
/** Until what is needed was read once, ms. */
export const UNREAD_RETRY_MS = 500;
/** A cluster that is only now being read is waited for so long: a start is no news of any record, ms. */
export const READ_PATIENCE_MS = 10_000;
/** Region and zones of a cluster move without a word to us: records are looked at again after, ms. */
export const RECORD_RESYNC_MS = 60_000;
/** Host names looked up for one record: a cluster with more harms only its own. */
export const RECORD_HOSTS_MAX = 64;
/** Failures of host names of one kind are told this often, ms. */
export const HOST_LOG_MS = 10_000;
/** FederatedServices and their type are looked at again after, ms: nothing else tells of a new one. */
export const STATUS_SWEEP_MS = 10_000;
