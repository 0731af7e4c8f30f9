/** Bounds of one answering thread, each with its reason. */

/** Open TCP connections of all threads together; RFC 7766 section 6.2.2 leaves the number open. */
export const TCP_CONNECTIONS_MAX = 1024;
/** Of these, from one address. BIND without such a cap lets one client starve all others. */
export const TCP_CONNECTIONS_PER_ADDRESS_MAX = 128;
/** Idle time, ms. RFC 7766 section 6.2.3: a few seconds; CoreDNS reuses for 10 s. */
export const TCP_IDLE_MS = 12_000;
/** A message that stays half sent, ms. Knot cuts at 1 s; slow links need a little more. */
export const TCP_HALF_MESSAGE_MS = 3000;
/** Answers written but unread, octets: above it we stop reading that client. */
export const TCP_UNREAD_OCTETS_MAX = 256 * 1024;
/** A client that reads nothing at all is cut after this, ms. */
export const TCP_UNREAD_MS = 10_000;
/** How often connections are looked over for the limits above, ms. */
export const TCP_SWEEP_MS = 500;
/** Kernel receive buffer asked for, octets: a 100 ms stall at 10,000 q/s fits. */
export const UDP_RECEIVE_OCTETS = 4 * 1024 * 1024;
/** Answers the kernel has not taken yet, octets of a socket: what comes above it is dropped. */
export const UDP_UNSENT_OCTETS_MAX = 4 * 1024 * 1024;
/** Buckets of the response rate limit, shared by all threads. 16 octets each: 1 MiB. */
export const RATE_LIMIT_BUCKETS = 65_536;
/** One query in this many has its duration taken: the clock costs as much as a lookup. */
export const DURATION_SAMPLE_EVERY = 16;
/** One datagram in this many asks how its sending went, and is counted as so many. */
export const SEND_ERROR_SAMPLE_EVERY = 64;
/** Questions of why that wait for the main thread, and for how long, ms. */
export const WHY_WAITING_MAX = 64;
export const WHY_WAIT_MS = 2000;
/** Of them a second: each costs the main thread, which watches members too, up to a millisecond. */
export const WHY_A_SECOND_MAX = 100;
/** How late a thread's event loop was is told each second, over at most this time, ms. */
export const LOOP_DELAY_COVERS_MS = 10_000;
