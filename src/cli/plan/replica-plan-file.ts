/**
 * What `fedns plan replicas` reads: a ReplicaSchedulingPreference with two more keys at the top.
 *
 *   clusters: [{name: A, ready: true, labels: {…}, current: 9, capacity: 20}]   all but name optional
 *   placement: {clusterSelector: {…}}      what intersectWithClusterSelector intersects with
 *
 * The preference alone does not know its workload: `placement` stands for the workload's selector
 * and its namespace's together. Text -> checked values; pure.
 */

import { z } from 'zod';
import {
  asMap,
  expected,
  filledText,
  PREFERENCE_OBJECT,
  preferenceFrom,
  type ReplicaSchedulingPreference,
  trueOrFalse,
  wholeNumber,
} from '../../api/kubefed/replica-scheduling-preference.ts';
import { type LabelSelector, matchesLabels, readLabelSelector } from '../../api/label-selector.ts';
import { checkYaml, formatYamlProblem } from '../../api/yaml/checked-yaml.ts';
import { InputError } from '../../dns/errors.ts';
import type { ClusterReplicas } from '../../federation/replicas/replica-planner.ts';

export interface ReplicaPlanFile {
  readonly preference: ReplicaSchedulingPreference;
  readonly clusters: readonly PlannedCluster[];
  /** A selector is asked for, and none is given: nobody is left out for it. */
  readonly lacksSelector: boolean;
}

export interface PlannedCluster extends ClusterReplicas {
  /** undefined: it is planned for. */
  readonly outBecause: 'not ready' | 'not selected' | undefined;
}

/** Throws InputError PLAN_FILE: one line a problem, each `file:line: path: what`. */
export function parseReplicaPlanFile(text: string, file: string): ReplicaPlanFile {
  const checked = checkYaml(text, FILE);
  if (checked.kind === 'bad') {
    const lines = checked.problems.map((problem) => formatYamlProblem(problem, file));
    throw new InputError('PLAN_FILE', lines.join('\n'), file);
  }
  const { value, lineOf } = checked;
  const preference = preferenceFrom(value);
  const isSelecting = preference.intersectWithClusterSelector && value.placement != null;
  const read = readLabelSelector(value.placement?.clusterSelector);
  if (read.kind === 'bad') {
    const line = lineOf(['placement', 'clusterSelector']);
    const problem = { line, path: 'placement.clusterSelector', message: read.problem };
    throw new InputError('PLAN_FILE', formatYamlProblem(problem, file), file);
  }
  // As placement does it: an empty selector selects all, none selects none.
  const selector = value.placement?.clusterSelector == null ? undefined : read.value;
  return {
    preference,
    clusters: value.clusters.map((cluster) => ({
      name: cluster.name,
      current: cluster.current ?? undefined,
      capacity: cluster.capacity ?? undefined,
      outBecause: whyOut(cluster, isSelecting ? { selector } : undefined),
    })),
    lacksSelector: preference.intersectWithClusterSelector && !isSelecting,
  };
}

function whyOut(
  { ready, labels }: z.infer<typeof CLUSTER>,
  selecting: { readonly selector: LabelSelector | undefined } | undefined,
): PlannedCluster['outBecause'] {
  if (ready === false) return 'not ready';
  if (selecting === undefined) return undefined;
  const { selector } = selecting;
  const own = new Map(Object.entries(labels ?? {}));
  return selector !== undefined && matchesLabels(selector, own) ? undefined : 'not selected';
}

const TEXT = z.string({ error: ({ input }) => expected(input, 'a text') });
const LABELS = z.record(TEXT, TEXT, asMap);
const CLUSTER = z.strictObject(
  {
    name: filledText.refine((name) => name !== '*', { error: 'is no name of a cluster' }),
    ready: trueOrFalse.nullish(),
    labels: LABELS.nullish(),
    current: wholeNumber().nullish(),
    capacity: wholeNumber().nullish(),
  },
  asMap,
);
const CLUSTERS = z
  .array(CLUSTER, { error: ({ input }) => expected(input, 'a list of clusters') })
  .superRefine((clusters, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of clusters.entries()) {
      if (seen.has(name)) {
        const message = `cluster "${name}" is there twice`;
        context.addIssue({ code: 'custom', path: [index, 'name'], message });
      }
      seen.add(name);
    }
  });
/** What its fields may hold is the selector's own reader's to say. */
const EXPRESSION = z.strictObject(
  { key: TEXT, operator: TEXT, values: z.array(TEXT).nullish() },
  asMap,
);
const SELECTOR = z.strictObject(
  { matchLabels: LABELS.nullish(), matchExpressions: z.array(EXPRESSION).nullish() },
  asMap,
);
const FILE = PREFERENCE_OBJECT.extend({
  clusters: CLUSTERS,
  placement: z.strictObject({ clusterSelector: SELECTOR.nullish() }, asMap).nullish(),
});
