/** Code numbers of the DNS, from the IANA registries: the single source for every folder. */

/** RR types (IANA "Resource Record (RR) TYPEs"). Unlisted ones are legal: RFC 3597. */
export const RRType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  CAA: 257,
} as const;

/** DNS classes. Only IN is served. */
export const RRClass = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

export const Opcode = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const;

/** RCODEs; those above 15 need EDNS (RFC 6891 section 6.1.3). */
export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  NOTAUTH: 9,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

/** EDNS option codes. */
export const EdnsOption = { NSID: 3, COOKIE: 10, KEEPALIVE: 11, PADDING: 12, EDE: 15 } as const;

/** Extended DNS error INFO-CODEs, RFC 8914 section 4. */
export const ExtendedError = {
  OTHER: 0,
  STALE_ANSWER: 3,
  NOT_READY: 14,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
} as const;

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(RRType).map(([name, code]) => [code, name]),
);
const TYPE_CODES: ReadonlyMap<string, number> = new Map(Object.entries(RRType));

/** Mnemonic of a type, or `TYPE65280` (RFC 3597 section 5). */
export function formatType(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`;
}

/** Type of a mnemonic or `TYPEnnn`, any case; undefined when it is neither. */
export function parseType(text: string): number | undefined {
  const upper = text.toUpperCase();
  const known = TYPE_CODES.get(upper);
  if (known !== undefined) return known;
  const digits = /^TYPE([0-9]{1,5})$/.exec(upper)?.[1];
  return digits !== undefined && Number(digits) <= 0xffff ? Number(digits) : undefined;
}

const RCODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Rcode).map(([name, code]) => [code, name]),
);

export function formatRcode(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`;
}
