/**
 * Fallback rules: a name that holds nothing of its own aliases to the same labels one level up, if
 * that name exists. Applied like a wildcard, knowing nothing of what the names mean.
 *
 *   suffix fed.svc.east.example. -> parentSuffix fed.svc.example., labelCount 2:
 *   web.default.fed.svc.east.example. CNAME web.default.fed.svc.example.
 *
 * Promised: the same answers as if each of these CNAMEs were stored, empty non-terminals included.
 */

import { RRType } from '../../dns/codes.ts';
import type { FallbackRule } from '../../dns/fallback-rule.ts';
import { type DomainName, isAtOrBelow } from '../../dns/name.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { NameKey } from '../../dns/wire/name-key.ts';
import { encodeRRset, type ImageRRset } from '../content/image-rrset.ts';
import { findNode, type NodeTable } from '../content/node-table.ts';
import { CHAIN_LENGTH_MAX } from '../limits.ts';

/** The rules of one zone, ready to be put into images. */
export interface Fallbacks {
  readonly rules: readonly FallbackRule[];
  /** Rules by the suffix in which their chains end: while that exists, all their suffixes do. */
  readonly byRoot: ReadonlyMap<DomainName, readonly FallbackRule[]>;
  /** The largest `labelCount`; 0 without rules. */
  readonly labelsMax: number;
}

export const NO_FALLBACKS: Fallbacks = { rules: [], byRoot: new Map(), labelsMax: 0 };

/** Rules that reach out of the zone, or turn in circles, are left out. */
export function makeFallbacks(apex: DomainName, given: readonly FallbackRule[]): Fallbacks {
  const bySuffix = new Map<DomainName, FallbackRule>();
  for (const rule of given) {
    const isInside = isAtOrBelow(rule.suffix, apex) && isAtOrBelow(rule.parentSuffix, apex);
    if (isInside && rule.suffix !== apex && rule.labelCount > 0) bySuffix.set(rule.suffix, rule);
  }
  const byRoot = new Map<DomainName, FallbackRule[]>();
  const rules: FallbackRule[] = [];
  for (const rule of bySuffix.values()) {
    const root = rootOf(rule, bySuffix);
    if (root === undefined) continue;
    rules.push(rule);
    const group = byRoot.get(root);
    if (group === undefined) byRoot.set(root, [rule]);
    else group.push(rule);
  }
  const labelsMax = rules.reduce((most, rule) => Math.max(most, rule.labelCount), 0);
  return { rules, byRoot, labelsMax };
}

/** What a rule makes of a name. */
export type Synthesis =
  /** The CNAME that would be stored here. */
  | { readonly kind: 'alias'; readonly rrset: ImageRRset }
  /** An ancestor of such names. */
  | { readonly kind: 'empty' };

// One query at a time in a thread: reused, as everything on the way of a query.
const parentKey = new NameKey();

/** For a name that holds nothing of its own; undefined when no rule speaks for it. */
export function synthesize(
  table: NodeTable,
  labelsMax: number,
  key: NameKey,
): Synthesis | undefined {
  for (let count = 1; count <= labelsMax && count <= key.labelCount; count++) {
    const rule = findNode(table, key, count)?.fallback;
    if (rule === undefined) continue;
    if (rule.labelCount < count || !isAbove(table, key, { count, rule })) return undefined;
    if (count < rule.labelCount) return { kind: 'empty' };
    parentKey.setSuffixed(key, count, rule.parentSuffix);
    const rrset = encodeRRset({
      owner: rule.suffix,
      type: RRType.CNAME,
      ttlSeconds: rule.ttlSeconds,
      rdatas: [parentKey.toName() as string as Rdata],
    });
    return rrset && { kind: 'alias', rrset };
  }
  return undefined;
}

/** Whether the same labels exist under a suffix further up, stored or by its rule. */
function isAbove(
  table: NodeTable,
  key: NameKey,
  from: { readonly count: number; readonly rule: FallbackRule },
): boolean {
  let rule: FallbackRule | undefined = from.rule;
  for (let step = 0; step < CHAIN_LENGTH_MAX && rule !== undefined; step++) {
    if (!parentKey.setSuffixed(key, from.count, rule.parentSuffix)) return false;
    if (findNode(table, parentKey, 0) !== undefined) return true;
    rule = findNode(table, parentKey, from.count)?.fallback;
  }
  return false;
}

function rootOf(
  rule: FallbackRule,
  bySuffix: ReadonlyMap<DomainName, FallbackRule>,
): DomainName | undefined {
  let suffix = rule.parentSuffix;
  for (let step = 0; step < CHAIN_LENGTH_MAX; step++) {
    const next = bySuffix.get(suffix);
    if (next === undefined) return suffix;
    suffix = next.parentSuffix;
  }
  return undefined;
}
