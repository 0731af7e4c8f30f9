/** Bounds of lookup and answer, each with its reason. */

/** Issue contract: CNAMEs followed in one answer; the ladder needs three. */
export const CHAIN_LENGTH_MAX = 16;
/** Our choice: targets looked up for optional additional data, so that a large MX set costs us
 * no more than a small one. Required glue is not bounded by this. */
export const ADDITIONAL_TARGETS_MAX = 16;
/** Nodes of one bucket of the node table: looked through one by one, and copied by a change. */
export const BUCKET_NODES_MAX = 24;
/** Directory of 2^20 buckets: 16 M names; past it buckets grow instead. */
export const DIRECTORY_DEPTH_MAX = 20;
/** RFC 2308 section 5 leaves the minimum open; our choice against negative storms (TsuNAME). */
export const NEGATIVE_TTL_SECONDS_MIN = 5;
/** What a reply of 64 KB spends beside the records of its one RRset: header, longest question,
 * OPT with NSID, cookie, keepalive, extended error. */
export const REPLY_OVERHEAD_OCTETS = 12 + 255 + 4 + 256;
/** Names looked over for one question with `*` or `any`: a few ms. Larger zones answer NODATA. */
export const QUERY_WILDCARD_NODES_MAX = 20_000;
/** Memory of an image that holds next to nothing. */
export const IMAGE_OCTETS_FIRST = 64 * 1024;
/** All images of a process: some 15 million names. Reserved as addresses, taken as needed. */
export const IMAGE_OCTETS_MAX = 4 * 2 ** 30;
/** RRsets made for one answer: 64 KB of records of different lengths, and a chain of aliases. */
export const SCRATCH_OCTETS = 128 * 1024;
