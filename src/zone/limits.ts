/** Bounds of lookup and answer, each with its reason. */

/** Issue contract: CNAMEs followed in one answer; the ladder needs three. */
export const CHAIN_LENGTH_MAX = 16;
/** Our choice: targets looked up for optional additional data, so that a large MX set costs us
 * no more than a small one. Required glue is not bounded by this. */
export const ADDITIONAL_TARGETS_MAX = 16;
/** Nodes of one bucket of the node table: an applied change copies this many (about 1 us). */
export const BUCKET_NODES_MAX = 64;
/** Directory of 2^20 buckets: 64 M names; past it buckets grow instead. */
export const DIRECTORY_DEPTH_MAX = 20;
/** RFC 2308 section 5 leaves the minimum open; our choice against negative storms (TsuNAME). */
export const NEGATIVE_TTL_SECONDS_MIN = 5;
/** What a reply of 64 KB spends beside the records of its one RRset: header, longest question,
 * OPT with NSID, cookie, keepalive, extended error. */
export const REPLY_OVERHEAD_OCTETS = 12 + 255 + 4 + 256;
/** Names looked over for one question with `*` or `any`: a few ms. Larger zones answer NODATA. */
export const QUERY_WILDCARD_NODES_MAX = 20_000;
