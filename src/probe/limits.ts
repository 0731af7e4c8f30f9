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

/**
 * TCP probes a second by plan; when `periodMs` has no room for all targets the round takes longer.
 * A sixth of a core, as bench/README.md shows; HTTPS alone takes half of one.
 */
export const PROBES_PER_SECOND = 3000;
/** Never more than this: the rest is for those in doubt, and for catching up. */
export const PROBES_PER_SECOND_MAX = 4000;
/** TCP probes for which one of these is taken: what they cost, but for HTTPS, which is bounded apart. */
export const PROBE_WEIGHTS = { tcp: 1, http: 2, https: 6 } as const;
/** Started in one turn of the loop at most, whatever was missed: some 5 ms. */
export const PROBE_BURST_MAX = 100;
/** How often the prober looks who is due and who is overdue: 30 connects a look at full rate. */
export const PROBE_TICK_MS = 10;
/** A look later than this found our loop busy; the rest of the wait is not the targets' time. */
export const PROBE_STALL_MS = 50;
/** Share of a period by which the next probe comes sooner or later: dissolves herds. */
export const PROBE_JITTER = 0.05;
/** Turned down within this is "at once" to whoever suspects himself; a whole round at least. */
export const DOWN_WINDOW_MS = 30_000;
/** Read of an HTTP answer while its status is not known; an endless row of 1xx would keep us at it. */
export const PROBE_HEAD_OCTETS_MAX = 8192;
/** What the probing thread found is told this often, ms: a verdict takes seconds to be one. */
export const PROBE_NEWS_MS = 20;
/** And this often, ms, that it lives, with its counts. */
export const PROBE_PULSE_MS = 1000;
/** A thread that says nothing for so many looks in a row, a second each, hangs: it is replaced. */
export const PROBE_SILENT_LOOKS_MAX = 30;
/** A dead probing thread is replaced after this, ms, doubled up to the next on repeats. */
export const PROBE_RESTART_MS = 500;
export const PROBE_RESTART_MAX_MS = 60_000;
/** Targets handed to the thread at one go, some 5 ms: a new thread gets them all. */
export const PROBE_ORDERS_MAX = 2000;
/** Over which probes in time and late ones are compared, ms. */
export const PROBE_TROUBLE_MS = 30_000;
/** Late above this share of them: the rounds are not kept. Our choice. */
export const PROBE_LATE_SHARE = 0.25;
/** Young generation of the probing thread's heap, MB: a socket must be dead before it looks old. */
export const PROBE_YOUNG_GENERATION_MB = 24;
