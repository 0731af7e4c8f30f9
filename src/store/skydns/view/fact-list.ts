/** Lists of facts in the order of their keys, as one name holds them. */

import type { Fact } from './fact.ts';

export const NO_FACTS: Fact[] = [];
const SHORT = 8;

/**
 * Keys mostly arrive in order. Short lists are made anew, just as long as they must be: pushing
 * into an array reserves 17 places, 9 MB for 100,000 names.
 */
export function inserted(facts: Fact[], fact: Fact): Fact[] {
  let index = facts.length;
  while (index > 0 && (facts[index - 1]?.key ?? '') > fact.key) index--;
  if (facts.length < SHORT) return [...facts.slice(0, index), fact, ...facts.slice(index)];
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
