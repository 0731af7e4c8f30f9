/**
 * Replica plans in few words, as the tables of the tests say them.
 *
 *   preferences  `A 1, B 2 4..8, * 0 ..20`   cluster, weight, minReplicas..maxReplicas
 *   clusters     `A B=10 C=5/20 D/10`        =current, /capacity
 *   plan         `A=3 B=0`
 */

import type { ClusterPreference } from '../../../src/api/kubefed/replica-scheduling-preference.ts';
import type { ClusterReplicas } from '../../../src/federation/replicas/replica-planner.ts';

export function preferences(words: string): Map<string, ClusterPreference> {
  return new Map(
    words
      .split(', ')
      .filter((one) => one !== '')
      .map((one) => {
        const [, cluster = '', weight, min, max] =
          /^(\S+) (\d+)(?: (\d*)\.\.(\d*))?$/.exec(one) ?? [];
        const preference = {
          weight: Number(weight),
          minReplicas: Number(min ?? 0),
          maxReplicas: max === undefined || max === '' ? Number.POSITIVE_INFINITY : Number(max),
        };
        return [cluster, preference];
      }),
  );
}

export function clusters(words: string): ClusterReplicas[] {
  const count = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits));
  return words
    .split(' ')
    .filter((one) => one !== '')
    .map((one) => {
      const [, name = '', current, capacity] = /^(\w+)(?:=(\d+))?(?:\/(-?\d+))?$/.exec(one) ?? [];
      return { name, current: count(current), capacity: count(capacity) };
    });
}

export function inWords(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name}=${count}`).join(' ');
}
