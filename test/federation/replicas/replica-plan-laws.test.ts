/** What holds of every replica plan, and a naive planner beside ours, round by round. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type ClusterReplicas,
  planReplicas,
  preferenceFor,
  type ReplicaPlan,
  type ReplicaWish,
} from '../../../src/federation/replicas/replica-planner.ts';
import { inSpreadOrder } from '../../../src/federation/replicas/spread-order.ts';

interface Case {
  readonly clusters: readonly ClusterReplicas[];
  readonly wish: ReplicaWish;
}

const NAMES = ['A', 'B', 'C', 'D', 'E', 'F'] as const;
const maybe = (max: number) => fc.option(fc.nat(max), { nil: undefined });
const anyPreference = fc
  .record({ weight: fc.nat(5), min: fc.nat(12), above: fc.option(fc.nat(20), { nil: undefined }) })
  .map(({ weight, min, above }) => ({
    weight,
    minReplicas: min,
    maxReplicas: above === undefined ? Number.POSITIVE_INFINITY : min + above,
  }));
const anyCase: fc.Arbitrary<Case> = fc.record({
  clusters: fc.uniqueArray(
    fc.record({ name: fc.constantFrom(...NAMES), current: maybe(60), capacity: maybe(40) }),
    { selector: ({ name }) => name },
  ),
  wish: fc.record({
    total: fc.oneof(fc.nat(120), fc.nat(5)),
    rebalance: fc.boolean(),
    preferences: fc
      .uniqueArray(fc.tuple(fc.constantFrom(...NAMES, '*'), anyPreference), {
        selector: ([name]) => name,
      })
      .map((entries) => new Map(entries)),
    key: fc.constantFrom('', 'shop/web', 'test-ns/test-deployment'),
  }),
});

function check(law: (one: Case, planned: ReplicaPlan) => void): void {
  fc.assert(
    fc.property(anyCase, (one) => law(one, planReplicas(one.clusters, one.wish))),
    { numRuns: 1000 },
  );
}

const sum = (counts: Iterable<number>) => [...counts].reduce((total, count) => total + count, 0);

/** Clusters of which a preference speaks, with what bounds them. */
function inPlay({ clusters, wish }: Case) {
  return clusters.flatMap(({ name, current = 0, capacity = Number.POSITIVE_INFINITY }) => {
    const preference = preferenceFor(wish.preferences, name);
    if (preference === undefined) return [];
    const { weight, minReplicas, maxReplicas } = preference;
    const most = Math.min(maxReplicas, capacity);
    return [{ name, weight, least: Math.min(minReplicas, capacity), most, capacity, current }];
  });
}

it('every replica is planned, unless all that have weight are full', () => {
  check((one, { plan }) => {
    const planned = sum(plan.values());
    expect(planned).toBeLessThanOrEqual(one.wish.total);
    if (planned === one.wish.total) return;
    for (const { name, weight, most } of inPlay(one)) {
      if (weight > 0) expect(plan.get(name)).toBe(most);
    }
  });
});

it('every cluster is planned for, none that nothing is said of gets any', () => {
  check((one, { plan }) => {
    expect([...plan.keys()]).toEqual(one.clusters.map(({ name }) => name).sort());
    const playing = new Set(inPlay(one).map(({ name }) => name));
    for (const [name, count] of plan) if (!playing.has(name)) expect(count).toBe(0);
  });
});

it('none is above its maximum or capacity, none below its minimum where there is enough', () => {
  check((one, { plan }) => {
    const playing = inPlay(one);
    const isEnough = sum(playing.map(({ least }) => least)) <= one.wish.total;
    for (const { name, least, most } of playing) {
      expect(plan.get(name)).toBeLessThanOrEqual(most);
      if (isEnough) expect(plan.get(name)).toBeGreaterThanOrEqual(least);
    }
  });
});

it('the order in which clusters and preferences are named says nothing', () => {
  check((one, planned) => {
    const preferences = new Map([...one.wish.preferences].reverse());
    const turned = planReplicas(one.clusters.toReversed(), { ...one.wish, preferences });
    expect(JSON.stringify([...turned.plan])).toBe(JSON.stringify([...planned.plan]));
    expect(turned.overflow).toEqual(planned.overflow);
  });
});

it('what runs within limits stays, where there is enough for all of it, unless it may move', () => {
  check((one, { plan }) => {
    if (one.wish.rebalance) return;
    const kept = inPlay(one).map(({ name, least, most, current }) => {
      return {
        name,
        stays: Math.min(current, most),
        needs: Math.max(least, Math.min(current, most)),
      };
    });
    if (sum(kept.map(({ needs }) => needs)) > one.wish.total) return;
    for (const { name, stays } of kept) expect(plan.get(name)).toBeGreaterThanOrEqual(stays);
  });
});

it('what may move is planned as if nothing ran', () => {
  check((one, planned) => {
    if (!one.wish.rebalance) return;
    const empty = one.clusters.map((cluster) => ({ ...cluster, current: undefined }));
    expect(planReplicas(empty, one.wish)).toEqual(planned);
  });
});

it('carried out, the same plan comes again', () => {
  check((one, { plan }) => {
    const clusters = one.clusters.map((cluster) => ({
      ...cluster,
      current: plan.get(cluster.name),
    }));
    expect(planReplicas(clusters, one.wish).plan).toEqual(plan);
  });
});

it('overflow is only where capacity is used up, within the maximum and what is missing', () => {
  check((one, { plan, overflow }) => {
    const missing = one.wish.total - sum(plan.values());
    const playing = new Map(inPlay(one).map((cluster) => [cluster.name, cluster]));
    for (const [name, count] of overflow) {
      expect(count).toBeGreaterThan(0);
      expect(plan.get(name)).toBe(playing.get(name)?.capacity);
      const { maxReplicas = 0 } = preferenceFor(one.wish.preferences, name) ?? {};
      expect((plan.get(name) ?? 0) + count).toBeLessThanOrEqual(maxReplicas);
      expect(count).toBeLessThanOrEqual(one.wish.total);
      if (!one.wish.rebalance) expect(count).toBeLessThanOrEqual(missing);
    }
  });
});

it('is what the naive planner plans', () => {
  check((one, { plan, overflow }) => {
    const naive = planNaively(one);
    expect(Object.fromEntries(plan)).toEqual(naive.plan);
    expect(Object.fromEntries(overflow)).toEqual(naive.overflow);
  });
});

it('ends soon, however much runs already', () => {
  const preferences = new Map(
    NAMES.map((name, index) => {
      const weight = index === 0 ? Number.MAX_SAFE_INTEGER : index;
      return [name, { weight, minReplicas: 0, maxReplicas: Number.POSITIVE_INFINITY }];
    }),
  );
  for (const more of [1, 1000, 40_000]) {
    const clusters = NAMES.map((name) => ({ name, current: 300_000_000, capacity: undefined }));
    const total = 300_000_000 * NAMES.length + more;
    const started = performance.now();
    const { plan } = planReplicas(clusters, { total, rebalance: false, preferences, key: '' });
    expect(sum(plan.values())).toBe(total);
    expect(performance.now() - started).toBeLessThan(5000);
  }
});

/** The specs' seven sentences, one after the other, with nothing saved. */
function planNaively({ clusters, wish }: Case) {
  const plan: Record<string, number> = Object.fromEntries(clusters.map(({ name }) => [name, 0]));
  const overflow: Record<string, number> = {};
  const preallocated: Record<string, number> = {};
  let playing = inSpreadOrder(inPlay({ clusters, wish }), wish.key);
  let remaining = wish.total;
  const give = (name: string, count: number) => {
    plan[name] = (plan[name] ?? 0) + count;
    remaining -= count;
  };
  for (const { name, least } of playing) give(name, Math.min(least, remaining));
  for (const { name, current, most } of wish.rebalance ? [] : playing) {
    const planned = plan[name] ?? 0;
    if (current <= planned) continue;
    const extra = Math.max(0, Math.min(Math.min(current, most) - planned, remaining));
    preallocated[name] = extra;
    give(name, extra);
  }
  for (let hasChanged = true; hasChanged && remaining > 0; ) {
    hasChanged = false;
    const atStart = remaining;
    const weights = sum(playing.map(({ weight }) => weight));
    if (weights === 0) break;
    const out = new Set<string>();
    for (const { name, weight, most, capacity } of playing) {
      let extra = Math.min(Math.ceil((atStart * weight) / weights), remaining);
      const used = Math.min(extra, preallocated[name] ?? 0);
      preallocated[name] = (preallocated[name] ?? 0) - used;
      extra -= used;
      const before = plan[name] ?? 0;
      const max = preferenceFor(wish.preferences, name)?.maxReplicas ?? 0;
      let target = before + extra;
      if (target > max) {
        target = max;
        out.add(name);
      }
      if (target > capacity) {
        overflow[name] = target - capacity;
        target = most;
        out.add(name);
      }
      give(name, target - before);
      if (used > 0 || target > before) hasChanged = true;
    }
    playing = playing.filter(({ name }) => !out.has(name));
  }
  if (wish.rebalance) return { plan, overflow };
  const trimmed = Object.entries(overflow).map(([name, count]) => [
    name,
    Math.min(count, remaining),
  ]);
  return { plan, overflow: Object.fromEntries(trimmed.filter(([, count]) => count !== 0)) };
}
