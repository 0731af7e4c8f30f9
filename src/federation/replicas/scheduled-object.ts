/**
 * A replica plan as it stands in a federated workload: the clusters of its placement, and an override
 * of the replicas in each. Other overrides stay as they are. Pure.
 *
 * Source: specs of KubeFed 0.10, "Scheduling manager, RSP controller, planner".
 */

import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import { listAt, textAt, valueAt } from '../../api/untyped.ts';

const REPLICAS_PATH = '/spec/replicas';

/** By cluster: how many the object asks for now; only where it is placed by name. */
export function askedReplicas({ placement, said }: FederatedObject): ReadonlyMap<string, number> {
  const names = placement.kind === 'good' ? (placement.value.clusters ?? []) : [];
  const asked = new Map<string, number>();
  for (const cluster of names) {
    const override = overridesOf(said.overrides, cluster).find(
      (one) => textAt(one, 'path') === REPLICAS_PATH,
    );
    const replicas = valueAt(override, 'value') ?? valueAt(said.template, 'spec', 'replicas') ?? 1;
    asked.set(cluster, Number(replicas));
  }
  return asked;
}

export interface ScheduledSpec {
  readonly placement: object;
  readonly overrides: readonly unknown[];
}

/** undefined: the object says so already. */
export function scheduledSpec(
  { placement, said }: FederatedObject,
  counts: ReadonlyMap<string, number>,
): ScheduledSpec | undefined {
  const names = [...counts.keys()].sort();
  const before = placement.kind === 'good' ? placement.value.clusters : undefined;
  const overrides = withReplicas(listAt(said.overrides), counts);
  const isSame =
    before !== undefined &&
    JSON.stringify([...before].sort()) === JSON.stringify(names) &&
    JSON.stringify(listAt(said.overrides)) === JSON.stringify(overrides);
  if (isSame) return undefined;
  return { placement: { clusters: names.map((name) => ({ name })) }, overrides };
}

/** In their order; new ones behind, by name. */
function withReplicas(
  said: readonly unknown[],
  counts: ReadonlyMap<string, number>,
): readonly unknown[] {
  const left = new Map(counts);
  const kept = said.flatMap((one) => {
    const cluster = textAt(one, 'clusterName') ?? '';
    const replicas = left.get(cluster);
    left.delete(cluster);
    const own = listAt(one, 'clusterOverrides');
    const at = own.findIndex((each) => textAt(each, 'path') === REPLICAS_PATH);
    const others = own.filter((_, index) => index !== at);
    if (replicas === undefined) {
      return at < 0 ? [one] : others.length === 0 ? [] : [withOverrides(one, others)];
    }
    if (at >= 0 && valueAt(own[at], 'value') === replicas && isReplace(own[at])) return [one];
    const override = replaceReplicas(replicas);
    const all = at < 0 ? [...own, override] : own.with(at, override);
    return [withOverrides(one, all)];
  });
  const added = [...left].sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    ...kept,
    ...added.map(([clusterName, replicas]) => ({
      clusterName,
      clusterOverrides: [replaceReplicas(replicas)],
    })),
  ];
}

function overridesOf(said: unknown, cluster: string): readonly unknown[] {
  const own = listAt(said).find((one) => textAt(one, 'clusterName') === cluster);
  return listAt(own, 'clusterOverrides');
}

function withOverrides(one: unknown, clusterOverrides: readonly unknown[]): object {
  return { ...(one as object), clusterOverrides };
}

function isReplace(override: unknown): boolean {
  const op = textAt(override, 'op') ?? '';
  return op === '' || op === 'replace';
}

function replaceReplicas(value: number): object {
  return { op: 'replace', path: REPLICAS_PATH, value };
}
