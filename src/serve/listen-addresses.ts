/**
 * Which local addresses to bind: the configured list as it is, a wildcard as every local address,
 * followed as addresses come and go. A socket on 0.0.0.0 would answer from the wrong address.
 */

import { networkInterfaces } from 'node:os';
import type { BoundAddress } from './answering/udp.ts';
import { WILDCARD_ADDRESSES_MAX } from './limits.ts';

export interface ListenSpec {
  /** `*`: every local address; `0.0.0.0` and `::`: those of one family; else one literal. */
  readonly host: string;
  readonly port: number;
}

export type ListenWant =
  | {
      readonly kind: 'ok';
      /** Named ones must be bound; the others may fail and are tried again. */
      readonly named: readonly BoundAddress[];
      readonly wildcard: readonly BoundAddress[];
    }
  | { readonly kind: 'too-many'; readonly count: number; readonly max: number };

/** Literals first named; `local` defaults to what the system has now. */
export function wantedAddresses(
  specs: readonly ListenSpec[],
  local: readonly string[] = localAddresses(),
): ListenWant {
  const named = specs
    .filter((spec) => !isWildcard(spec.host))
    .map(({ host, port }) => ({ address: host, port }));
  const taken = new Set(named.map(keyOf));
  const wildcard = new Map<string, BoundAddress>();
  for (const { host, port } of specs.filter((spec) => isWildcard(spec.host))) {
    const fits = local.filter((address) => isOfFamily(address, host));
    if (fits.length > WILDCARD_ADDRESSES_MAX) {
      return { kind: 'too-many', count: fits.length, max: WILDCARD_ADDRESSES_MAX };
    }
    for (const address of fits) {
      const bound = { address, port };
      if (!taken.has(keyOf(bound))) wildcard.set(keyOf(bound), bound);
    }
  }
  return { kind: 'ok', named, wildcard: [...wildcard.values()] };
}

/** Every address of this machine; link-local IPv6 with its scope, without which it cannot be bound. */
function localAddresses(): string[] {
  const addresses: string[] = [];
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    for (const entry of entries ?? []) {
      const needsScope = entry.family === 'IPv6' && /^fe[89ab]/i.test(entry.address);
      addresses.push(needsScope ? `${entry.address}%${name}` : entry.address);
    }
  }
  return [...new Set(addresses)].sort();
}

export function keyOf(bound: BoundAddress): string {
  return bound.address.includes(':')
    ? `[${bound.address}]:${bound.port}`
    : `${bound.address}:${bound.port}`;
}

function isWildcard(host: string): boolean {
  return host === '*' || host === '0.0.0.0' || host === '::';
}

function isOfFamily(address: string, host: string): boolean {
  if (host === '*') return true;
  return address.includes(':') === (host === '::');
}
