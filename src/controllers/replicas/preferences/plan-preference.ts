/**
 * One preference planned from what is seen now: who may have replicas, what runs and fits there, and
 * the next step towards the plan. Reads pods; writes nothing.
 */

import type { FederatedObject } from '../../../api/kubefed/federated-object.ts';
import type { ReplicaSchedulingPreference } from '../../../api/kubefed/replica-scheduling-preference.ts';
import { type CandidateVerdict, whyNobody } from '../../../federation/replicas/candidates.ts';
import { type MoveStep, nextMove } from '../../../federation/replicas/move-step.ts';
import {
  type ClusterReplicas,
  planReplicas,
} from '../../../federation/replicas/replica-planner.ts';
import { askedReplicas } from '../../../federation/replicas/scheduled-object.ts';
import type { MemberWorkloads, Workload } from '../member-workloads.ts';
import { type PodCounts, readPods } from './read-pods.ts';

export interface PreferenceInputs {
  readonly preference: ReplicaSchedulingPreference;
  readonly object: FederatedObject;
  readonly verdicts: ReadonlyMap<string, CandidateVerdict>;
  /** Clusters given up: nobody waits for what runs there. */
  readonly dead: ReadonlySet<string>;
  /** Clusters that the selectors leave, where the preference asks for that. */
  readonly selected: ReadonlySet<string> | undefined;
  /** By cluster: those that can be read. */
  readonly workloads: ReadonlyMap<string, MemberWorkloads>;
}

/** Reasons of the condition Ready of a ReplicaSchedulingPreference; ours, KubeFed has none. */
export type PreferenceReason =
  | 'Scheduled'
  | 'Moving'
  | 'Invalid'
  | 'TypeNotFederated'
  | 'TargetNotFound'
  | 'Autoscaled'
  | 'NoClusters'
  | 'WorkloadsNotRead'
  | 'Disabled';

export type PlannedPreference =
  | {
      readonly kind: 'none';
      readonly reason: Extract<PreferenceReason, 'NoClusters' | 'WorkloadsNotRead'>;
      readonly message: string;
    }
  | {
      readonly kind: 'planned';
      readonly step: MoveStep;
      /** Clusters that are to have none from now on -> what they are asked for still. */
      readonly leaving: ReadonlyMap<string, number>;
      /** Some pods may yet turn out to fit nowhere. */
      readonly isOpen: boolean;
      readonly message: string;
    };

/** Throws ApiError where pods cannot be read. */
export async function planPreference(inputs: PreferenceInputs): Promise<PlannedPreference> {
  const { preference, object, verdicts, dead, selected, workloads } = inputs;
  const asked = askedReplicas(object);
  const seats: ClusterReplicas[] = [];
  const ready = new Map<string, number>();
  let isOpen = false;
  for (const [cluster, verdict] of verdicts) {
    const isSelected = selected === undefined || selected.has(cluster);
    if (verdict === 'out' || !isSelected) continue;
    if (verdict === 'kept') {
      const kept = asked.get(cluster);
      // It has what it has, and is not asked for more.
      if (kept !== undefined) seats.push({ name: cluster, current: kept, capacity: kept });
      ready.set(cluster, kept ?? 0);
      continue;
    }
    const members = workloads.get(cluster);
    if (members?.hasSynced !== true) {
      const why = members?.problem === undefined ? '' : `: ${members.problem}`;
      const message = `the workloads of cluster ${cluster} were not read yet${why}`;
      return { kind: 'none', reason: 'WorkloadsNotRead', message };
    }
    const workload = members.get(object.key);
    const pods = workload && (await podsOf(members, object.namespace, workload));
    seats.push(seatOf(cluster, workload, pods));
    ready.set(cluster, pods?.ready ?? workload?.ready ?? 0);
    if ((pods?.maybeUnschedulable ?? 0) > 0) isOpen = true;
  }
  if (seats.length === 0) {
    return {
      kind: 'none',
      reason: 'NoClusters',
      message: whyNobody('replicas', verdicts, selected),
    };
  }
  const { plan, overflow } = planReplicas(seats, {
    total: preference.totalReplicas,
    rebalance: preference.rebalance,
    preferences: preference.clusters,
    key: object.key,
  });
  const wanted = new Map(
    [...plan].map(([name, count]) => [name, count + (overflow.get(name) ?? 0)]),
  );
  const step = nextMove({ asked, wanted, planned: plan, ready, lost: dead });
  const message = [...plan].map(([name, count]) => `${name} ${count}`).join(', ');
  return { kind: 'planned', step, leaving: leavingOf(asked, step, dead), isOpen, message };
}

/** Nobody waits for a dead one: nothing runs there. */
function leavingOf(
  asked: ReadonlyMap<string, number>,
  { counts }: MoveStep,
  dead: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const goes = (cluster: string) => !dead.has(cluster) && (counts.get(cluster) ?? 0) === 0;
  return new Map([...asked].filter(([cluster, count]) => count > 0 && goes(cluster)));
}

/** undefined: all that it wants is ready, and nothing is to be looked for. */
async function podsOf(
  { client }: MemberWorkloads,
  namespace: string,
  workload: Workload,
): Promise<PodCounts | undefined> {
  if (workload.ready === workload.wanted || workload.labels.size === 0) return undefined;
  return await readPods(client, namespace, workload.labels);
}

function seatOf(
  name: string,
  workload: Workload | undefined,
  pods: PodCounts | undefined,
): ClusterReplicas {
  if (workload === undefined) return { name, current: undefined, capacity: undefined };
  if (pods === undefined) return { name, current: workload.ready, capacity: undefined };
  const isShort = pods.unschedulable > 0;
  const capacity = isShort ? Math.max(0, workload.wanted - pods.unschedulable) : undefined;
  return { name, current: pods.ready, capacity };
}
