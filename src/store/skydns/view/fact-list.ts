/** Lists of facts in the order of their keys, as one name holds them. */

import type { Fact } from './fact.ts';

export const NO_FACTS: Fact[] = [];

/**
 * Keys mostly arrive in order. A first one gets an array of one: pushing into an empty one reserves
 * 17 places, 14 MB for 100,000 names.
 */
export function inserted(facts: Fact[], fact: Fact): Fact[] {
  if (facts.length === 0) return [fact];
  let index = facts.length;
  while (index > 0 && (facts[index - 1]?.key ?? '') > fact.key) index--;
  facts.splice(index, 0, fact);
  return facts;
}

export function taken(facts: Fact[] | undefined, fact: Fact): void {
  const index = facts?.indexOf(fact) ?? -1;
  if (index >= 0) facts?.splice(index, 1);
}

export function merged(left: readonly Fact[], right: readonly Fact[]): Fact[] {
  return [...left, ...right].sort((one, other) => (one.key < other.key ? -1 : 1));
}
