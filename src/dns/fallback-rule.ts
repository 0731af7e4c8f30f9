/**
 * FallbackRule: names that hold nothing of their own alias to the same labels one level up, where
 * that name exists. Discovery computes rules, the store carries them as one value beside the
 * records, the image applies them like a wildcard. Our choice: most names of a ladder are such
 * aliases, and one rule says them all.
 *
 *   suffix fed.svc.east.example. -> parentSuffix fed.svc.example., labelCount 2:
 *   web.default.fed.svc.east.example. CNAME web.default.fed.svc.example.
 */

import { RRType } from './codes.ts';
import { compareNames, type DomainName, isAtOrBelow, labelCount } from './name.ts';
import { makeCname } from './rdata/index.ts';
import { makeRRset, type RRset } from './rrset.ts';
import type { OwnerMap } from './rrset-change.ts';

export interface FallbackRule {
  readonly suffix: DomainName;
  readonly parentSuffix: DomainName;
  /** Labels in front of the suffix. */
  readonly labelCount: number;
  readonly ttlSeconds: number;
}

/** What is stored, with every alias that the rules stand for written out. For people and diffs. */
export function expandFallbacks(owners: OwnerMap, rules: readonly FallbackRule[]): OwnerMap {
  const bySuffix = new Map(rules.map((rule) => [rule.suffix, rule]));
  const expanded = new Map<DomainName, readonly RRset[]>(owners);
  for (const rule of rules) {
    const root = rootOf(rule, bySuffix);
    const wantedLabels = labelCount(root) + rule.labelCount;
    for (const owner of owners.keys()) {
      if (!isAtOrBelow(owner, root) || labelCount(owner) !== wantedLabels) continue;
      const labels = owner.slice(0, owner.length - root.length);
      const name = (labels + rule.suffix) as DomainName;
      if (owners.has(name)) continue;
      const rdata = makeCname((labels + rule.parentSuffix) as DomainName);
      const { ttlSeconds } = rule;
      expanded.set(name, [makeRRset(name, RRType.CNAME, { ttlSeconds, rdatas: [rdata] })]);
    }
  }
  return expanded;
}

/** In the order of their suffixes: equal rules are equal values. */
export function sortedRules(rules: readonly FallbackRule[]): readonly FallbackRule[] {
  return [...rules].sort((left, right) => compareNames(left.suffix, right.suffix));
}

/** The suffix where a rule's chain ends; bounded by the count of rules. */
function rootOf(rule: FallbackRule, bySuffix: ReadonlyMap<DomainName, FallbackRule>): DomainName {
  let at = rule.parentSuffix;
  for (let steps = 0; steps < bySuffix.size; steps++) {
    const next = bySuffix.get(at);
    if (next === undefined) break;
    at = next.parentSuffix;
  }
  return at;
}
