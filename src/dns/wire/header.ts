/**
 * The 12 octets in front of every message, RFC 1035 section 4.1.1. Replies get a header built
 * from nothing; only id, opcode and RD come from the query (RFC 8906: odd flags are ignored).
 *
 *   id | QR opcode(4) AA TC RD | RA Z AD CD rcode(4) | QDCOUNT | ANCOUNT | NSCOUNT | ARCOUNT
 */

export const HEADER_OCTETS = 12;

export const Flag = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
} as const;

/** Offsets of the four counts. */
export const CountOffset = { QUESTION: 4, ANSWER: 6, AUTHORITY: 8, ADDITIONAL: 10 } as const;

export function opcodeOf(flags: number): number {
  return (flags >> 11) & 0xf;
}

export function readUint16(octets: Uint8Array, offset: number): number {
  return ((octets[offset] as number) << 8) | (octets[offset + 1] as number);
}

export function readUint32(octets: Uint8Array, offset: number): number {
  return readUint16(octets, offset) * 0x10000 + readUint16(octets, offset + 2);
}

export function writeUint16(out: Uint8Array, offset: number, value: number): void {
  out[offset] = value >>> 8;
  out[offset + 1] = value;
}

export function writeUint32(out: Uint8Array, offset: number, value: number): void {
  out[offset] = value >>> 24;
  out[offset + 1] = value >>> 16;
  out[offset + 2] = value >>> 8;
  out[offset + 3] = value;
}
