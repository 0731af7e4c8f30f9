/** `fedns plan replicas`: what a ReplicaSchedulingPreference would give each cluster. Offline. */

import type { Command } from 'commander';
import { keyOfObject } from '../../api/kubefed/api-resource.ts';
import { planReplicas, type ReplicaPlan } from '../../federation/replicas/replica-planner.ts';
import { choice } from '../flags.ts';
import { complain, print, table } from '../output.ts';
import { readNamedText } from './read-file.ts';
import { parseReplicaPlanFile, type ReplicaPlanFile } from './replica-plan-file.ts';

const FORMATS = ['table', 'json'] as const;

interface ReplicaFlags {
  readonly file: string;
  readonly output: (typeof FORMATS)[number];
}

export function addPlanningReplicas(plan: Command): void {
  plan
    .command('replicas')
    .description('how a ReplicaSchedulingPreference spreads its replicas over clusters')
    .requiredOption('-f, --file <plan.yaml>', 'preference and clusters; - reads standard input')
    .addOption(choice('-o, --output <format>', FORMATS, 'table'))
    .action((flags: ReplicaFlags) => planFile(flags));
}

function planFile(flags: ReplicaFlags): void {
  const named = readNamedText(flags.file);
  const planFile = parseReplicaPlanFile(named.text, named.file);
  const { preference, clusters, lacksSelector } = planFile;
  if (lacksSelector) {
    complain(
      `${named.file}: spec.intersectWithClusterSelector: no placement is given, no cluster is left out for it`,
    );
  }
  const plan = planReplicas(
    clusters.filter(({ outBecause }) => outBecause === undefined),
    {
      total: preference.totalReplicas,
      rebalance: preference.rebalance,
      preferences: preference.clusters,
      key: keyOfObject(preference),
    },
  );
  print(flags.output === 'json' ? asJson(plan) : asTable(planFile, plan));
}

function asJson({ plan, overflow }: ReplicaPlan): string {
  return JSON.stringify({
    plan: Object.fromEntries(plan),
    overflow: Object.fromEntries(overflow),
  });
}

function asTable(
  { preference, clusters }: ReplicaPlanFile,
  { plan, overflow }: ReplicaPlan,
): string {
  const rows = clusters.map(({ name, current, capacity, outBecause }) => [
    name,
    String(current ?? '-'),
    String(capacity ?? '-'),
    outBecause ?? String(plan.get(name) ?? 0),
    String(overflow.get(name) ?? 0),
  ]);
  const sum = (counts: Iterable<number | undefined>) =>
    [...counts].reduce<number>((total, count) => total + (count ?? 0), 0);
  const current = sum(clusters.map((cluster) => cluster.current));
  const planned = `${sum(plan.values())} of ${preference.totalReplicas}`;
  rows.push(['total', String(current), '', planned, String(sum(overflow.values()))]);
  return table(['CLUSTER', 'CURRENT', 'CAPACITY', 'PLAN', 'OVERFLOW'], rows);
}
