/**
 * The leaf label of the entries that FedNS writes: a hash of writer and record, so that equal
 * records of two writers rest side by side, and a reader can tell our entries from a stranger's
 * that bears the same `owner` (ExternalDNS, --coredns-strictly-owned).
 *
 *   /skydns/example/web/5f0c3a9be2d41876   {"host":"192.0.2.1","ttl":180,"targetstrip":1,"owner":W}
 */

import { hash } from 'node:crypto';
import { RRType } from '../../dns/codes.ts';
import { type DomainName, isAtOrBelow, parseName } from '../../dns/name.ts';
import { makeCname, makeMx, makePtr, makeSrv, makeTxt } from '../../dns/rdata/index.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { Recent } from '../../runtime/tables/recent.ts';
import { cutText } from './content.ts';
import { octetsOfText, type SkydnsEntry } from './entry.ts';

/** One record, or the statement that a name exists and holds nothing. */
export interface OwnRecord {
  readonly type: number;
  /** undefined: NODATA, with type 0. */
  readonly rdata: Rdata | undefined;
}

const ARPA = parseName('arpa.');
const IN_ADDR = parseName('in-addr.arpa.');
const IP6 = parseName('ip6.arpa.');
/** 64 bits: never the 8 digits of ExternalDNS, and no collisions within one name. */
export const LEAF_LENGTH = 16;

/** The same at every name of a service, and asked for as it is written and as it comes back. */
const recent = new Recent<string>(4096);
const RECENT_OCTETS_MAX = 512;

export function leafOf(writer: string, { type, rdata }: OwnRecord): string {
  const octets = `${octetsOfText(writer)}\0${type}\0${rdata ?? ''}`;
  return octets.length > RECENT_OCTETS_MAX ? leafAnew(octets) : recent.of(octets, leafAnew);
}

function leafAnew(octets: string): string {
  return hash('sha256', Buffer.from(octets, 'latin1'), 'hex').slice(0, LEAF_LENGTH);
}

/** Whether FedNS wrote this entry: its leaf says what its content says. */
export function isOwnEntry(key: string, entry: SkydnsEntry, base: DomainName): boolean {
  if (entry.owner === '' || entry.targetstrip !== 1) return false;
  const leaf = key.slice(key.lastIndexOf('/') + 1);
  if (leaf.length !== LEAF_LENGTH) return false;
  if (isReverseName(base)) return leaf === leafOf(entry.owner, recordOf(entry, true));
  entry.ownLeaf ??= leafOf(entry.owner, recordOf(entry, false));
  return leaf === entry.ownLeaf;
}

/** Where names mean PTR. */
export function isReverseName(name: DomainName): boolean {
  if (!name.endsWith(ARPA)) return false;
  return isAtOrBelow(name, IN_ADDR) || isAtOrBelow(name, IP6);
}

/** The one record that an entry of ours says. */
export function recordOf(entry: SkydnsEntry, isReverse: boolean): OwnRecord {
  const { target, text, port, priority = 0, weight = 0 } = entry;
  if (target?.kind === 'address') return { type: target.type, rdata: target.rdata };
  if (target?.kind === 'record') return { type: target.type, rdata: target.rdata };
  if (target?.kind === 'name') {
    const { name } = target;
    if (entry.mail) {
      return { type: RRType.MX, rdata: makeMx({ preference: priority, exchange: name }) };
    }
    if (port !== undefined) {
      const rdata = makeSrv({ priority, weight, port: Math.max(0, port), target: name });
      return { type: RRType.SRV, rdata };
    }
    if (isReverse) return { type: RRType.PTR, rdata: makePtr(name) };
    return { type: RRType.CNAME, rdata: makeCname(name) };
  }
  if (text !== undefined) {
    return { type: RRType.TXT, rdata: makeTxt(entry.strings ?? cutText(text)) };
  }
  return { type: 0, rdata: undefined };
}
