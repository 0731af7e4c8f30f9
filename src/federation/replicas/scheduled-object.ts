/**
 * A plan as it stands in a federated object: the clusters of its placement, and in each an override of
 * every field that is shared. Other overrides stay as they are. Pure.
 *
 * Source: specs of KubeFed 0.10, "Scheduling manager, RSP controller, planner".
 */

import type { FederatedObject, Override } from '../../api/kubefed/federated-object.ts';
import { listAt, textAt, valueAt } from '../../api/untyped.ts';

const REPLICAS_PATH = '/spec/replicas';

/** Of one cluster: number by JSON pointer; a field that is not in it is not overridden. */
export type Share = ReadonlyMap<string, number>;

export interface SharedFields {
  /** JSON pointers: overrides of these are the plan's, and nobody else's. */
  readonly paths: readonly string[];
  /** `replace` fails where the template lacks the field. */
  readonly op: Exclude<Override['op'], 'remove'>;
}

/** KubeFed's. */
const REPLICAS: SharedFields = { paths: [REPLICAS_PATH], op: 'replace' };
/** Of a template that leaves them to the preference: KubeFed's override fits none of its copies. */
const NEW_REPLICAS: SharedFields = { ...REPLICAS, op: 'add' };

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

/** By cluster: the numbers that are overridden there at these paths; without those with none. */
export function askedShares(
  { said }: FederatedObject,
  paths: readonly string[],
): ReadonlyMap<string, Share> {
  const shares = new Map<string, Share>();
  for (const one of listAt(said.overrides)) {
    const numbers = listAt(one, 'clusterOverrides').flatMap((override) => {
      const path = textAt(override, 'path') ?? '';
      const value = valueAt(override, 'value');
      return paths.includes(path) && typeof value === 'number' ? [[path, value] as const] : [];
    });
    const cluster = textAt(one, 'clusterName') ?? '';
    if (numbers.length > 0) shares.set(cluster, new Map(numbers));
  }
  return shares;
}

export interface ScheduledSpec {
  readonly placement: object;
  readonly overrides: readonly unknown[];
}

/** Of the replicas of a workload; undefined: the object says so already. */
export function scheduledSpec(
  object: FederatedObject,
  counts: ReadonlyMap<string, number>,
): ScheduledSpec | undefined {
  const shares = [...counts].map(
    ([name, replicas]) => [name, new Map([[REPLICAS_PATH, replicas]])] as const,
  );
  const isSaid = valueAt(object.said.template, 'spec', 'replicas') !== undefined;
  return sharedSpec(object, new Map(shares), isSaid ? REPLICAS : NEW_REPLICAS);
}

/** undefined: the object says so already. */
export function sharedSpec(
  { placement, said }: FederatedObject,
  shares: ReadonlyMap<string, Share>,
  fields: SharedFields,
): ScheduledSpec | undefined {
  const names = [...shares.keys()].sort();
  const before = placement.kind === 'good' ? placement.value.clusters : undefined;
  const overrides = withShares(listAt(said.overrides), shares, fields);
  const isSame =
    before !== undefined &&
    JSON.stringify([...before].sort()) === JSON.stringify(names) &&
    JSON.stringify(listAt(said.overrides)) === JSON.stringify(overrides);
  if (isSame) return undefined;
  return { placement: { clusters: names.map((name) => ({ name })) }, overrides };
}

/** In their order; new ones behind, by name. */
function withShares(
  said: readonly unknown[],
  shares: ReadonlyMap<string, Share>,
  fields: SharedFields,
): readonly unknown[] {
  const left = new Map(shares);
  const kept = said.flatMap((one) => {
    const cluster = textAt(one, 'clusterName') ?? '';
    const share = left.get(cluster) ?? NO_SHARE;
    left.delete(cluster);
    const before = listAt(one, 'clusterOverrides');
    const after = withShare(before, share, fields);
    if (JSON.stringify(after) === JSON.stringify(before)) return [one];
    return after.length === 0 ? [] : [{ ...(one as object), clusterOverrides: after }];
  });
  const added = [...left].sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    ...kept,
    ...added.map(([clusterName, share]) => ({
      clusterName,
      clusterOverrides: withShare([], share, fields),
    })),
  ];
}

const NO_SHARE: Share = new Map();

/** What says the same already stays to the letter. */
function withShare(
  before: readonly unknown[],
  share: Share,
  { paths, op }: SharedFields,
): readonly unknown[] {
  const left = new Map(share);
  const kept = before.flatMap((override) => {
    const path = textAt(override, 'path') ?? '';
    if (!paths.includes(path)) return [override];
    const value = left.get(path);
    left.delete(path);
    if (value === undefined) return [];
    const isSame = valueAt(override, 'value') === value && opOf(override) === op;
    return [isSame ? override : { op, path, value }];
  });
  return [...kept, ...[...left].map(([path, value]) => ({ op, path, value }))];
}

function opOf(override: unknown): string {
  return textAt(override, 'op') || 'replace';
}

function overridesOf(said: unknown, cluster: string): readonly unknown[] {
  const own = listAt(said).find((one) => textAt(one, 'clusterName') === cluster);
  return listAt(own, 'clusterOverrides');
}
