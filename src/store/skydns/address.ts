/**
 * Host text -> address RDATA, by the reading of Go's net.ParseIP that CoreDNS uses: a v4-mapped
 * IPv6 address is an A record; an address with a scope (`fe80::1%eth0`) is no address.
 */

import { isIPv6 } from 'node:net';
import { RRType } from '../../dns/codes.ts';
import { ipv4Octets, makeAaaa } from '../../dns/rdata/index.ts';
import type { Rdata } from '../../dns/rrset.ts';

export interface AddressTarget {
  readonly kind: 'address';
  readonly type: number;
  readonly rdata: Rdata;
}

const V4_MAPPED = '\0\0\0\0\0\0\0\0\0\0\xff\xff';

export function addressOf(text: string): AddressTarget | undefined {
  const ipv4 = ipv4Octets(text);
  if (ipv4 !== undefined) return { kind: 'address', type: RRType.A, rdata: ipv4 as Rdata };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const rdata = makeAaaa(text);
  if (!rdata.startsWith(V4_MAPPED)) return { kind: 'address', type: RRType.AAAA, rdata };
  return { kind: 'address', type: RRType.A, rdata: rdata.slice(12) as Rdata };
}
