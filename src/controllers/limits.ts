/** Bounds of the control plane's loops, each with its reason. */

export { SYSTEM_NAMESPACES } from '../federation/federated-types/federated-namespace.ts';

/** One request about a copy, ms: KubeFed's limit for all copies of an object. */
export const COPY_TIMEOUT_MS = 30_000;
/** Copies of one type written at once in one member: its pace, not its latency, is to be the limit. */
export const COPY_WRITES_AT_ONCE = 8;
/** Objects of one type whose status, versions and finalizers are written at once. */
export const HOST_WRITES_AT_ONCE = 16;
/** Waits after failures (KubeFed's), ms. */
export const RETRY_MIN_MS = 5000;
export const RETRY_MAX_MS = 60_000;
/** A write that met another's is tried again after, ms. */
export const CONFLICT_RETRY_MS = 1000;
/** An object's status waits so long for copies under way; then it says that they take too long, ms. */
export const STATUS_PATIENCE_MS = 30_000;
/** Requests a second to one member, and to the host (KubeFed's own), with their bursts. */
export const MEMBER_PACE = { perSecond: 20, burst: 30 } as const;
export const HOST_PACE = { perSecond: 100, burst: 200 } as const;
/** A probe that found nothing new is told after so long all the same, ms. */
export const PROBE_TOLD_MS = 60_000;
/** Nodes and version of a cluster are read again after, ms: they change with upgrades. */
export const PLACE_PERIOD_MS = 300_000;
/** The same of a cluster without a region or zones: somebody is perhaps labelling its nodes now. */
export const PLACELESS_PERIOD_MS = 15_000;
/** Nodes of one page. */
export const NODES_PAGE = 500;
/** The Lease of the leader: KubeFed's name for its lock. */
export const LOCK_NAME = 'kubefed-controller-manager';
/** Settings that may have changed are looked at by the leader after, ms. */
export const SETTINGS_CHECK_MS = 10_000;
/** A host that is away, or settings that are wrong, are looked at again after, ms. */
export const SETTINGS_RETRY_MS = 5000;
/** The same trouble is told this often, ms. */
export const TROUBLE_LOG_MS = 60_000;
/**
 * Watches of copies in members: there are a thousand in a federation of 100, and each one begun costs a
 * request (all begun anew every 30 to 45 s: 10 % of a core at rest; bench/README.md). Client-go's times;
 * silence is that of two bookmarks missed. What answers are made of is watched as everywhere else.
 */
export const MEMBER_WATCHES = {
  watchSecondsMin: 300,
  watchSecondsMax: 600,
  watchSilenceMs: 150_000,
} as const;
/** Copies of one type in one member that went lately, remembered. */
export const GONE_COPIES_MAX = 1000;
/** Texts of copies held once for all members: two for each object of a federation of thousands. */
export const SHARED_TEXTS = 20_000;
/** Removals that nobody asked for wait until no further one has come for so long, ms... */
export const REMOVAL_SETTLE_MS = 2000;
/** ...but no longer than this. */
export const REMOVAL_SETTLE_MAX_MS = 10_000;
/** What went so long ago is no part of what goes now, ms. */
export const REMOVAL_WINDOW_MS = 60_000;
/** Objects of a type that are looked at in a namespace that is to go. */
export const LEFTOVERS_PAGE = 100;
/** A namespace that waits for our own copies in it is looked at again after, ms. */
export const NAMESPACE_RETRY_MS = 3000;
/** Tombstones worked off at once, over all members. */
export const TOMBSTONES_AT_ONCE = 8;
/** A deletion waits so long for members that cannot be reached, ms; an annotation says otherwise. */
export const DELETION_PATIENCE_MS = 300_000;
/** A deletion that is not done is looked at again after, ms: its time may be over. */
export const DELETION_CHECK_MS = 5000;
/** Pods of one page. */
export const PODS_PAGE = 500;
/** A pod that no node took for so long counts against its cluster's capacity (KubeFed's value), ms. */
export const UNSCHEDULABLE_AFTER_MS = 60_000;
/** A preference whose pods may yet become unschedulable is looked at again after, ms. */
export const UNSCHEDULABLE_CHECK_MS = 10_000;
/** Addresses of a member that cannot be reached: so many are asked, each for so long, ms. */
export const ADDRESSES_ASKED = 8;
export const ADDRESS_ASK_MS = 2000;
/** Both signs of life lost for so long, a member's workloads run elsewhere, ms. */
export const WORKLOAD_GRACE_MS = 60_000;
/** Ready again for so long, it gets them back, ms. */
export const RETURN_AFTER_MS = 120_000;
/** Above this share of clusters lost at once nothing moves (the records' rule). */
export const SUSPECT_SHARE = 0.7;
/** Preferences that are planned at once; each asks members for pods. */
export const PREFERENCES_AT_ONCE = 4;
/** Changes of a workload's status are taken together, ms. */
export const WORKLOAD_SETTLE_MS = 500;
/** Workloads wait so long until it is known whether an autoscaler has their replicas, ms. */
export const AUTOSCALERS_PATIENCE_MS = 30_000;
/** Objects that clusters share, planned at once: each is a write in the host. */
export const SHARES_AT_ONCE = 4;
/** The token of a member is looked at this often, ms: it lives for days. */
export const TOKEN_CHECK_MS = 300_000;
/** Events about one host's objects: of each kind that people write, more than they read, and few for its etcd. */
export const HOST_EVENTS_A_MINUTE_MAX = 300;
