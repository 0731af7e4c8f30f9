/**
 * A ReplicaSchedulingPreference (scheduling.kubefed.io/v1alpha1), its defaults filled in: how many
 * replicas of a federated workload are wanted in all, and how clusters share them.
 *
 * Source: specs of KubeFed 0.10, "ReplicaSchedulingPreference". KubeFed checks nothing at admission;
 * our choice: what it could not have planned by is refused, and so are fields it does not know. A
 * minimum above its maximum it planned: a new one is refused, a stored one is planned as it did.
 */

import { z } from 'zod';
import { bad, good, type Read } from '../read.ts';
import { valueAt } from '../untyped.ts';
import { formatYamlPath } from '../yaml/checked-yaml.ts';
import type { ApiResource, ObjectName } from './api-resource.ts';
import { type CheckedWrite, type FieldProblem, formatFieldProblem } from './field-problem.ts';

export interface ReplicaSchedulingPreference extends ObjectName {
  readonly targetKind: (typeof TARGET_KINDS)[number];
  readonly totalReplicas: number;
  readonly rebalance: boolean;
  /** Only clusters that the placement's selector selects, of the workload and of its namespace. */
  readonly intersectWithClusterSelector: boolean;
  /** `*` is for every cluster that is not named; one for whom nothing is said gets none. */
  readonly clusters: ReadonlyMap<string, ClusterPreference>;
}

export interface ClusterPreference {
  readonly minReplicas: number;
  /** Infinity: unbounded. */
  readonly maxReplicas: number;
  /** Of what is left after the minimums; 0: no more than the minimum. */
  readonly weight: number;
}

export const PREFERENCES: ApiResource = {
  group: 'scheduling.kubefed.io',
  version: 'v1alpha1',
  kind: 'ReplicaSchedulingPreference',
  plural: 'replicaschedulingpreferences',
  isNamespaced: true,
};

const TARGET_KINDS = ['FederatedDeployment', 'FederatedReplicaSet'] as const;
const INT32_MAX = 2 ** 31 - 1;

/** All that is wrong with it, in one line: `spec.clusters.A.weight: …; …`. */
export function readReplicaSchedulingPreference(
  object: unknown,
): Read<ReplicaSchedulingPreference> {
  const checked = PREFERENCE_OBJECT.safeParse(object);
  if (checked.success) return good(preferenceFrom(checked.data));
  return bad(problemsOf(checked.error).map(formatFieldProblem).join('; '));
}

/** For admission; its status is only ours to write. */
export function checkSchedulingPreference(
  object: unknown,
  { part = 'spec' }: CheckedWrite = {},
): readonly FieldProblem[] {
  if (part === 'status') return [];
  const checked = PREFERENCE_OBJECT.safeParse(object);
  return [...(checked.success ? [] : problemsOf(checked.error)), ...minimumsAbove(object)];
}

/** Whatever else is wrong: mending that brings nothing new to light. */
function minimumsAbove(object: unknown): FieldProblem[] {
  const clusters = valueAt(object, 'spec', 'clusters');
  if (typeof clusters !== 'object' || clusters === null) return [];
  return Object.entries(clusters).flatMap(([cluster, preference]) => {
    if (isOrdered(preference)) return [];
    const field = formatYamlPath(['spec', 'clusters', cluster, 'minReplicas']);
    return [{ field, message: ABOVE_MAXIMUM }];
  });
}

const ABOVE_MAXIMUM = 'is above maxReplicas';

function isOrdered(preference: unknown): boolean {
  const min = valueAt(preference, 'minReplicas');
  const max = valueAt(preference, 'maxReplicas');
  return typeof min !== 'number' || typeof max !== 'number' || min <= max;
}

export function preferenceFrom({ metadata, spec }: PreferenceObject): ReplicaSchedulingPreference {
  return {
    // As kubectl does where nothing is said; what an API server holds always has one.
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    targetKind: spec.targetKind,
    totalReplicas: spec.totalReplicas,
    rebalance: spec.rebalance ?? false,
    intersectWithClusterSelector: spec.intersectWithClusterSelector ?? false,
    clusters: clusterPreferencesFrom(spec.clusters),
  };
}

/** Of no cluster at all: evenly among all. */
export function clusterPreferencesFrom(
  clusters: z.infer<typeof CLUSTER_PREFERENCES> | null | undefined,
): ReadonlyMap<string, ClusterPreference> {
  const said = Object.entries(clusters ?? {});
  if (said.length === 0) return new Map([['*', filledIn({ weight: 1 })]]);
  return new Map(said.map(([cluster, preference]) => [cluster, filledIn(preference ?? {})]));
}

function filledIn(said: z.infer<typeof CLUSTER_PREFERENCE>): ClusterPreference {
  return {
    minReplicas: said.minReplicas ?? 0,
    maxReplicas: said.maxReplicas ?? Number.POSITIVE_INFINITY,
    weight: said.weight ?? 0,
  };
}

/** Also of fields beside those of the object, where a document has some. */
export function wholeNumber(max = Number.MAX_SAFE_INTEGER) {
  const isWhole = (value: unknown) =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
  return z.custom<number>(isWhole, {
    error: ({ input }) => expected(input, `a whole number from 0 to ${max}`),
  });
}

export const trueOrFalse = z.boolean({ error: ({ input }) => expected(input, 'true or false') });
export const filledText = z
  .string({ error: ({ input }) => expected(input, 'a text') })
  .min(1, { error: 'is empty' });
/** `is "x", expected y`; what is not there `is missing`. */
export function expected(input: unknown, what: string): string {
  if (input === undefined) return 'is missing';
  const isLarge = typeof input === 'object' && input !== null;
  const shown = isLarge ? (Array.isArray(input) ? 'a list' : 'a map') : JSON.stringify(input);
  return `is ${shown}, expected ${what}`;
}

/** In our own words also where something else than a map stands. */
export const asMap: { readonly error: z.core.$ZodErrorMap } = {
  error: ({ code, input }) =>
    code === 'invalid_key' ? 'has an empty key' : expected(input, 'a map'),
};

const literal = (word: string) => z.literal(word, { error: ({ input }) => expected(input, word) });
const CLUSTER_PREFERENCE = z.strictObject(
  {
    minReplicas: wholeNumber().nullish(),
    maxReplicas: wholeNumber().nullish(),
    weight: wholeNumber().nullish(),
  },
  asMap,
);
const CLUSTER_PREFERENCES = z.record(filledText, CLUSTER_PREFERENCE.nullish(), asMap);
/** No minimum is above its maximum. */
export const ORDERED_PREFERENCES = z.record(
  filledText,
  CLUSTER_PREFERENCE.refine(isOrdered, { path: ['minReplicas'], error: ABOVE_MAXIMUM }).nullish(),
  asMap,
);

/** As written; null is what it is to an API server, left out. */
export const PREFERENCE_OBJECT = z.strictObject(
  {
    apiVersion: literal('scheduling.kubefed.io/v1alpha1'),
    kind: literal('ReplicaSchedulingPreference'),
    metadata: z.looseObject({ name: filledText, namespace: filledText.nullish() }, asMap),
    spec: z.strictObject(
      {
        targetKind: z.enum(TARGET_KINDS, {
          error: ({ input }) => expected(input, TARGET_KINDS.join(' or ')),
        }),
        totalReplicas: wholeNumber(INT32_MAX),
        rebalance: trueOrFalse.nullish(),
        intersectWithClusterSelector: trueOrFalse.nullish(),
        clusters: CLUSTER_PREFERENCES.nullish(),
      },
      asMap,
    ),
    status: z.unknown().optional(),
  },
  asMap,
);
type PreferenceObject = z.infer<typeof PREFERENCE_OBJECT>;

export function problemsOf({ issues }: z.ZodError): FieldProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code !== 'unrecognized_keys') {
      return [{ field: formatYamlPath(path) || 'object', message: issue.message }];
    }
    return issue.keys.map((key) => {
      return { field: formatYamlPath([...path, key]), message: 'is no field that is known' };
    });
  });
}
