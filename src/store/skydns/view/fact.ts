/**
 * Fact: one readable entry of the tree, placed: the path of the name it answers at, and whether the
 * name above it answers, too. One object for each key lives as long as the key: what can be read
 * again from the stored value is not kept (175,000 keys took 171 MB with all of it, 85 without).
 */

import { type DomainName, ROOT } from '../../../dns/name.ts';
import {
  LEASE_TTL_MAX_SECONDS,
  LEASE_TTL_MIN_SECONDS,
  TTL_CLAMP_SECONDS,
  TTL_DEFAULT_SECONDS,
  TTL_MIN_SECONDS,
} from '../../limits.ts';
import type { StoredValue } from '../../record-store.ts';
import type { AnsweringEntry } from '../content.ts';
import { readEntry, type SkipReason, type SkydnsEntry } from '../entry.ts';
import { isPathAtOrBelow, nameOfPath, pathAbove, pathOfKey } from '../key.ts';
import { isOwnEntry } from '../own-leaf.ts';

export interface Fact {
  readonly key: string;
  /** As the store gave it; another of the same value takes its place. */
  stored: StoredValue;
  /** Served TTL, lease and clamp included. */
  ttlSeconds: number;
  /** Labels that targetstrip takes off: none where it would lead above the apex. */
  readonly strip: number;
  /** Answered one level up, too, while no entry sits at that name itself. */
  readonly isRaised: boolean;
  /** Kept from the reading until its name is next said. */
  entry: SkydnsEntry | undefined;
  /** Written by FedNS, told by its leaf; undefined: not looked at yet, for it costs a hash. */
  isExact: boolean | undefined;
}

export type FactReading =
  | { readonly kind: 'fact'; readonly fact: Fact }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** Where facts of one zone are read. */
export interface FactPlace {
  readonly prefix: string;
  readonly apexPath: string;
  /** Below `dns.ZONE` SkyDNS keeps what the zone says about itself. */
  readonly dnsPath: string;
}

export function readFact(
  place: FactPlace,
  at: { readonly key: string; readonly path: string; readonly leaseSeconds: number | undefined },
  stored: StoredValue,
): FactReading {
  const reading = readEntry(stored.value);
  if (reading.kind === 'skipped') return reading;
  const { entry } = reading;
  const { key, path, leaseSeconds } = at;
  const depth = depthBelow(place, path);
  const fact: Fact = {
    key,
    stored,
    ttlSeconds: servedTtl(entry, leaseSeconds),
    strip: entry.targetstrip > depth ? 0 : entry.targetstrip,
    isRaised: entry.targetstrip === 0 && mayRaise(place, path, depth),
    entry,
    isExact: undefined,
  };
  return { kind: 'fact', fact };
}

/** The path of the name a fact answers at. */
export function basePathOf(place: FactPlace, fact: Fact, path: string): string {
  let base = path;
  for (let count = fact.strip; count > 0; count--) base = pathAbove(place.prefix, base);
  return base;
}

export function pathOf({ prefix }: FactPlace, { key }: Fact): string {
  return pathOfKey(prefix, key) ?? key;
}

export function entryOf(fact: Fact): SkydnsEntry {
  if (fact.entry !== undefined) return fact.entry;
  const reading = readEntry(fact.stored.value);
  if (reading.kind !== 'entry') throw new TypeError(`${fact.key}: read before, unreadable now`);
  return reading.entry;
}

/** As they answer; those that lie side by side share the name they answer at. */
export function answeringEntries(place: FactPlace, facts: readonly Fact[]): AnsweringEntry[] {
  let basePath: string | undefined;
  let base: DomainName = ROOT;
  return facts.map((fact) => {
    const path = basePathOf(place, fact, pathOf(place, fact));
    if (path !== basePath) base = nameOfPath(place.prefix, path);
    basePath = path;
    const { key, ttlSeconds } = fact;
    const entry = entryOf(fact);
    fact.isExact ??= isOwnEntry(key, entry, base);
    return { key, entry, base, ttlSeconds, isExact: fact.isExact };
  });
}

/** CoreDNS plugin/etcd: TTL; with the clamp of issue 3 section 4. */
export function servedTtl(entry: SkydnsEntry, leaseSeconds: number | undefined): number {
  let ttl = entry.ttlSeconds === 0 ? TTL_DEFAULT_SECONDS : entry.ttlSeconds;
  if (leaseSeconds !== undefined) {
    const lease = clamp(leaseSeconds, LEASE_TTL_MIN_SECONDS, LEASE_TTL_MAX_SECONDS);
    ttl = entry.ttlSeconds === 0 ? lease : Math.min(lease, ttl);
  }
  return clamp(ttl, TTL_MIN_SECONDS, TTL_CLAMP_SECONDS);
}

/** Labels of a path below the apex. */
function depthBelow({ apexPath }: FactPlace, path: string): number {
  let depth = 0;
  for (let at = path.length; at > apexPath.length; at = path.lastIndexOf('/', at - 1)) depth++;
  return depth;
}

/** Not to the apex, nor from under `dns`, nor in reverse zones, nor for `*` and `_` labels. */
function mayRaise({ prefix, dnsPath }: FactPlace, path: string, depth: number): boolean {
  if (depth < 2) return false;
  const last = path.lastIndexOf('/') + 1;
  if (path[last] === '_' || (path[last] === '*' && last === path.length - 1)) return false;
  return !isPathAtOrBelow(path, dnsPath) && !isReversePath(prefix, path);
}

/** own-leaf.ts: isReverseName. */
function isReversePath(prefix: string, path: string): boolean {
  if (!path.startsWith('arpa/', prefix.length)) return false;
  const roots = [`${prefix}arpa/in-addr`, `${prefix}arpa/ip6`];
  return roots.some((root) => isPathAtOrBelow(path, root));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
