/**
 * Which addresses a member may speak of. A member that lies (or is taken over) could send clients
 * to loopback, to link-local metadata services or to others' machines: what is not allowed is
 * neither probed nor published.
 */

import ipaddr from 'ipaddr.js';

/** Means the asker's own machine or network, never a service: refused unless a list names it. */
const NEVER_A_SERVICE = new Set(['loopback', 'linkLocal', 'unspecified', 'multicast', 'broadcast']);

/** Likewise: class E, and metadata services of clouds that are not link-local. */
const NEVER_NETWORKS = [
  '240.0.0.0/4',
  '100.100.100.200/32',
  '192.0.0.192/32',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
].map((network) => ipaddr.parseCIDR(network));

/**
 * IPv6 networks whose addresses stand for an IPv4 address, and where its two words are:
 * RFC 4291 sections 2.5.5.1 and 2.5.5.2, RFC 6145, RFC 6052, RFC 3056; RFC 4380 (each bit turned
 * round).
 */
const EMBEDDING = [
  { network: '::/96', firstWord: 6, mask: 0 },
  { network: '::ffff:0:0/96', firstWord: 6, mask: 0 },
  { network: '::ffff:0:0:0/96', firstWord: 6, mask: 0 },
  { network: '64:ff9b::/96', firstWord: 6, mask: 0 },
  { network: '2002::/16', firstWord: 1, mask: 0 },
  { network: '2001::/32', firstWord: 6, mask: 0xffff },
].map((one) => ({ ...one, network: ipaddr.parseCIDR(one.network) }));

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

export interface AllowedAddresses {
  /** Networks in CIDR form; empty: all but those above. */
  readonly networks: readonly string[];
  allows(address: string): boolean;
}

/** Throws for text that is no network: checked where it was configured. */
export function allowedAddresses(networks: readonly string[]): AllowedAddresses {
  const parsed = networks.map((network) => ipaddr.parseCIDR(network));
  const allows = (text: string): boolean => {
    const address = ipaddr.parse(text);
    if (parsed.length === 0) return isPerhapsAService(address);
    return parsed.some((network) => isIn(address, network));
  };
  return { networks, allows };
}

function isPerhapsAService(address: Address): boolean {
  if (NEVER_A_SERVICE.has(address.range())) return false;
  if (NEVER_NETWORKS.some((network) => isIn(address, network))) return false;
  const inner = embeddedIPv4(address);
  return inner === undefined || isPerhapsAService(inner);
}

function embeddedIPv4(address: Address): Address | undefined {
  if (!('parts' in address)) return undefined;
  const { parts } = address;
  const found = EMBEDDING.find(({ network }) => isIn(address, network));
  if (found === undefined) return undefined;
  const words = [parts[found.firstWord] ?? 0, parts[found.firstWord + 1] ?? 0];
  return new ipaddr.IPv4(
    words.flatMap((word) => [(word ^ found.mask) >> 8, (word ^ found.mask) & 0xff]),
  );
}

function isIn(address: Address, network: Network): boolean {
  return address.kind() === network[0].kind() && address.match(network);
}
