/**
 * Fact: one readable entry of the tree, placed: the name it answers at, and the name above that
 * it may answer at as well. One object per key lives as long as the key; keep it small.
 */

import {
  childName,
  type DomainName,
  isAtOrBelow,
  labelCount,
  parentName,
  stripLabels,
} from '../../dns/name.ts';
import {
  LEASE_TTL_MAX_SECONDS,
  LEASE_TTL_MIN_SECONDS,
  TTL_CLAMP_SECONDS,
  TTL_DEFAULT_SECONDS,
  TTL_MIN_SECONDS,
} from '../limits.ts';
import type { StoredValue } from '../record-store.ts';
import type { AnsweringEntry } from './content.ts';
import { readEntry, type SkipReason, type SkydnsEntry } from './entry.ts';
import { isOwnEntry, isReverseName } from './own-leaf.ts';

export interface Fact extends AnsweringEntry {
  /** The name of the key itself. */
  readonly name: DomainName;
  /** One level up: answered there too while no entry sits at that name itself. */
  readonly above: DomainName | undefined;
  readonly modRevision: number;
  readonly createRevision: number;
  readonly leaseId: string | undefined;
  ttlSeconds: number;
}

export type FactReading =
  | { readonly kind: 'fact'; readonly fact: Fact }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

export interface FactPlace {
  readonly key: string;
  readonly name: DomainName;
  readonly apex: DomainName;
  /** What the lease has left, once it was asked. */
  readonly leaseSeconds: number | undefined;
}

export function readFact(place: FactPlace, stored: StoredValue): FactReading {
  const reading = readEntry(stored.value);
  if (reading.kind === 'skipped') return reading;
  const { entry } = reading;
  const { key, name, apex, leaseSeconds } = place;
  const base = baseOf(name, apex, entry.targetstrip);
  const fact: Fact = {
    key,
    name,
    base,
    above: entry.targetstrip === 0 ? nameAbove(name, apex) : undefined,
    entry,
    isExact: isOwnEntry(key, entry, base),
    ttlSeconds: servedTtl(entry, leaseSeconds),
    modRevision: stored.modRevision,
    createRevision: stored.createRevision,
    leaseId: stored.leaseId,
  };
  return { kind: 'fact', fact };
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

/** `dns.ZONE`: below it SkyDNS keeps what the zone says about itself. */
export function dnsNameOf(apex: DomainName): DomainName {
  return childName('dns', apex);
}

/** A targetstrip that leads above the apex is ignored. */
function baseOf(name: DomainName, apex: DomainName, targetstrip: number): DomainName {
  if (targetstrip === 0) return name;
  return labelCount(name) - targetstrip < labelCount(apex) ? name : stripLabels(name, targetstrip);
}

function nameAbove(name: DomainName, apex: DomainName): DomainName | undefined {
  const parent = parentName(name);
  if (parent === undefined || name === apex || parent === apex) return undefined;
  const firstOctet = name[1];
  const isSpecial = firstOctet === '_' || name.startsWith('\u0001*');
  if (isSpecial || isReverseName(name) || isAtOrBelow(name, dnsNameOf(apex))) return undefined;
  return parent;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
