/**
 * Fact: one readable entry of the tree, placed: the path of the name it answers at, and whether the
 * name above it answers, too. An object while its name is at work (packed-name.ts): what can be read
 * again from the stored value is not kept.
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
import { isPathAtOrBelow, nameOfPath, pathOfKey } from '../key.ts';
import { isOwnEntry } from '../own-leaf.ts';

export interface Fact {
  readonly key: string;
  /** As stored; `modRevision` and `leaseId` too. */
  readonly value: string;
  modRevision: number;
  readonly leaseId: string | undefined;
  /** Served TTL, lease and clamp included. */
  ttlSeconds: number;
  /** Labels that targetstrip takes off (7 bits), and Mark bits. */
  marks: number;
  /** Kept from the reading until its name is next said. */
  entry: SkydnsEntry | undefined;
}

/** Labels taken off: none where they would lead above the apex. */
const STRIP = 0x7f;
const Mark = {
  /** Answered one level up, too, while no entry sits at that name itself. */
  RAISED: 0x80,
  /** Its path is not its key. */
  FOLDED: 0x100,
  /** Written by FedNS, told by its leaf: looked at when first asked, for it costs a hash. */
  EXACT: 0x200,
  EXACT_KNOWN: 0x400,
} as const;

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

function readFact(
  place: FactPlace,
  at: { readonly key: string; readonly path: string; readonly leaseSeconds: number | undefined },
  stored: StoredValue,
): FactReading {
  const reading = readEntry(stored.value);
  if (reading.kind === 'skipped') return reading;
  const { entry } = reading;
  const { key, path, leaseSeconds } = at;
  const depth = depthBelow(place, path);
  const isRaised = entry.targetstrip === 0 && mayRaise(place, path, depth);
  const fact: Fact = {
    key,
    value: stored.value,
    modRevision: stored.modRevision,
    leaseId: stored.leaseId,
    ttlSeconds: servedTtl(entry, leaseSeconds),
    marks:
      (entry.targetstrip > depth ? 0 : entry.targetstrip) |
      (isRaised ? Mark.RAISED : 0) |
      (path === key ? 0 : Mark.FOLDED),
    entry,
  };
  return { kind: 'fact', fact };
}

/** A value that we fail to read harms only itself, too. */
export function readFactSafely(...from: Parameters<typeof readFact>): FactReading {
  try {
    return readFact(...from);
  } catch {
    return { kind: 'skipped', reason: 'fault' };
  }
}

/** The key itself, but for upper case in it. */
export function pathOf({ prefix }: FactPlace, { key, marks }: Fact): string {
  return (marks & Mark.FOLDED) === 0 ? key : (pathOfKey(prefix, key) ?? key);
}

export function isRaised({ marks }: Fact): boolean {
  return (marks & Mark.RAISED) !== 0;
}

/** Below `dns.ZONE`. */
export function isSpecial(place: FactPlace, fact: Fact): boolean {
  return isPathAtOrBelow(pathOf(place, fact), place.dnsPath);
}

/** How many labels of its key are none of the name it answers at. */
export function stripOf({ marks }: Fact): number {
  return marks & STRIP;
}

/** Whether it answers at the name of its own key. */
export function isAtOwnName(fact: Fact): boolean {
  return stripOf(fact) === 0;
}

/** The path of the name a fact answers at. */
export function basePathOf(place: FactPlace, fact: Fact): string {
  const path = pathOf(place, fact);
  return isAtOwnName(fact) ? path : path.slice(0, basePathEnd(place, fact));
}

/** How much of its own path that is. A path is as long as its key. */
function basePathEnd({ prefix }: FactPlace, { key, marks }: Fact): number {
  let end = key.length;
  for (let count = marks & STRIP; count > 0; count--) end = key.lastIndexOf('/', end - 1);
  return Math.max(prefix.length, end);
}

export function entryOf(fact: Fact): SkydnsEntry {
  if (fact.entry !== undefined) return fact.entry;
  const reading = readEntry(fact.value);
  if (reading.kind !== 'entry') throw new TypeError(`${fact.key}: read before, unreadable now`);
  return reading.entry;
}

/** As they answer; those that lie side by side share the name they answer at. */
export function answeringEntries(place: FactPlace, facts: readonly Fact[]): AnsweringEntry[] {
  let basePath: string | undefined;
  let base: DomainName = ROOT;
  return facts.map((fact) => {
    const end = basePathEnd(place, fact);
    const path = pathOf(place, fact);
    if (basePath?.length !== end || !path.startsWith(basePath)) {
      basePath = path.slice(0, end);
      base = nameOfPath(place.prefix, basePath);
    }
    const { key, ttlSeconds } = fact;
    const entry = entryOf(fact);
    if ((fact.marks & Mark.EXACT_KNOWN) === 0) {
      fact.marks |= Mark.EXACT_KNOWN | (isOwnEntry(key, entry, base) ? Mark.EXACT : 0);
    }
    return { key, entry, base, ttlSeconds, isExact: (fact.marks & Mark.EXACT) !== 0 };
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
