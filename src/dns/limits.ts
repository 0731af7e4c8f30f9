/** Bounds of the DNS itself, each from its RFC. Octets unless the name says otherwise. */

/** RFC 1035 section 2.3.4. */
export const LABEL_OCTETS_MAX = 63;
/** RFC 1035 section 2.3.4, the final zero octet included. */
export const NAME_OCTETS_MAX = 255;
/** Labels that fit into 255 octets, the root excluded. */
export const NAME_LABELS_MAX = 127;
/** RFC 1035 section 4.1.4 gives no limit; a name cannot hold more labels, so no more jumps. */
export const COMPRESSION_JUMPS_MAX = 127;
/** RFC 2181 section 8: a TTL is 31 bits. */
export const TTL_SECONDS_MAX = 0x7fffffff;
/** Our choice: records of services are served with at most a day; a larger wish is a mistake. */
export const SERVED_TTL_SECONDS_MAX = 86_400;
/** RFC 1035 section 4.2.1. */
export const UDP_OCTETS_WITHOUT_EDNS = 512;
/** Our choice, with DNS Flag Day 2020: passes every path MTU in use without fragments. */
export const UDP_OCTETS_DEFAULT = 1232;
/** Our choice, with RFC 6891 section 6.2.5: more over UDP is never worth its fragments. */
export const UDP_OCTETS_MAX = 4096;
/** RFC 1035 section 4.2.2: the length field has 16 bits. */
export const MESSAGE_OCTETS_MAX = 65535;
/** RFC 1035 section 3.3: RDLENGTH has 16 bits. */
export const RDATA_OCTETS_MAX = 65535;
