/**
 * A FederatedJob -> what each cluster is asked to do of it. Pure.
 *
 * Source: specs of Federation v1, 1.7, Job; Kubernetes "Jobs": the completions of a Job cannot be
 * changed once it is made. Our choice follows from that: completions that a cluster was given stay
 * with it, lost or not, until it leaves the placement; only then others get them, in a Job that they
 * do not have yet. What moves is parallelism, and that all of it where no completions are said.
 */

import {
  type FederatedObject,
  JOB_PREFERENCES_ANNOTATION,
} from '../../api/kubefed/federated-object.ts';
import type { Read } from '../../api/read.ts';
import { textAt, valueAt } from '../../api/untyped.ts';
import { type CandidateVerdict, whyNobody } from './candidates.ts';
import { type JobShare, planJob } from './job-planner.ts';
import { type Preferences, planReplicas } from './replica-planner.ts';
import { askedShares, type Share } from './scheduled-object.ts';
import {
  COMPLETIONS_PATH,
  PARALLELISM_PATH,
  type PlannedShares,
  SHARED_JOBS,
} from './shared-kinds.ts';

/** Where the preferences stand. */
const FIELD = `metadata.annotations["${JOB_PREFERENCES_ANNOTATION}"]`;

export interface JobPlace {
  readonly preferences: Read<Preferences>;
  /** Of the clusters that it may be in. */
  readonly verdicts: ReadonlyMap<string, CandidateVerdict>;
}

/** As its template has them: what clusters share. */
interface JobTotals {
  readonly parallelism: number;
  /** undefined: it ends when one of its pods has succeeded. */
  readonly completions: number | undefined;
}

interface JobPlanning extends JobTotals {
  readonly key: string;
  readonly preferences: Preferences;
  /** Those that may be given a Job now. */
  readonly open: readonly string[];
}

export function shareJob(
  object: FederatedObject,
  { preferences, verdicts }: JobPlace,
): PlannedShares {
  if (preferences.kind === 'bad') return none('Invalid', `${FIELD}: ${preferences.problem}`);
  const totals = totalsOf(object);
  if (typeof totals === 'string') return none('Invalid', totals);
  const asked = new Map(
    [...askedShares(object, SHARED_JOBS.paths)]
      .filter(([cluster]) => verdicts.has(cluster))
      .map(([cluster, share]) => [cluster, jobShareOf(share)] as const),
  );
  const open = [...verdicts].flatMap(([cluster, verdict]) => (verdict === 'in' ? [cluster] : []));
  const planning = { ...totals, key: object.key, preferences: preferences.value, open };
  const kept = new Map([...asked].filter(([cluster]) => verdicts.get(cluster) === 'kept'));
  const { completions } = totals;
  const shares =
    completions === undefined
      ? withoutCompletions(kept, planning)
      : withCompletions(asked, { ...planning, completions });
  if (shares.size === 0 && totals.parallelism > 0) {
    return none('NoClusters', whyNobody('a share', verdicts));
  }
  const left = (completions ?? 0) - sumOf(shares, (share) => share.completions ?? 0);
  return {
    kind: 'shared',
    shares: new Map([...shares].map(([cluster, share]) => [cluster, shareOf(share)])),
    message: inWords(shares) + (left > 0 ? `; ${left} completions have no cluster` : ''),
    lookAgainMs: undefined,
  };
}

/** A text: what is wrong. */
function totalsOf({ template }: FederatedObject): JobTotals | string {
  const number = (field: string) => valueAt(template, 'spec', field) ?? undefined;
  const parallelism = number('parallelism');
  const completions = number('completions');
  if (textAt(template, 'spec', 'completionMode') === 'Indexed') {
    return 'an Indexed Job cannot be shared: the indexes of each share would begin at 0';
  }
  if (parallelism !== undefined && !isCount(parallelism)) {
    return 'spec.template.spec.parallelism: is no count';
  }
  if (completions !== undefined && !isCount(completions)) {
    return 'spec.template.spec.completions: is no count';
  }
  // As an API server fills them in.
  if (parallelism === undefined) return { parallelism: 1, completions: completions ?? 1 };
  return { parallelism, completions };
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}

/** Like replicas: who is away and not given up keeps what it runs, the others have the rest. */
function withoutCompletions(
  kept: ReadonlyMap<string, JobShare>,
  { parallelism, open, preferences, key }: JobPlanning,
): ReadonlyMap<string, JobShare> {
  const rest = Math.max(0, parallelism - sumOf(kept, (share) => share.parallelism));
  const planned = planJob(open, { parallelism: rest, completions: undefined, preferences, key });
  return new Map([...kept, ...planned]);
}

function withCompletions(
  holders: ReadonlyMap<string, JobShare>,
  planning: JobPlanning & { readonly completions: number },
): ReadonlyMap<string, JobShare> {
  const { parallelism, completions, preferences, key } = planning;
  const running = sumOf(holders, (share) => share.parallelism);
  const rest = completions - sumOf(holders, (share) => share.completions ?? 0);
  const others = planning.open.filter((cluster) => !holders.has(cluster));
  if (holders.size === 0) return planJob(others, { parallelism, completions, preferences, key });
  if (rest > 0 && others.length > 0) {
    const wish = { parallelism: Math.max(1, parallelism - running), completions: rest };
    const planned = planJob(others, { ...wish, preferences, key });
    return new Map([...holders, ...planned]);
  }
  return running === parallelism ? holders : atAnotherPace(holders, planning);
}

/** Whoever has something to complete runs at least one, unless none is to run anywhere. */
function atAnotherPace(
  holders: ReadonlyMap<string, JobShare>,
  { parallelism, preferences, key }: JobPlanning,
): ReadonlyMap<string, JobShare> {
  const seats = [...holders.keys()].map((name) => {
    return { name, current: undefined, capacity: undefined };
  });
  const wish = { total: parallelism, rebalance: true, preferences, key };
  const { plan } = planReplicas(seats, wish);
  const least = Math.min(1, parallelism);
  return new Map(
    [...holders].map(([cluster, { completions }]) => {
      return [cluster, { parallelism: Math.max(least, plan.get(cluster) ?? 0), completions }];
    }),
  );
}

function jobShareOf(share: Share): JobShare {
  return {
    parallelism: share.get(PARALLELISM_PATH) ?? 0,
    completions: share.get(COMPLETIONS_PATH),
  };
}

function shareOf({ parallelism, completions }: JobShare): Share {
  const share = new Map([[PARALLELISM_PATH, parallelism]]);
  return completions === undefined ? share : share.set(COMPLETIONS_PATH, completions);
}

function sumOf(shares: ReadonlyMap<string, JobShare>, count: (share: JobShare) => number): number {
  return [...shares.values()].reduce((sum, share) => sum + count(share), 0);
}

function inWords(shares: ReadonlyMap<string, JobShare>): string {
  return [...shares]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([cluster, { parallelism, completions }]) =>
      completions === undefined
        ? `${cluster} ${parallelism}`
        : `${cluster} ${completions} by ${parallelism}`,
    )
    .join(', ');
}

function none(reason: 'Invalid' | 'NoClusters', message: string): PlannedShares {
  return { kind: 'none', reason, message };
}
