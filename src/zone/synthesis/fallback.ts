/**
 * Fallback rules: a name that holds nothing of its own aliases to the same labels one level up, if
 * that name exists. Applied like a wildcard, knowing nothing of what the names mean.
 *
 *   suffix fed.svc.east.example. -> parentSuffix fed.svc.example., labelCount 2:
 *   web.default.fed.svc.east.example. CNAME web.default.fed.svc.example.
 *
 * Promised: the same answers as if each of these CNAMEs were stored, empty non-terminals included.
 *
 * A rule in the image: labelCount | TTL | parent suffix in wire form.
 */

import { RRType } from '../../dns/codes.ts';
import type { FallbackRule } from '../../dns/fallback-rule.ts';
import { type DomainName, isAtOrBelow } from '../../dns/name.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { NameKey } from '../../dns/wire/name-key.ts';
import type { AnswerScratch } from '../content/answer-scratch.ts';
import type { BlockSpace } from '../content/block-space.ts';
import { fallbackOf } from '../content/flat-node.ts';
import { planRRset } from '../content/flat-rrset.ts';
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

const HEAD_WORDS = 2;

/** Puts the rules into the image's memory; gives their refs by suffix. */
export function writeRules(
  space: BlockSpace,
  edit: number,
  { rules }: Fallbacks,
): Map<DomainName, number> {
  const refs = new Map<DomainName, number>();
  for (const { suffix, parentSuffix, labelCount, ttlSeconds } of rules) {
    const ref = space.allocate(HEAD_WORDS + ((parentSuffix.length + 3) >> 2), edit);
    const { words, bytes } = space.memory;
    words[ref] = labelCount;
    words[ref + 1] = ttlSeconds;
    const at = (ref + HEAD_WORDS) * 4;
    for (let index = 0; index < parentSuffix.length; index++) {
      bytes[at + index] = parentSuffix.charCodeAt(index);
    }
    refs.set(suffix, ref);
  }
  return refs;
}

/** What a rule makes of a name. */
export const Synthesis = {
  /** No rule speaks for it. */
  NONE: 0,
  /** An ancestor of names that have the CNAME. */
  EMPTY: 1,
  /** The CNAME that would be stored here. */
  ALIAS: 2,
} as const;

// One query at a time in a thread: reused, as everything on the way of a query.
const parentKey = new NameKey();
const head: { key: NameKey; count: number } = { key: parentKey, count: 0 };

/** For a name that holds nothing of its own; of ALIAS the target is then `aliasTarget`. */
export function synthesize(table: NodeTable, labelsMax: number, key: NameKey): number {
  const { words } = table.memory;
  head.key = key;
  for (let count = 1; count <= labelsMax && count <= key.labelCount; count++) {
    const node = findNode(table, key, count);
    const rule = node === 0 ? 0 : fallbackOf(words, node);
    if (rule === 0) continue;
    const labels = words[rule] as number;
    head.count = count;
    if (labels < count || !isAbove(table, rule)) return Synthesis.NONE;
    if (count < labels) return Synthesis.EMPTY;
    parentKey.setSuffixed(head, table.memory.bytes, (rule + HEAD_WORDS) * 4);
    lastRule = rule;
    return Synthesis.ALIAS;
  }
  return Synthesis.NONE;
}

let lastRule = 0;

/** The CNAME of the last ALIAS, in the scratch; 0: no room. */
export function putAlias(table: NodeTable, key: NameKey, scratch: AnswerScratch): number {
  const plan = planRRset({
    owner: key.toName(),
    type: RRType.CNAME,
    ttlSeconds: table.memory.words[lastRule + 1] as number,
    rdatas: [parentKey.toName() as string as Rdata],
  });
  return plan === undefined ? 0 : scratch.put(plan);
}

/** Whether the same labels exist under a suffix further up, stored or by its rule. */
function isAbove(table: NodeTable, from: number): boolean {
  const { words, bytes } = table.memory;
  let rule = from;
  for (let step = 0; step < CHAIN_LENGTH_MAX && rule !== 0; step++) {
    if (!parentKey.setSuffixed(head, bytes, (rule + HEAD_WORDS) * 4)) return false;
    if (findNode(table, parentKey, 0) !== 0) return true;
    const suffix = findNode(table, parentKey, head.count);
    rule = suffix === 0 ? 0 : fallbackOf(words, suffix);
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
