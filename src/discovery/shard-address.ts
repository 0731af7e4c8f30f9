/**
 * Text of an address, from people or from resolvers, -> the one form in which it is published.
 * A v4-mapped IPv6 address is the IPv4 one, as every reader of `/skydns` has it (Go's
 * net.ParseIP); one with a scope (`fe80::1%eth0`) means nothing elsewhere and is none.
 */

import { InputError } from '../dns/errors.ts';
import { makeA, makeAaaa, readAaaa } from '../dns/rdata/index.ts';

const V4_MAPPED = '::ffff:';

export interface ShardAddress {
  readonly family: 'ipv4' | 'ipv6';
  readonly text: string;
}

/** undefined: no address that a record could hold. */
export function shardAddress(text: string): ShardAddress | undefined {
  try {
    if (!text.includes(':')) {
      makeA(text);
      return { family: 'ipv4', text };
    }
    const canonical = readAaaa(makeAaaa(text));
    const isMapped = canonical.startsWith(V4_MAPPED) && canonical.includes('.');
    return isMapped
      ? { family: 'ipv4', text: canonical.slice(V4_MAPPED.length) }
      : { family: 'ipv6', text: canonical };
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
