/**
 * How a Job is shared: its parallelism as replicas are, its completions among the clusters in which
 * it runs. Pure.
 *
 * Source: specs of Federation v1, Job. An Indexed Job cannot be shared so: the indexes of each
 * share begin at 0.
 */

import { type Preferences, planReplicas, preferenceFor } from './replica-planner.ts';

export interface JobWish {
  /** As in the template; undefined is filled in as an API server does. */
  readonly parallelism: number | undefined;
  readonly completions: number | undefined;
  readonly preferences: Preferences;
  /** `namespace/name` of the Job. */
  readonly key: string;
}

export interface JobShare {
  readonly parallelism: number;
  /** undefined: a Job that ends when one of its pods has succeeded, here as there. */
  readonly completions: number | undefined;
}

/** By cluster, sorted; where its parallelism would be 0 it is not created. */
export function planJob(
  clusters: readonly string[],
  { parallelism, completions, preferences, key }: JobWish,
): ReadonlyMap<string, JobShare> {
  const completionsWanted = parallelism === undefined ? (completions ?? 1) : completions;
  const running = share(clusters, { total: parallelism ?? 1, preferences, key });
  // Our choice: all of what is to be done is given, and only where something runs. Federation v1
  // also gave some to clusters without the Job, and held it to the limits meant for parallelism.
  const weights = new Map(
    [...running.keys()].map((name) => [name, preferenceFor(preferences, name)?.weight ?? 0]),
  );
  const hasWeights = [...weights.values()].some((weight) => weight > 0);
  const unlimited = new Map(
    [...running].map(([name, pods]) => {
      const weight = hasWeights ? (weights.get(name) ?? 0) : pods;
      return [name, { minReplicas: 0, maxReplicas: Number.POSITIVE_INFINITY, weight }];
    }),
  );
  const wish = { total: completionsWanted ?? 0, preferences: unlimited, key };
  const finishing = share([...running.keys()], wish);
  return new Map(
    [...running].map(([name, pods]) => {
      const own = completionsWanted === undefined ? undefined : (finishing.get(name) ?? 0);
      return [name, { parallelism: pods, completions: own }];
    }),
  );
}

/** Without those that get none. */
function share(
  clusters: readonly string[],
  wish: { readonly total: number; readonly preferences: Preferences; readonly key: string },
): ReadonlyMap<string, number> {
  const bare = clusters.map((name) => ({ name, current: undefined, capacity: undefined }));
  const { plan } = planReplicas(bare, { ...wish, rebalance: true });
  return new Map([...plan].filter(([, count]) => count > 0));
}
