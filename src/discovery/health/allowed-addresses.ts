/**
 * Which addresses a member may speak of. A member that lies (or is taken over) could send clients
 * to loopback, to link-local metadata services or to others' machines: what is not allowed is
 * neither probed nor published.
 */

import ipaddr from 'ipaddr.js';

/** Means the asker's own machine or network, never a service: refused unless a list names it. */
const NEVER_A_SERVICE = new Set(['loopback', 'linkLocal', 'unspecified', 'multicast', 'broadcast']);

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
    if (parsed.length === 0) return !NEVER_A_SERVICE.has(address.range());
    return parsed.some((network) => network[0].kind() === address.kind() && address.match(network));
  };
  return { networks, allows };
}
