/**
 * How many replicas each cluster gets: minimums first, then, unless replicas may be moved, what
 * runs already, then the rest by weight within maximums and capacities. Pure; the order in which
 * clusters are named changes nothing.
 *
 * Source: specs of KubeFed 0.10, Plan; Federation v1 plans Deployments and ReplicaSets alike.
 */

import type { ClusterPreference } from '../../api/kubefed/replica-scheduling-preference.ts';
import { inSpreadOrder } from './spread-order.ts';

/** By cluster; `*` is for every cluster that is not named. */
export type Preferences = ReadonlyMap<string, ClusterPreference>;

export interface ReplicaWish {
  readonly total: number;
  /** Replicas that run may be moved for the sake of the weights. */
  readonly rebalance: boolean;
  readonly preferences: Preferences;
  /** `namespace/name` of what is spread. */
  readonly key: string;
}

/** A cluster that may get some; names are unique. */
export interface ClusterReplicas {
  readonly name: string;
  /** Running and ready there; undefined: the workload is not there. */
  readonly current: number | undefined;
  /** As many can be scheduled there; undefined: nothing speaks against any number. */
  readonly capacity: number | undefined;
}

export interface ReplicaPlan {
  /** Of every cluster, sorted by name. Their sum is never above the total. */
  readonly plan: ReadonlyMap<string, number>;
  /**
   * Beyond the plan, where capacity stood in the way: scheduled all the same they tell whether
   * capacity has come back. Sorted by name.
   */
  readonly overflow: ReadonlyMap<string, number>;
}

/** A cluster in play. */
interface Seat {
  readonly name: string;
  readonly weight: number;
  readonly min: number;
  readonly max: number;
  readonly capacity: number;
  readonly current: number;
  replicas: number;
  /** Given because they run there, and not yet reckoned against what is due by weight. */
  kept: number;
  overflow: number;
}

export function planReplicas(
  clusters: readonly ClusterReplicas[],
  { total, rebalance, preferences, key }: ReplicaWish,
): ReplicaPlan {
  const seats = inSpreadOrder(
    clusters.flatMap((cluster) => seatOf(cluster, preferences) ?? []),
    key,
  );
  let remaining = total;
  for (const seat of seats) {
    seat.replicas = Math.min(seat.min, remaining, seat.capacity);
    remaining -= seat.replicas;
  }
  if (!rebalance) {
    for (const seat of seats) {
      const target = Math.min(seat.current, seat.max, seat.capacity);
      seat.kept = Math.min(Math.max(target - seat.replicas, 0), remaining);
      seat.replicas += seat.kept;
      remaining -= seat.kept;
    }
  }
  remaining = shareByWeight(seats, remaining);
  const planned = new Map(seats.map((seat) => [seat.name, seat]));
  const plan = new Map<string, number>();
  const overflow = new Map<string, number>();
  for (const name of clusters.map((cluster) => cluster.name).sort()) {
    const seat = planned.get(name);
    plan.set(name, seat?.replicas ?? 0);
    // Who must not move what runs only probes with what runs nowhere else.
    const beyond = Math.min(seat?.overflow ?? 0, rebalance ? Number.POSITIVE_INFINITY : remaining);
    if (beyond > 0) overflow.set(name, beyond);
  }
  return { plan, overflow };
}

/** Undefined: no preference speaks of this cluster. */
export function preferenceFor(preferences: Preferences, name: string) {
  return preferences.get(name) ?? preferences.get('*');
}

function seatOf(cluster: ClusterReplicas, preferences: Preferences): Seat | undefined {
  const preference = preferenceFor(preferences, cluster.name);
  if (preference === undefined) return undefined;
  return {
    name: cluster.name,
    weight: preference.weight,
    min: preference.minReplicas,
    max: preference.maxReplicas,
    // More may be unschedulable than are wanted, while a workload shrinks: KubeFed then planned
    // less than none.
    capacity: Math.max(cluster.capacity ?? Number.POSITIVE_INFINITY, 0),
    current: cluster.current ?? 0,
    replicas: 0,
    kept: 0,
    overflow: 0,
  };
}

/**
 * In rounds, since rounding up, maximums and capacities leave something over; gives what fits
 * nowhere. A round either gives something or puts somebody out of play.
 */
function shareByWeight(seats: readonly Seat[], total: number): number {
  let remaining = total;
  let inPlay = seats;
  for (;;) {
    const weightSum = inPlay.reduce((sum, seat) => sum + BigInt(seat.weight), 0n);
    if (remaining === 0 || weightSum === 0n) return remaining;
    const dues = inPlay.map((seat) => dueShare(seat, { remaining, weightSum }));
    skipIdleRounds(inPlay, dues);
    const stillInPlay: Seat[] = [];
    for (const [index, seat] of inPlay.entries()) {
      const before = seat.replicas;
      const isFull = fillSeat(seat, Math.min(dues[index] ?? 0, remaining));
      remaining -= seat.replicas - before;
      if (!isFull) stillInPlay.push(seat);
    }
    inPlay = stillInPlay;
  }
}

/** Rounded up. Weights are int64 in the API: the product is beyond what a number holds. */
function dueShare(
  { weight }: Seat,
  { remaining, weightSum }: { readonly remaining: number; readonly weightSum: bigint },
): number {
  return Number((BigInt(remaining) * BigInt(weight) + weightSum - 1n) / weightSum);
}

/**
 * Rounds in which everybody keeps more than is due change nothing but what is left of it, and are
 * alike: taken at once. (One more of 2,000,000,000 in one cluster would be as many rounds.)
 */
function skipIdleRounds(seats: readonly Seat[], dues: readonly number[]): void {
  const rounds = seats.map(({ kept }, index) => Math.floor(kept / (dues[index] ?? 0)));
  // NaN is nothing kept and nothing due: no reason to stop.
  const idle = Math.min(...rounds.filter((count) => !Number.isNaN(count)));
  for (const [index, seat] of seats.entries()) {
    const due = dues[index] ?? 0;
    if (due > 0) seat.kept -= idle * due;
  }
}

/** True once it can take no more. What is above the maximum is no overflow: nobody wants it there. */
function fillSeat(seat: Seat, due: number): boolean {
  const already = Math.min(due, seat.kept);
  seat.kept -= already;
  const wanted = seat.replicas + due - already;
  const allowed = Math.min(wanted, seat.max);
  seat.replicas = Math.min(allowed, seat.capacity);
  seat.overflow = allowed - seat.replicas;
  return seat.replicas < wanted;
}
