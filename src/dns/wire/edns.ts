/**
 * The OPT record, RFC 6891: found in a query (hot, result codes) and written into a reply.
 *
 *   00 | 00 29 | UDP size(2) | ext. rcode(1) version(1) DO+flags(2) | RDLEN(2) | {code len data}
 *
 * Options known: NSID (RFC 5001), COOKIE (7873), keepalive (7828), extended error (8914). All
 * others are ignored, RFC 6891 section 6.1.2.
 */

import { EdnsOption, RRType } from '../codes.ts';
import { readUint16 } from './header.ts';
import type { MessageWriter } from './writer.ts';

/** OPT without options. */
export const OPT_OCTETS = 11;
/** Code and length in front of each option. */
const OPTION_HEADER_OCTETS = 4;
export const DO_FLAG = 0x8000;
/** RFC 7873 section 4: 8 octets from a client, 8 + (8 to 32) when it echoes a server's. */
const COOKIE_CLIENT_OCTETS = 8;
const COOKIE_OCTETS_MIN = 16;
const COOKIE_OCTETS_MAX = 40;
const NO_OCTETS = new Uint8Array(0);

/** What a query's OPT says; one object for each thread, filled anew by every query. */
export class EdnsQuery {
  isPresent = false;
  version = 0;
  udpOctets = 0;
  hasDo = false;
  wantsNsid = false;
  wantsKeepalive = false;
  /** Offset of the cookie's data in the query; 0 without one. */
  cookieOffset = 0;
  cookieLength = 0;
  isCookieMalformed = false;

  reset(): void {
    this.isPresent = false;
    this.version = 0;
    this.udpOctets = 0;
    this.hasDo = false;
    this.wantsNsid = false;
    this.wantsKeepalive = false;
    this.cookieOffset = 0;
    this.cookieLength = 0;
    this.isCookieMalformed = false;
  }
}

/**
 * Reads the OPT whose type field is at `offset`; its RDATA is known to lie inside the message.
 * False when an option's length lies. Options of versions we do not know are not read.
 */
export function readOpt(message: Uint8Array, offset: number, into: EdnsQuery): boolean {
  into.isPresent = true;
  into.udpOctets = readUint16(message, offset + 2);
  into.version = message[offset + 5] as number;
  into.hasDo = (readUint16(message, offset + 6) & DO_FLAG) !== 0;
  if (into.version !== 0) return true;
  let at = offset + 10;
  const end = at + readUint16(message, offset + 8);
  while (at < end) {
    if (at + OPTION_HEADER_OCTETS > end) return false;
    const code = readUint16(message, at);
    const length = readUint16(message, at + 2);
    at += OPTION_HEADER_OCTETS;
    if (at + length > end) return false;
    if (code === EdnsOption.NSID) into.wantsNsid = true;
    else if (code === EdnsOption.KEEPALIVE) into.wantsKeepalive = true;
    else if (code === EdnsOption.COOKIE && into.cookieOffset === 0) {
      into.cookieOffset = at;
      into.cookieLength = length;
      into.isCookieMalformed =
        length !== COOKIE_CLIENT_OCTETS &&
        (length < COOKIE_OCTETS_MIN || length > COOKIE_OCTETS_MAX);
    }
    at += length;
  }
  return true;
}

/** What goes into a reply's OPT. */
export class EdnsReply {
  udpOctets = 0;
  /** Upper eight bits of the rcode. */
  extendedRcode = 0;
  hasDo = false;
  nsid: Uint8Array = NO_OCTETS;
  cookie: Uint8Array = NO_OCTETS;
  /** Hundreds of milliseconds; -1: no keepalive option. */
  keepaliveUnits = -1;
  /** INFO-CODE of an extended error; -1: none. */
  extendedError = -1;

  reset(): void {
    this.udpOctets = 0;
    this.extendedRcode = 0;
    this.hasDo = false;
    this.nsid = NO_OCTETS;
    this.cookie = NO_OCTETS;
    this.keepaliveUnits = -1;
    this.extendedError = -1;
  }

  /** Octets that `writeOpt` will write: kept back before any section is written. */
  octetCount(): number {
    return OPT_OCTETS + this.optionOctets();
  }

  optionOctets(): number {
    let octets = 0;
    if (this.nsid.length > 0) octets += OPTION_HEADER_OCTETS + this.nsid.length;
    if (this.cookie.length > 0) octets += OPTION_HEADER_OCTETS + this.cookie.length;
    if (this.keepaliveUnits >= 0) octets += OPTION_HEADER_OCTETS + 2;
    if (this.extendedError >= 0) octets += OPTION_HEADER_OCTETS + 2;
    return octets;
  }
}

export function writeOpt(writer: MessageWriter, reply: EdnsReply): void {
  if (!writer.fits(reply.octetCount())) return;
  writer.out[writer.offset++] = 0;
  writer.uint16(RRType.OPT);
  writer.uint16(reply.udpOctets);
  writer.uint16(reply.extendedRcode << 8);
  writer.uint16(reply.hasDo ? DO_FLAG : 0);
  writer.uint16(reply.optionOctets());
  if (reply.nsid.length > 0) writeOption(writer, EdnsOption.NSID, reply.nsid);
  if (reply.cookie.length > 0) writeOption(writer, EdnsOption.COOKIE, reply.cookie);
  if (reply.keepaliveUnits >= 0) {
    writer.uint16(EdnsOption.KEEPALIVE);
    writer.uint16(2);
    writer.uint16(reply.keepaliveUnits);
  }
  if (reply.extendedError >= 0) {
    writer.uint16(EdnsOption.EDE);
    writer.uint16(2);
    writer.uint16(reply.extendedError);
  }
}

function writeOption(writer: MessageWriter, code: number, data: Uint8Array): void {
  writer.uint16(code);
  writer.uint16(data.length);
  writer.copy(data, 0, data.length);
}
