/**
 * What a transport tells `respond` about a query, and what it hears back. One object for each
 * answering thread, reused for every query: nothing is allocated on the way.
 */

import { MESSAGE_OCTETS_MAX, UDP_OCTETS_WITHOUT_EDNS } from '../dns/limits.ts';
import type { RecordOrder } from './rotate.ts';

export type AnswerKind =
  | 'hit'
  | 'alias'
  | 'nodata'
  | 'nxdomain'
  | 'delegation'
  | 'refused'
  | 'error';

/** RFC 7873: what `serve` thinks of a cookie. */
export interface CookieReply {
  readonly kind: 'none' | 'valid' | 'invalid';
  /** Data of the COOKIE option to send (client + server part, no code or length); empty: none. */
  readonly option: Uint8Array;
}

/** Facts about the last reply: metrics, rate limits and the query log read them. */
export interface QueryReport {
  /** -1 when nothing was answered. */
  rcode: number;
  kind: AnswerKind;
  /** Index in `makeZones`' entries; -1 outside all of them. */
  zoneIndex: number;
  /** Asked type; 0 when no question could be read. */
  type: number;
  /**
   * Key of rate limits, wire form from `nameAt` on: the asked name, its cut, or the apex for
   * wildcards and negatives. Good until the next query is answered.
   */
  nameOctets: Uint8Array;
  nameAt: number;
  isTruncated: boolean;
  hasValidCookie: boolean;
  hasEdns: boolean;
  hasDo: boolean;
}

/** The root: what is reported where no name could be read. */
export const NO_NAME: Uint8Array = new Uint8Array(1);

export interface QueryContext {
  transport: 'udp' | 'tcp';
  /** Most octets of a UDP reply to EDNS askers. */
  udpOctetsMax: number;
  /** uint32 for the order of addresses; `serve` draws it anew for every query. */
  random: number;
  /** Over the rate: header, question and OPT with TC, nothing else. A real asker comes by TCP. */
  mustTruncate: boolean;
  /** The store has been out of reach for long: EDNS askers hear extended error 3. */
  isStale: boolean;
  order: RecordOrder;
  /** RFC 5001; empty: none. */
  nsid: Uint8Array;
  /** RFC 7828, hundreds of milliseconds; sent over TCP to those who sent the option. */
  tcpKeepaliveUnits: number;
  /** Gets the data of the asker's COOKIE option (8 or 16-40 octets). undefined: no cookies. */
  cookieReply: ((clientCookieOption: Uint8Array) => CookieReply) | undefined;
  readonly report: QueryReport;
}

export function makeQueryContext(transport: 'udp' | 'tcp', udpOctetsMax: number): QueryContext {
  return {
    transport,
    udpOctetsMax,
    random: 0,
    mustTruncate: false,
    isStale: false,
    order: 'rotate',
    nsid: new Uint8Array(0),
    tcpKeepaliveUnits: 0,
    cookieReply: undefined,
    report: {
      rcode: -1,
      kind: 'error',
      zoneIndex: -1,
      type: 0,
      nameOctets: NO_NAME,
      nameAt: 0,
      isTruncated: false,
      hasValidCookie: false,
      hasEdns: false,
      hasDo: false,
    },
  };
}

/** Most octets of a reply. `payload`: what the asker's OPT says, 0 without; below 512 means 512. */
export function octetsAllowed({ transport, udpOctetsMax }: QueryContext, payload: number): number {
  // RFC 6891 section 6.2.3.
  if (transport === 'tcp') return MESSAGE_OCTETS_MAX;
  return Math.max(Math.min(payload, udpOctetsMax), UDP_OCTETS_WITHOUT_EDNS);
}
