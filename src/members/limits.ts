/** Bounds of watching members, each with its reason. */

/** How often a member's API is asked whether it is there, ms: three failures are seen within 10 s. */
export const API_PROBE_PERIOD_MS = 2000;
export const API_PROBE_TIMEOUT_MS = 1000;
/** Failures in a row that make a member lost; successes in a row that make it fresh again. */
export const API_PROBE_FALL = 3;
export const API_PROBE_RISE = 2;
/** A watch that has said nothing for so long shows nothing fresh, whatever the probe says, ms. */
export const WATCH_SILENCE_MS = 60_000;
/** An optional API (a CRD) may be installed later: looked for so often, ms. */
export const OPTIONAL_API_PERIOD_MS = 60_000;
/** The same where it is not known whether it is there, ms. */
export const OPTIONAL_API_RETRY_MS = 5000;
/** A first start waits this long for the nodes' labels of a member that says the rest, ms. */
export const NODES_PATIENCE_MS = 5000;
/** What is applied together (an object, its Secret, a status) is taken together, ms. */
export const HOST_SETTLE_MS = 200;
/**
 * Whether a federation is of all namespaces is asked again after this, where it is not known, ms: Helm
 * makes what says it after the servers.
 */
export const HOST_SCOPE_RETRY_MS = 2000;
/** A person who asks once waits this long for a host, ms. */
export const HOST_ANSWER_MS = 10_000;
/** KubeFedClusters, and Secrets with a token beside them; KubeFed's own limits are far lower. */
export const HOST_OBJECTS_MAX = 10_000;
/** Objects of one kind taken from one member: 100 k bogus Services stop here. */
export const MEMBER_OBJECTS_MAX = 200_000;
/** A time-out that comes later than this, ms, says that our own thread stood still. */
export const OWN_STALL_MS = 200;
/** Events written to one cluster: a broken fleet fills nobody's etcd. */
export const EVENTS_A_MINUTE_MAX = 20;
export const EVENT_TIMEOUT_MS = 5000;
/** The same is said again after this, ms: Events live for an hour by default. */
export const EVENT_AGAIN_MS = 3_600_000;
export const EVENT_KEYS_MAX = 2000;
/** After a refusal (most accounts may not) nothing is tried for so long, ms. */
export const EVENT_REFUSED_REST_MS = 600_000;
/** A condition that another took away is written again after so long, ms: KubeFed writes each 10 s. */
export const CONDITION_CHECK_MS = 300_000;
export const CONDITION_TIMEOUT_MS = 5000;
/** Written by another between our reading and our writing: once more after, ms. */
export const CONDITION_AGAIN_MS = 1000;
/** After a refusal (the role is optional), or where the host is away, nothing is tried for, ms. */
export const CONDITION_REFUSED_REST_MS = 60_000;
/**
 * Names of nodes of one member kept once each, also of nodes that are gone; the largest clusters have
 * some 15,000 at a time. Further ones rest with each slice that names them.
 */
export const NODE_NAMES_MAX = 100_000;
/** What Ingresses and routes of one member name (hosts, Services, Gateways), held together. */
export const MEMBER_HOST_LINKS_MAX = 500_000;
/** Service keys, lately seen, of which one copy is held for all members. */
export const SHARED_KEYS_MAX = 100_000;
